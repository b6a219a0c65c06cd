import { type AnnData, type Data, generatedNames, type HostArray, type Rng } from "../../core/mod.ts";
import type { CfmConfig } from "./method.ts";
import type { SplitTable } from "./table.ts";

/** What generated cells have in common. */
export interface GeneratedFrom {
  /** Names of the conditions; empty if there are none. */
  readonly names: readonly string[];
  /** The method's configuration. */
  readonly config: CfmConfig;
  /** The data set. */
  readonly data: Data;
}

/**
 * Draw what cells are to be drawn for: conditions of test rows, so that proportions agree.
 *
 * @param table The rows.
 * @param cells Number of cells.
 * @param stream Stream of the draw.
 * @returns Condition of each cell, `[cells]`.
 */
export function drawnConditions(table: SplitTable, cells: number, stream: Rng): Int32Array {
  const rows = stream.host.choice(table.test.condition.length, cells, { replace: true });
  return Int32Array.from(rows, (row) => table.test.condition[row]!);
}

/**
 * Generated cells as a table: features in X, what each was drawn for in `obs/condition`.
 *
 * @param x Features, `[n, G]`.
 * @param condition Condition of each cell, `[n]`.
 * @param from Names, configuration and data.
 * @param first Number of the first cell.
 * @returns The table.
 */
export function generatedTable(
  x: HostArray,
  condition: Int32Array,
  { names, config, data }: GeneratedFrom,
  first = 0,
): AnnData {
  const [n, genes] = x.shape as [number, number];
  return {
    obs: {
      index: generatedNames(first, n),
      columns: names.length === 0 ? {} : {
        condition: { kind: "categorical", codes: condition, categories: names, ordered: false },
      },
    },
    var: {
      index: data.spec.parts["x"]!.names ?? Array.from({ length: genes }, (_, i) => `feature_${i}`),
      columns: {},
    },
    X: x,
    layers: {},
    obsm: {},
    varm: {},
    obsp: {},
    uns: { generated_by: `conditional flow matching, ${config.coupling} pairing`, notes: [...data.notes] },
  };
}
