import { type AnnData, DataError, type Uns } from "../../core/mod.ts";
import type { Fitted, Params } from "./step.ts";

/** What a step did, as `uns/morphogen/steps` keeps it. */
export interface StepRecord {
  /** Name of the step. */
  readonly name: string;
  /** All parameters. */
  readonly params: Params;
  /** Seed of the random choices of all steps. */
  readonly seed: number;
  /** Cells before and after. */
  readonly cells: readonly [number, number];
  /** Genes before and after. */
  readonly genes: readonly [number, number];
  /** Cells that it learned from. */
  readonly fitRows: number;
  /** Numbers it reported, for example cells left out by reason. */
  readonly counts: { readonly [name: string]: number };
  /** What it learned. */
  readonly fitted: Fitted;
}

function isDict(value: Uns | undefined): value is AnnData["uns"] {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("data" in value);
}

function stepsIn(uns: AnnData["uns"]): AnnData["uns"] {
  const own = uns["morphogen"];
  const steps = isDict(own) ? own["steps"] : undefined;
  return isDict(steps) ? steps : {};
}

/**
 * Read the records of a table.
 *
 * @param uns Unstructured metadata of the table.
 * @returns The records in the order in which steps were done; empty if there are none.
 * @throws {DataError} If a record is damaged.
 */
export function recordsOf(uns: AnnData["uns"]): readonly StepRecord[] {
  return Object.entries(stepsIn(uns)).sort(([a], [b]) => a < b ? -1 : 1).map(([key, record]) => fromUns(key, record));
}

/**
 * Add a record to a table.
 *
 * @param uns Unstructured metadata of the table.
 * @param record What was done.
 * @returns The metadata with the record after all others.
 */
export function withRecord(uns: AnnData["uns"], record: StepRecord): AnnData["uns"] {
  const steps = stepsIn(uns);
  const key = String(Object.keys(steps).length).padStart(3, "0");
  const own = uns["morphogen"];
  return { ...uns, morphogen: { ...(isDict(own) ? own : {}), steps: { ...steps, [key]: toUns(record) } } };
}

function toUns({ name, params, seed, cells, genes, fitRows, counts, fitted }: StepRecord): Uns {
  return {
    name,
    params,
    seed,
    cells_in: cells[0],
    cells_out: cells[1],
    genes_in: genes[0],
    genes_out: genes[1],
    fit_rows: fitRows,
    counts,
    fitted,
  };
}

function fromUns(key: string, value: Uns): StepRecord {
  const number = (name: string): number => {
    const found = isDict(value) ? value[name] : undefined;
    if (typeof found === "number") return found;
    throw damaged(key, name);
  };
  if (!isDict(value) || typeof value["name"] !== "string") throw damaged(key, "name");
  const [params, counts, fitted] = [value["params"] ?? {}, value["counts"] ?? {}, value["fitted"] ?? {}];
  if (!isDict(params) || !isDict(counts) || !isDict(fitted)) throw damaged(key, "params, counts or fitted");
  return {
    name: value["name"],
    params: params as Params,
    seed: number("seed"),
    cells: [number("cells_in"), number("cells_out")],
    genes: [number("genes_in"), number("genes_out")],
    fitRows: number("fit_rows"),
    counts: counts as StepRecord["counts"],
    fitted,
  };
}

function damaged(key: string, part: string): DataError {
  return new DataError(`Cannot read record "${key}" of uns/morphogen/steps: its ${part} cannot be read, prepare again`);
}
