import {
  type ColumnStats,
  fromHost,
  type HostArray,
  hostArray,
  intTensor,
  type Rng,
  standardize,
  takeRows,
  type Tensor,
  tensor,
} from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import type { ImageLayout } from "./image_layout.ts";
import type { SpatiaSection } from "./sections.ts";
import { logShares, rowTotals } from "./sections.ts";
import { chosenGenes, type KeptTokens } from "./tokens.ts";

/** Images of some cells as the network sees them. */
export interface ImageInputs {
  /** Tokens, `[B, P, D]`. */
  readonly tokens: Tensor;
  /** Which of them are seen: rows among all, `[B V]`, and places in their images, `[B V]`; absent for all. */
  readonly kept?: { readonly rows: Tensor; readonly places: Tensor };
  /** 1 for cells with an image, `[B, 1]`. */
  readonly present: Tensor;
}

/** Counts of some cells as the network sees them. */
export interface GeneInputs {
  /** Gene of each token, int32 `[B L]`; absent if all genes stand in order. */
  readonly index?: Tensor;
  /** ln(1 + 10,000 x / total) of each token, perhaps z-scored, `[B, L, 1]`. */
  readonly values: Tensor;
  /** log2(1 + total), `[B, 1]`. */
  readonly depth: Tensor;
  /** 1 for cells with counts, `[B, 1]`. */
  readonly present: Tensor;
}

/** What the network sees of some cells. */
export interface CellInputs {
  /** Images; absent if the network sees none. */
  readonly image?: ImageInputs;
  /** Counts; absent if the network sees none. */
  readonly genes?: GeneInputs;
}

/**
 * Cut images into tokens.
 *
 * @param values Images, `[B, size]`.
 * @param layout How.
 * @param turn Number of the turn.
 * @returns Tokens, `[B, P, D]`.
 */
export function imageTokens(
  { data, shape }: HostArray,
  { size, tokens, width, orders }: ImageLayout,
  turn = 0,
): HostArray {
  const rows = shape[0]!;
  const order = orders[turn % orders.length]!;
  const out = new Float32Array(rows * order.length);
  for (let i = 0, to = 0; i < rows; i++) {
    for (let at = 0; at < order.length; at++, to++) out[to] = order[at]! < 0 ? 0 : data[i * size + order[at]!]!;
  }
  return hostArray(out, [rows, tokens, width]);
}

/**
 * Upload images.
 *
 * @param tokens Tokens, `[B, P, D]`.
 * @param present 1 for cells with an image, `[B]`.
 * @param kept Which tokens are seen; absent for all.
 * @returns Tensors that the caller owns.
 */
export function imageInputs(tokens: HostArray, present: Float32Array, kept?: KeptTokens): ImageInputs {
  return {
    tokens: fromHost(tokens),
    present: tensor(present, [present.length, 1]),
    ...(kept === undefined ? {} : { kept: { rows: intTensor(kept.rows), places: intTensor(kept.places) } }),
  };
}

/** Genes that stand for some cells. */
export interface GeneTokens {
  /** Gene of each token, `[B L]`; absent if all genes stand in order. */
  readonly index?: Int32Array;
  /** Tokens of a cell (L). */
  readonly count: number;
}

/**
 * Choose the genes that stand for cells.
 *
 * @param counts Counts, `[B, V]`.
 * @param most Most tokens of a cell.
 * @param rng Stream that chooses among genes; absent for those with the largest counts.
 * @returns The genes.
 */
export function geneTokens({ data, shape }: HostArray, most: number, rng?: Rng): GeneTokens {
  const [rows, genes] = shape as [number, number];
  if (genes <= most) return { count: genes };
  const index = new Int32Array(rows * most);
  for (let i = 0; i < rows; i++) {
    const order = rng?.fold(i).host.permutation(genes);
    index.set(chosenGenes(data.subarray(i * genes, (i + 1) * genes), most, order), i * most);
  }
  return { index, count: most };
}

/**
 * Take the values of tokens.
 *
 * @param values One per gene, `[B, V]`.
 * @param tokens Genes that stand for the cells.
 * @returns One per token, `[B, L]`.
 */
export function valuesOfTokens(values: HostArray, { index, count }: GeneTokens): HostArray {
  if (index === undefined) return values;
  const [rows, genes] = values.shape as [number, number];
  const taken = Float32Array.from(index, (gene, at) => values.data[Math.floor(at / count) * genes + gene]!);
  return hostArray(taken, [rows, count]);
}

/**
 * Upload counts.
 *
 * @param seen Counts that are seen, `[B, V]`.
 * @param stats What their logarithms are z-scored by; undefined to take them as they are.
 * @param tokens Genes that stand for the cells.
 * @param present 1 for cells with counts, `[B]`.
 * @returns Tensors that the caller owns.
 */
export function geneInputs(
  seen: HostArray,
  stats: ColumnStats | undefined,
  tokens: GeneTokens,
  present: Float32Array,
): GeneInputs {
  const totals = rowTotals(seen);
  const logarithms = logShares(seen, totals);
  const { data } = valuesOfTokens(stats === undefined ? logarithms : standardize(logarithms, stats), tokens);
  const rows = present.length;
  const depth = totals.map((total) => Math.log2(1 + total));
  return {
    ...(tokens.index === undefined ? {} : { index: intTensor(tokens.index) }),
    values: tensor(data, [rows, tokens.count, 1]),
    depth: tensor(depth, [rows, 1]),
    present: tensor(present, [rows, 1]),
  };
}

/** Which modalities a view has. */
export interface View {
  /** Whether images are seen. */
  readonly image: boolean;
  /** Whether counts are seen. */
  readonly genes: boolean;
}

/**
 * What the trained network sees of some cells: nothing is hidden or drawn at random.
 *
 * @param section The section, its counts perhaps with entries that were emptied.
 * @param rows Its cells.
 * @param config Modalities, and most tokens.
 * @param layout How images become tokens; absent without images.
 * @param view Which modalities; both absent ones stand for what the network was not given.
 * @returns Tensors that the caller owns.
 */
export function cellInputs(
  { counts, geneStats, images }: Pick<SpatiaSection, "counts" | "geneStats" | "images">,
  rows: Int32Array,
  { modalities, genes }: Pick<SpatiaEncoderConfig, "modalities" | "genes">,
  layout: ImageLayout | undefined,
  view: View,
): CellInputs {
  const own = takeRows(counts, rows);
  return {
    ...(images === undefined || layout === undefined ? {} : {
      image: imageInputs(
        imageTokens(takeRows(images.values, rows), layout),
        Float32Array.from(rows, (row) => view.image ? images.present[row]! : 0),
      ),
    }),
    ...(!modalities.includes("genes") ? {} : {
      genes: geneInputs(
        own,
        geneStats,
        geneTokens(own, genes.tokens),
        new Float32Array(rows.length).fill(Number(view.genes)),
      ),
    }),
  };
}

/**
 * List the tensors of inputs, to free them.
 *
 * @param inputs The inputs.
 * @returns Their tensors.
 */
export function tensorsOf({ image, genes }: CellInputs): readonly Tensor[] {
  const found = [image?.tokens, image?.present, image?.kept?.rows, image?.kept?.places];
  return [...found, genes?.index, genes?.values, genes?.depth, genes?.present].filter((each) => each !== undefined);
}
