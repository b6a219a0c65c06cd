import { type Data, DataError, rng, type RowSource, selectRows } from "../../core/mod.ts";
import { joinedRows } from "./rows.ts";

/** Rows of a table with the condition of each. */
export interface CellTable {
  /** Features, `[n, G]`, read as they are asked for. */
  readonly x: RowSource;
  /** Condition of each row, `[n]`; all 0 where there is none. */
  readonly condition: Int32Array;
}

/** What is trained on, and what is compared with. */
export interface SplitTable {
  /** Rows for training. */
  readonly train: CellTable;
  /** Rows that training never sees. */
  readonly test: CellTable;
}

/** Share of the rows that is held out where the data have no test sections. */
const HELD_OUT = 0.2;

/**
 * Names of the conditions.
 *
 * @param data The data set's description.
 * @param condition `""` for none, `"time"`, or the name of a label.
 * @returns One name per condition; empty for none.
 * @throws {DataError} If the data have no such label or no time points.
 */
export function conditionNames(data: Pick<Data, "spec">, condition: string): readonly string[] {
  if (condition === "") return [];
  const { times, labels } = data.spec;
  const names = condition === "time" ? times.map(({ name }) => name) : labels[condition] ?? [];
  if (names.length > 0) return names;
  throw new DataError(
    `Cannot condition on "${condition}": the data have ${times.length} time points and the labels ${
      Object.keys(labels).join(", ") || "(none)"
    }; set plugin.config.condition`,
  );
}

function rowsOf(data: Data, split: "train" | "test", condition: string): CellTable | undefined {
  const sections = data.sections.filter((section) => section.split === split);
  if (sections.length === 0) return undefined;
  const x = joinedRows(sections, "x");
  const of = sections.map(({ rows, time, labels }) =>
    condition === ""
      ? new Int32Array(rows)
      : condition === "time"
      ? new Int32Array(rows).fill(time)
      : labels[condition]!
  );
  const joined = new Int32Array(x.shape[0]!);
  let at = 0;
  for (const list of of) {
    joined.set(list, at);
    at += list.length;
  }
  const known = Int32Array.from(joined.keys()).filter((row) => joined[row]! >= 0);
  return known.length === joined.length ? { x, condition: joined } : pick({ x, condition: joined }, known);
}

function pick({ x, condition }: CellTable, rows: Int32Array): CellTable {
  return { x: selectRows(x, rows), condition: rows.map((row) => condition[row]!) };
}

/** Rows of a store are best used in its order. */
function ordered({ x }: CellTable, rows: Int32Array): Int32Array {
  return x.chunkRows === undefined ? rows : rows.sort();
}

/**
 * Find the rows to train on and the rows to compare with: test sections, or a fifth of the rows where there are none;
 * which rows is drawn once and for all, so that runs with different seeds are compared on the same ones.
 *
 * @param data The data set; it needs a part `x` with one axis.
 * @param condition See {@linkcode conditionNames}.
 * @returns Both tables.
 * @throws {DataError} If there are too few rows.
 */
export function splitTable(data: Data, condition: string): SplitTable {
  conditionNames(data, condition);
  const train = rowsOf(data, "train", condition);
  const n = train?.condition.length ?? 0;
  if (train === undefined || n < 10) {
    throw new DataError(`Cannot train on "${data.spec.name}": it has ${n} training rows, expected at least 10`);
  }
  const test = rowsOf(data, "test", condition);
  if (test !== undefined) return { train, test };
  const order = rng(0).fold("cfm held-out rows").host.permutation(n);
  const held = Math.ceil(HELD_OUT * n);
  return {
    train: pick(train, ordered(train, order.slice(held))),
    test: pick(train, ordered(train, order.slice(0, held))),
  };
}
