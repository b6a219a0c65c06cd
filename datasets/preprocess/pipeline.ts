import { rng } from "../../core/mod.ts";
import { stepByName } from "./grammar.ts";
import { trainingCount } from "./passes.ts";
import { type StepRecord, withRecord } from "./record.ts";
import type { Fitted, Step } from "./step.ts";
import type { Note, StreamTable } from "./stream_table.ts";

/** How steps are done. */
export interface PrepareOptions {
  /** Seed of all random choices. @default {0} */
  readonly seed?: number;
  /** Told what each step did. */
  readonly note?: Note;
}

/** Steps that choose what is fitted on; they mean nothing for other data. */
const FOR_FITTING: readonly string[] = ["split", "sample"];

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
  { seed = 0, note = () => {} }: PrepareOptions = {},
): Promise<StreamTable> {
  let now = table;
  for (const [at, step] of steps.entries()) now = await doStep(now, step, { seed, at, note });
  return now;
}

/**
 * Do to other data what was done to some: the recorded steps with what they learned then, nothing is fitted again.
 *
 * Steps that chose what to learn from (`split`, `sample`) are left out.
 *
 * @param table The other data.
 * @param records Records of the first data, from {@linkcode recordsOf}.
 * @param options Where to report; seeds are those of the records.
 * @returns The table after all steps, with the same genes and components.
 * @throws {DataError} If the data lack a gene that was kept, or cannot be used by a step.
 */
export async function replay(
  table: StreamTable,
  records: readonly StepRecord[],
  { note = () => {} }: Pick<PrepareOptions, "note"> = {},
): Promise<StreamTable> {
  let now = table;
  for (const [at, record] of records.entries()) {
    if (FOR_FITTING.includes(record.name)) continue;
    const step = stepByName(record.name, record.params);
    now = await doStep(now, step, { seed: record.seed, at, note, fitted: record.fitted });
  }
  return now;
}

interface Doing {
  readonly seed: number;
  readonly at: number;
  readonly note: Note;
  readonly fitted?: Fitted;
}

async function doStep(table: StreamTable, step: Step, doing: Doing): Promise<StreamTable> {
  const stream = rng(doing.seed).fold("prepare").fold(doing.at).fold(step.name);
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
