import {
  DataError,
  type HostArray,
  hostArray,
  type NumericArray,
  type Rng,
  type RowSource,
  type Tree,
  variableColumns,
} from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";

/** Counts of the cells of a section. */
export interface CountRows {
  /** Name of the section. */
  readonly name: string;
  /** Counts, `[N, G]`. */
  readonly x: RowSource;
}

/** Genes that were chosen, as they are stored in a run folder. */
export interface GenePanel {
  /** All of these. */
  readonly [name: string]: Tree<HostArray>;
  /** Columns that the network sees, `[V]`. */
  readonly visible: HostArray;
  /** Columns that it never sees, `[H]`. */
  readonly hidden: HostArray;
}

/** Values of counts that are in memory at a time. */
const BLOCK = 2 ** 24;

/**
 * Read the counts of a section some cells at a time.
 *
 * @param rows The section.
 * @returns Blocks of rows in order.
 * @throws {DataError} If a value is no count.
 */
export async function* countBlocks({ name, x }: CountRows): AsyncGenerator<HostArray<NumericArray>> {
  const [rows = 0, width = 1] = x.shape;
  const most = Math.max(1, Math.floor(BLOCK / width));
  for (let from = 0; from < rows; from += most) {
    const block = await x.read(Int32Array.from({ length: Math.min(most, rows - from) }, (_, i) => from + i));
    const bad = block.data.findIndex((value: number) => !(Number.isInteger(value) && value >= 0));
    if (bad >= 0) {
      throw new DataError(
        `Cannot use section "${name}": cell ${from + Math.floor(bad / width)} has ${block.data[bad]} in gene ${
          bad % width
        }, expected counts; set dataset.config.normalize=none and scale=none`,
      );
    }
    yield block;
  }
}

/**
 * Copy columns.
 *
 * @param block Values, `[n, G]`.
 * @param columns Columns to take.
 * @returns Values, `[n, columns]`.
 */
export function takeColumns({ data, shape }: HostArray<NumericArray>, columns: ArrayLike<number>): HostArray {
  const [rows = 0, width = 0] = shape;
  const out = new Float32Array(rows * columns.length);
  for (let i = 0, to = 0; i < rows; i++) {
    for (let j = 0; j < columns.length; j++) out[to++] = data[i * width + columns[j]!]!;
  }
  return hostArray(out, [rows, columns.length]);
}

async function presentGenes(sections: readonly CountRows[], minCells: number): Promise<readonly number[]> {
  const width = sections[0]!.x.shape[1]!;
  const cells = new Float64Array(width);
  for (const section of sections) {
    for await (const { data } of countBlocks(section)) {
      for (let at = 0, j = 0; at < data.length; at++, j = j + 1 === width ? 0 : j + 1) if (data[at]! > 0) cells[j]!++;
    }
  }
  return [...cells.keys()].filter((j) => cells[j]! >= minCells);
}

async function variableGenes(
  sections: readonly CountRows[],
  genes: readonly number[],
  count: number,
): Promise<readonly number[]> {
  async function* blocks(section: CountRows): AsyncGenerator<HostArray<NumericArray>> {
    for await (const block of countBlocks(section)) yield takeColumns(block, genes);
  }
  const chosen = await variableColumns(sections.map((section) => () => blocks(section)), genes.length, count);
  return Array.from(chosen, (column) => genes[column]!);
}

/**
 * Choose genes on the training sections: those that enough cells have, of them the most variable, of these some at random
 * that the network never sees.
 *
 * @param sections Training sections, of equal genes.
 * @param config How many.
 * @param rng Stream of the hidden ones.
 * @returns The panel.
 * @throws {DataError} If a value is no count, or too few genes are left.
 */
export async function choosePanel(
  sections: readonly CountRows[],
  { minCells, variable, hidden }: SpatiaEncoderConfig["genes"],
  rng: Rng,
): Promise<GenePanel> {
  const present = await presentGenes(sections, minCells);
  const kept = variable > 0 && variable < present.length ? await variableGenes(sections, present, variable) : present;
  const count = Math.round(hidden * kept.length);
  if (kept.length - count < 2) {
    throw new DataError(
      `Cannot choose genes: ${kept.length} of ${sections[0]!.x.shape[1]} are in at least ${minCells} training cells, ` +
        "expected more; lower plugin.config.genes.minCells or hidden",
    );
  }
  const drawn = new Set(rng.host.choice(kept.length, count));
  const columns = (chosen: boolean): HostArray => {
    const found = kept.filter((_, at) => drawn.has(at) === chosen).sort((a, b) => a - b);
    return hostArray(Float32Array.from(found), [found.length]);
  };
  return { visible: columns(false), hidden: columns(true) };
}
