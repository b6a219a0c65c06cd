import { DataError, rng } from "../../core/mod.ts";
import { stepByName } from "./grammar.ts";
import { trainingCount } from "./passes.ts";
import { recordsOf, type StepRecord, withRecord } from "./record.ts";
import { SPLIT } from "./split.ts";
import type { Fitted, Step } from "./step.ts";
import type { Note, StreamTable } from "./stream_table.ts";

/** Who is told how the work goes. */
export interface Told {
  /** Told what each step did. */
  readonly note: Note;
  /** Told the name of each step before it. */
  readonly begin?: (step: string) => void;
}

/** How steps are done. */
export interface PrepareOptions extends Partial<Told> {
  /** Seed of all random choices. @default {0} */
  readonly seed?: number;
}

/** Steps that choose what is fitted on; they mean nothing for other data. */
const FOR_FITTING: readonly string[] = [SPLIT, "sample"];

const SILENT: Told = Object.freeze({ note: () => {} });

/**
 * Do steps one after the other; each learns from the rows that may be fitted on and is recorded in `uns`.
 *
 * @param table The table.
 * @param steps The steps in order.
 * @param options Seed, and where to report.
 * @returns The table after all steps; values of big matrices are computed as they are read.
 * @throws {DataError} If the data cannot be used by a step.
 */
export async function prepare(
  table: StreamTable,
  steps: readonly Step[],
  { seed = 0, ...told }: PrepareOptions = {},
): Promise<StreamTable> {
  let now = table;
  for (const step of steps) now = await doStep(now, step, { ...SILENT, ...told, seed });
  return now;
}

/**
 * Do recorded steps again, with their parameters and seeds: on the data that they were done to, this gives the same table.
 *
 * What was learned from the data is learned again; what came from other data, by {@linkcode replay}, is taken from the
 * record. Steps that the table has behind it are not done twice.
 *
 * @param table The data.
 * @param records Records of a prepared table, from {@linkcode recordsOf}.
 * @param told Where to report.
 * @returns The table after all steps.
 * @throws {DataError} If the table was prepared in another way before, or cannot be used by a step.
 */
export async function repeat(
  table: StreamTable,
  records: readonly StepRecord[],
  told: Told = SILENT,
): Promise<StreamTable> {
  const done = recordsOf(table.uns);
  const other = done.findIndex((record, at) => records[at] === undefined || !isSameStep(record, records[at]!));
  if (other >= 0) {
    throw new DataError(
      `Cannot repeat the steps: step ${other + 1} of the data is "${done[other]!.name}", which the record lacks there`,
    );
  }
  let now = table;
  for (const { name, params, seed, fitRows, fitted } of records.slice(done.length)) {
    now = await doStep(now, stepByName(name, params), { ...told, seed, ...(fitRows === 0 && { fitted }) });
  }
  return now;
}

/**
 * Do to other data what was done to some: the recorded steps with what they learned then, nothing is fitted again.
 *
 * Steps that chose what to learn from (`split`, `sample`) are left out.
 *
 * @param table The other data.
 * @param records Records of the first data, from {@linkcode recordsOf}.
 * @param told Where to report.
 * @returns The table after all steps, with the same genes and components.
 * @throws {DataError} If the data lack a gene that was kept, or cannot be used by a step.
 */
export async function replay(
  table: StreamTable,
  records: readonly StepRecord[],
  told: Told = SILENT,
): Promise<StreamTable> {
  let now = table;
  for (const { name, params, seed, fitted } of records) {
    if (!FOR_FITTING.includes(name)) now = await doStep(now, stepByName(name, params), { ...told, seed, fitted });
  }
  return now;
}

function isSameStep(a: StepRecord, b: StepRecord): boolean {
  const keys = new Set([...Object.keys(a.params), ...Object.keys(b.params)]);
  return a.name === b.name && a.seed === b.seed && [...keys].every((key) => a.params[key] === b.params[key]);
}

interface Doing extends Told {
  readonly seed: number;
  readonly fitted?: Fitted;
}

async function doStep(table: StreamTable, step: Step, doing: Doing): Promise<StreamTable> {
  doing.begin?.(step.name);
  // Where a step stands in the record decides its stream, so that it is the same in one call or in several.
  const stream = rng(doing.seed).fold("prepare").fold(recordsOf(table.uns).length).fold(step.name);
  const fitted = doing.fitted ?? await step.fit(table, stream);
  const { table: after, counts = {} } = await step.apply(table, fitted, stream);
  const record: StepRecord = {
    name: step.name,
    params: step.params,
    seed: doing.seed,
    cells: [table.obs.index.length, after.obs.index.length],
    genes: [table.var.index.length, after.var.index.length],
    fitRows: doing.fitted === undefined ? trainingCount(table) : 0,
    counts,
    fitted,
  };
  doing.note(sentenceOf(record));
  return { ...after, uns: withRecord(after.uns, record) };
}

function sentenceOf({ name, cells, genes, counts }: StepRecord): string {
  const change = (what: string, [before, after]: readonly [number, number]): string[] =>
    before === after ? [] : [`${before} -> ${after} ${what}`];
  const parts = [
    ...change("cells", cells),
    ...change("genes", genes),
    ...Object.entries(counts).map(([reason, count]) => `${reason} ${count}`),
  ];
  return parts.length === 0 ? name : `${name}: ${parts.join(", ")}`;
}
