import { checkText, checkWhole, DataError, type Rng } from "../../core/mod.ts";
import { categoriesOf } from "../columns.ts";
import { splitOf } from "../split.ts";
import { groupFolds, requireOneDonor } from "./folds.ts";
import { recordsOf } from "./record.ts";
import { type Applied, type Params, type StepKind, stepKind } from "./step.ts";
import { type StreamTable, withColumns } from "./stream_table.ts";

/** Name of the step, and of the column of `obs` that it makes. */
export const SPLIT = "split";

/** Value of that column for rows that may be fitted on. */
export const TRAIN = "train";

/** What is held out. */
export interface SplitParams extends Params {
  /** Column of `obs` whose values stay together: the donor, or the section. */
  readonly by: string;
  /** Column of `obs` with the donor, checked where sections are split; empty if unknown. */
  readonly donor: string;
  /** Number of folds that the groups are dealt out to; 0 if groups are named. */
  readonly folds: number;
  /** Fold that is held out. */
  readonly test: number;
  /** Groups to hold out, joined by `+`; empty if folds decide. */
  readonly hold_out: string;
}

function groupsOf(table: StreamTable, column: string): readonly string[] {
  const { X: _X, layers: _layers, ...rest } = table;
  const { codes, names } = categoriesOf({ ...rest, layers: {} }, column, "groups to split by");
  const lost = codes.findIndex((code) => code < 0);
  if (lost < 0) return Array.from(codes, (code) => names[code]!);
  throw new DataError(`Cannot split by obs "${column}": cell "${table.obs.index[lost]}" has no value there`);
}

function held(groups: readonly string[], params: SplitParams, rng: Rng): { test: Uint8Array; fold?: Int32Array } {
  if (params.folds > 0) {
    const { fold } = groupFolds(groups, params.folds, rng);
    return { test: Uint8Array.from(fold, (one) => Number(one === params.test)), fold };
  }
  const names = [...new Set(groups)].sort();
  const split = new Map(splitOf(names, params.hold_out.split("+")).map((one, i) => [names[i]!, one]));
  return { test: Uint8Array.from(groups, (group) => Number(split.get(group) === "test")) };
}

/** What was learned from rows that are held out later would leak them. */
function requireNothingLearned(table: StreamTable): void {
  if (table.train !== undefined) {
    throw new DataError("Cannot split: the table is split already, begin with the data as they were before that");
  }
  const learned = recordsOf(table.uns).find(({ fitRows, fitted }) => fitRows > 0 && Object.keys(fitted).length > 0);
  if (learned === undefined) return;
  throw new DataError(
    `Cannot split: step "${learned.name}" has learned from all ${learned.fitRows} cells already, put split before it`,
  );
}

function divided(table: StreamTable, params: SplitParams, rng: Rng): Applied {
  requireNothingLearned(table);
  const groups = groupsOf(table, params.by);
  if (params.donor !== "" && params.donor !== params.by) requireOneDonor(groups, groupsOf(table, params.donor));
  const { test, fold } = held(groups, params, rng);
  const split = {
    kind: "categorical" as const,
    codes: Int32Array.from(test),
    categories: [TRAIN, "test"],
    ordered: false,
  };
  const obs = withColumns(table.obs, { [SPLIT]: split, ...(fold !== undefined && { fold }) });
  const count = test.reduce((sum, one) => sum + one, 0);
  return {
    table: { ...table, obs, train: test.map((one) => 1 - one) },
    counts: { cells_train: test.length - count, cells_test: count },
  };
}

/** Hold out whole donors or sections; the steps after it learn from the others only. */
export const split: StepKind<SplitParams> = stepKind(
  {
    name: SPLIT,
    description: "hold out whole donors or sections (by), named or as a fold; later steps fit on the others only",
    defaults: { by: "", donor: "", folds: 0, test: 0, hold_out: "" } as SplitParams,
  },
  ({ by, folds, test, hold_out }) => [
    ...checkText("by", by),
    ...checkWhole("folds", folds, 0),
    ...((folds > 0) === (hold_out !== "")
      ? [`folds is ${folds} and hold_out is "${hold_out}", expected one of them`]
      : []),
    ...(folds > 0 ? [...checkWhole("folds", folds, 2), ...checkWhole("test", test, 0, folds - 1)] : []),
  ],
  { apply: (table, params, _, rng) => divided(table, params, rng) },
);
