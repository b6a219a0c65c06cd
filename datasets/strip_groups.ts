import { type AnnData, type HostArray, hostArray } from "../core/mod.ts";
import { coordinatesOf } from "./coordinates.ts";
import type { RowGroup } from "./row_groups.ts";
import { splitByStrip, type Strip } from "./strip.ts";

/** A single section as two: what may be fitted on, and the strip that is held out. */
export interface StripGroups {
  /** Rows outside the strip, and those in it. */
  readonly groups: readonly [outside: RowGroup, strip: RowGroup];
  /** Rows beside the strip that are in neither. */
  readonly between: number;
}

/**
 * Hold out a strip of a table that is one section.
 *
 * @param table The table, with coordinates in `obsm/spatial`.
 * @param strip The strip.
 * @param rows Rows to take; absent means all.
 * @returns Both groups, and how many rows the gaps cost.
 * @throws {DataError} If there are no coordinates, or one side is empty.
 */
export function stripGroups(table: AnnData, strip: Strip, rows?: readonly number[]): StripGroups {
  const { data, shape } = coordinatesOf(table, "spatial");
  const points: HostArray = hostArray(Float32Array.from(data), shape);
  const { train, test } = splitByStrip(points, strip, rows);
  return {
    groups: [
      { name: "outside the strip", time: -1, split: "train", rows: train },
      { name: "strip", time: -1, split: "test", rows: test },
    ],
    between: (rows?.length ?? points.shape[0]!) - train.length - test.length,
  };
}
