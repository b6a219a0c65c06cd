import { type AnnData, DataError, type HostRng, type RowSource, type SparseMatrix } from "../core/mod.ts";
import { joinRows } from "./matrix.ts";
import type { LoadOptions } from "./mod.ts";
import { parseSteps } from "./preprocess/grammar.ts";
import { prepare } from "./preprocess/pipeline.ts";
import { collectRows, streamOf } from "./preprocess/stream_table.ts";
import { sparseRows } from "./sparse_rows.ts";

/** Counts of one slide. */
export interface SlideCounts {
  /** Name of the slide. */
  readonly name: string;
  /** Spots, in the order of the rows. */
  readonly spots: readonly string[];
  /** Genes, in the order of the columns. */
  readonly genes: readonly string[];
  /** Counts `[spots, genes]`, compressed by row. */
  readonly counts: SparseMatrix;
  /** Whether anything may be fitted on it. */
  readonly split: "train" | "test";
}

/** Expression of slides over the same genes. */
export interface SlideExpression {
  /** Genes that were kept. */
  readonly genes: readonly string[];
  /** Values of each slide, `[spots, genes]`. */
  readonly rows: readonly RowSource[];
}

/**
 * Draw what is held out where nobody says.
 *
 * @param names Slides or patients.
 * @param share Share to draw; one at least.
 * @param rng Stream of the draw.
 * @returns Names in sorted order.
 */
export function drawHeldOut(names: readonly string[], share: number, rng: HostRng): readonly string[] {
  const count = Math.max(1, Math.round(share * names.length));
  return Array.from(rng.choice(names.length, count), (i) => names[i]!).sort();
}

/** Counts of one slide over other genes. */
function overGenes({ counts, genes }: SlideCounts, wanted: readonly string[]): SparseMatrix {
  const place = new Map(wanted.map((gene, i) => [gene, i]));
  const column = genes.map((gene) => place.get(gene) ?? -1);
  const indptr = new Int32Array(counts.shape[0] + 1);
  const [indices, data]: [number[], number[]] = [[], []];
  for (let row = 0; row < counts.shape[0]; row++) {
    for (let at = counts.indptr[row]!; at < counts.indptr[row + 1]!; at++) {
      const to = column[counts.indices[at]!]!;
      if (to < 0) continue;
      indices.push(to);
      data.push(counts.data[at]!);
    }
    indptr[row + 1] = data.length;
  }
  return {
    kind: "csr",
    shape: [counts.shape[0], wanted.length],
    indptr,
    indices: Int32Array.from(indices),
    data: Float32Array.from(data),
  };
}

function joined(slides: readonly SlideCounts[], wanted: (gene: string) => boolean): AnnData {
  const sets = slides.slice(1).map(({ genes }) => new Set(genes));
  const genes = slides[0]!.genes.filter((gene) => wanted(gene) && sets.every((set) => set.has(gene)));
  if (genes.length === 0) throw new DataError(`Cannot join ${slides.length} slides: they have no gene in common`);
  return {
    obs: {
      index: slides.flatMap(({ name, spots }) => spots.map((spot) => `${name}/${spot}`)),
      columns: { slide: slides.flatMap(({ name, spots }) => spots.map(() => name)) },
    },
    var: { index: genes, columns: {} },
    X: joinRows(slides.map((slide) => overGenes(slide, genes))),
    layers: {},
    obsm: {},
    varm: {},
    obsp: {},
    uns: {},
  };
}

/**
 * Join slides on the genes that they have in common, and preprocess them together; whatever is fitted is fitted on
 * training slides.
 *
 * @param slides Counts of each slide.
 * @param steps Steps as `deno task data prep` takes them; they must keep all spots.
 * @param options Seed, and where to report.
 * @param wanted Tells which genes may stay; absent means all.
 * @returns Values of each slide over the genes that were kept.
 * @throws {DataError} If no gene is common, or steps leave out spots.
 */
export async function slideExpression(
  slides: readonly SlideCounts[],
  steps: string,
  { seed, note }: LoadOptions,
  wanted: (gene: string) => boolean = () => true,
): Promise<SlideExpression> {
  const train = Uint8Array.from(slides.flatMap(({ spots, split }) => spots.map(() => Number(split === "train"))));
  const table = await prepare({ ...streamOf(joined(slides, wanted)), train }, parseSteps(steps), { seed, note });
  if (table.obs.index.length !== train.length) {
    throw new DataError(`Cannot use steps "${steps}": they leave out spots, which have an image each`);
  }
  const X = await collectRows(table.X);
  let first = 0;
  const rows = slides.map(({ spots }) => {
    const own = Int32Array.from(spots, (_, row) => first + row);
    first += own.length;
    return sparseRows(X, own);
  });
  return { genes: table.var.index, rows };
}

/**
 * Check steps that a configuration names.
 *
 * @param steps Steps as `deno task data prep` takes them.
 * @returns One message per problem, empty if fine.
 */
export function checkSteps(steps: string): readonly string[] {
  try {
    parseSteps(steps);
    return [];
  } catch (error) {
    return [`steps is "${steps}": ${(error as Error).message}`];
  }
}
