import {
  checkChoice,
  checkText,
  type ColumnStats,
  columnStats,
  DataError,
  hostArray,
  isotropic,
  standardize,
  takeRows,
} from "../../core/mod.ts";
import { finiteCoordinates, sectionsOf } from "./sections.ts";
import { type Applied, type Params, type StepKind, stepKind } from "./step.ts";
import type { StreamTable } from "./stream_table.ts";

/** How coordinates are scaled. */
export interface CoordinatesParams extends Params {
  /** `"isotropic"`: one scale for all axes, so that shapes are kept; `"axis"`: one per axis. */
  readonly scale: string;
  /** Column of `obs` with the section; empty if all cells are one section. */
  readonly section: string;
  /** Entry of `obsm` with the coordinates. */
  readonly key: string;
  /** Entry of `obsm` that receives them. */
  readonly out: string;
}

function scaled(table: StreamTable, params: CoordinatesParams): Applied {
  const points = finiteCoordinates(table, params.key);
  const dims = points.shape[1]!;
  const sections = sectionsOf(table, params.section);
  const out = new Float32Array(points.data.length);
  const [mean, std] = [new Float64Array(sections.length * dims), new Float64Array(sections.length * dims)];
  sections.forEach(({ name, rows }, i) => {
    const taken = takeRows(points, rows);
    const each = columnStats(taken);
    const stats: ColumnStats = params.scale === "isotropic" ? isotropic(each) : each;
    const flat = stats.std.findIndex((value) => !(value > 0));
    if (flat >= 0) {
      const where = name === "" ? "the table" : `section "${name}"`;
      throw new DataError(
        `Cannot scale coordinates: ${where} has ${rows.length} cell${rows.length === 1 ? "" : "s"} without spread ` +
          `along axis ${flat}, expected at least 2 at different places, leave the section out`,
      );
    }
    const z = standardize(taken, stats).data;
    rows.forEach((row, at) => out.set(z.subarray(at * dims, (at + 1) * dims), row * dims));
    mean.set(stats.mean, i * dims);
    std.set(stats.std, i * dims);
  });
  return {
    table: {
      ...table,
      obsm: { ...table.obsm, [params.out]: hostArray(out, points.shape) },
      uns: {
        ...table.uns,
        [`${params.out}_scale`]: {
          section: sections.map(({ name }) => name),
          mean: hostArray(mean, [sections.length, dims]),
          std: hostArray(std, [sections.length, dims]),
        },
      },
    },
    counts: { sections: sections.length },
  };
}

/** Coordinates with mean 0 and standard deviation 1 in each section. */
export const coordinates: StepKind<CoordinatesParams> = stepKind(
  {
    name: "coordinates",
    description: "scale coordinates of each section to mean 0 and standard deviation 1, isotropic or per axis",
    defaults: { scale: "isotropic", section: "", key: "spatial", out: "spatial_scaled" } as CoordinatesParams,
  },
  ({ scale, key, out }) => [
    ...checkChoice("scale", scale, ["isotropic", "axis"]),
    ...checkText("key", key),
    ...checkText("out", out),
  ],
  { apply: (table, params) => scaled(table, params) },
);
