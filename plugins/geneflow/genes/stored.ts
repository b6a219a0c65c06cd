import {
  type AnnData,
  DataError,
  type HostArray,
  hostArray,
  isMorphogenError,
  openAnnData,
} from "../../../core/mod.ts";
import type { GeneFindings } from "./findings.ts";
import { type ScoredGenes, uniqueGenes } from "./ranking.ts";

/** Column of `var` with the scores. */
const SCORE = "sensitivity";

/**
 * Put findings on genes beside the images: scores become `var`, tested gene sets `uns/gene_sets`.
 *
 * @param table Drawn images as a table.
 * @param findings What was found.
 * @returns The table with both.
 */
export function withGenes(table: AnnData, { scores, listed, sets }: GeneFindings): AnnData {
  const top = new Set(listed);
  return {
    ...table,
    var: {
      index: scores.names,
      columns: {
        [SCORE]: scores.scores,
        "sensitivity_even_images": scores.halves[0],
        "sensitivity_odd_images": scores.halves[1],
        top: scores.names.map((name) => top.has(name)),
      },
    },
    uns: sets === undefined ? table.uns : {
      ...table.uns,
      gene_sets: {
        name: sets.sets.map(({ name }) => name),
        genes: sets.sets.map(({ shared }) => shared.join(" ")),
        shared: numbers(sets.sets.map(({ shared }) => shared.length)),
        size: numbers(sets.sets.map(({ size }) => size)),
        odds: numbers(sets.sets.map(({ odds }) => odds)),
        p: numbers(sets.sets.map(({ p }) => p)),
        adjusted_p: numbers(sets.sets.map(({ adjusted }) => adjusted)),
      },
    },
  };
}

function numbers(values: readonly number[]): HostArray<Float64Array> {
  return hostArray(Float64Array.from(values), [values.length]);
}

/**
 * Read the scores of another run.
 *
 * @param run Its folder.
 * @returns Genes with their scores, each name once.
 * @throws {DataError} If the run has no samples yet, or they hold no scores.
 */
export async function readGeneScores(run: string): Promise<ScoredGenes> {
  const path = `${run.replace(/(?<=.)\/+$/, "")}/samples.zarr`;
  const fail = (problem: string, cause?: unknown): DataError =>
    new DataError(`Cannot compare genes with run "${run}": ${problem}`, { cause });
  const store = await openAnnData(path).catch((cause) => {
    if (!isMorphogenError(cause)) throw cause;
    throw fail(`there is no ${path}; name a run folder that is finished`, cause);
  });
  if (!store.var.columns.includes(SCORE)) {
    throw fail('its samples have no scores of genes; make them by "deno task eval" on that run');
  }
  const scores = await store.var.column(SCORE);
  if (!(scores instanceof Float64Array)) throw fail(`var column "${SCORE}" holds no numbers`);
  return uniqueGenes({ names: await store.var.index(), scores });
}
