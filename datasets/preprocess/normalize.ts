import { DataError } from "../../core/mod.ts";
import { medianPositive } from "../../core/spatial/median.ts";
import { numberIn } from "./fitted.ts";
import { eachValue, valueError } from "./passes.ts";
import { mapValues } from "./rows.ts";
import { type Params, type StepKind, stepKind } from "./step.ts";
import type { StreamTable } from "./stream_table.ts";

/** What totals become. */
export interface NormalizeParams extends Params {
  /** Total of each cell afterwards, or `"median"` for the median total of the training cells that have counts. */
  readonly target: string;
}

async function totalsOf(table: StreamTable): Promise<Float64Array> {
  const totals = new Float64Array(table.obs.index.length);
  await eachValue(table.X, (row, column, value) => {
    if (!(value >= 0 && value < Infinity)) {
      throw valueError("normalize totals", table, { row, column, value }, "counts of at least 0");
    }
    totals[row]! += value;
  });
  return totals;
}

/** Scale each cell to the same total. */
export const normalize: StepKind<NormalizeParams> = stepKind(
  {
    name: "normalize",
    description: "scale each cell to the same total, the median or a number",
    defaults: { target: "median" } as NormalizeParams,
  },
  ({ target }) =>
    target === "median" || Number(target) > 0 ? [] : [`target is "${target}", expected "median" or a number above 0`],
  {
    fit: async (table, { target }) => {
      if (target !== "median") return {};
      const totals = await totalsOf(table);
      const goal = medianPositive(totals.filter((_, row) => table.train === undefined || table.train[row] === 1));
      if (!(goal > 0)) throw new DataError("Cannot normalize X: every training cell has a total of 0");
      return { target: goal };
    },
    apply: async (table, { target }, fitted) => {
      const totals = await totalsOf(table);
      const goal = target === "median" ? numberIn(fitted, "target") : Number(target);
      const X = mapValues(table.X, (value, row) => totals[row]! > 0 ? value * (goal / totals[row]!) : 0);
      const empty = totals.filter((total) => total === 0).length;
      return {
        table: { ...table, X, counts: table.counts ?? table.X },
        counts: empty > 0 ? { cells_without_counts: empty } : {},
      };
    },
  },
);

/** ln(1 + x) of each value. */
export const logarithm: StepKind = stepKind(
  { name: "log1p", description: "ln(1 + x) of each value", defaults: {} as Params },
  () => [],
  {
    apply: (table) => {
      const X = mapValues(table.X, (value, row, column) => {
        if (value > -1 && value < Infinity) return Math.log1p(value);
        throw valueError("take logarithms", table, { row, column, value }, "finite values above -1");
      });
      // scanpy looks here to tell whether X is logarithmic.
      const uns = { ...table.uns, log1p: {} };
      return { table: { ...table, uns, X, counts: table.counts ?? table.X } };
    },
  },
);

/** Where X as it is goes. */
export interface KeepParams extends Params {
  /** Name of the layer. */
  readonly layer: string;
}

/** Keep X as it is as a layer. */
export const keep: StepKind<KeepParams> = stepKind(
  {
    name: "keep",
    description: "keep X as it is at this point as a layer",
    defaults: { layer: "counts" } as KeepParams,
  },
  ({ layer }) => layer === "" || /[\/]/.test(layer) ? [`layer is "${layer}", expected a name without "/"`] : [],
  { apply: (table, { layer }) => ({ table: { ...table, layers: { ...table.layers, [layer]: table.X } } }) },
);
