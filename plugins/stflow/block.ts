import {
  add,
  applyLayerNorm,
  applyLinear,
  concat,
  expandDims,
  frameFeatures,
  gelu,
  layerNormParams,
  linear,
  linearParams,
  matMul,
  neighbourScores,
  neighbourSums,
  type Params,
  reshape,
  type Rng,
  slice,
  softmax,
  split,
  sub,
  type Tensor,
  tensorAt,
  transpose,
} from "../../core/mod.ts";
import { type Dropout, gatedMlp, gatedParams, normAt } from "./gated_mlp.ts";
import { HIDDEN_NEIGHBOURS, type SpotCond } from "./slide.ts";

/** Sizes of a block. */
export interface BlockSizes {
  /** Genes (G). */
  readonly genes: number;
  /** Width of a spot's token (W); divisible by the heads. */
  readonly width: number;
  /** Width of the features of a pair of neighbours (E); divisible by the heads. */
  readonly pairWidth: number;
  /** Attention heads (h). */
  readonly heads: number;
}

/** What a block computes. */
export interface BlockTrace {
  /** Attention scores before the softmax, `[N, k, h]`. */
  readonly scores: Tensor;
  /** Tokens after the block, `[N, W]`. */
  readonly tokens: Tensor;
  /** Expression that the block reads out, `[N, G]`. */
  readonly expression: Tensor;
}

/** What goes into a block. */
export interface BlockInput {
  /** Tokens, `[N, W]`. */
  readonly tokens: Tensor;
  /** Current estimate of the expression, `[N, G]`. */
  readonly expression: Tensor;
  /** Features of the pairs, `[N k, E]`. */
  readonly pairs: Tensor;
  /** Neighbourhoods. */
  readonly cond: SpotCond;
}

/** A block of the denoiser as pure functions; weights are looked up at `path`. */
export interface SpotBlock {
  /**
   * Create parameters.
   *
   * @param rng Stream for the initializers.
   * @returns Parameters with the names of the authors' state dict.
   */
  init(rng: Rng): Params;
  /**
   * Features of the pairs, which depend on neither time nor expression.
   *
   * @param params Parameters.
   * @param path Where the block lies.
   * @param edges Coordinates in the frame and distance, `[N k, 3]`.
   * @param dropout Dropout of this call.
   * @returns Features, `[N k, E]`.
   */
  pairs(params: Params, path: string, edges: Tensor, dropout: Dropout): Tensor;
  /**
   * Evaluate the block.
   *
   * @param params Parameters.
   * @param path Where the block lies.
   * @param input Tokens, expression, pairs and neighbourhoods.
   * @param dropout Dropout of this call.
   * @returns Scores, new tokens and the expression that is read out.
   */
  apply(params: Params, path: string, input: BlockInput, dropout: Dropout): BlockTrace;
}

/** Inner width of the feed-forward layer in widths, as it is packed. */
const RATIO = 4;

function readOut(params: Params, path: string, tokens: Tensor, dropout: Dropout): Tensor {
  const at = `${path}/gene_updater/output`;
  const h = applyLayerNorm(params, `${at}/2`, gelu(applyLinear(params, `${at}/0`, tokens)));
  const y = applyLinear(params, `${at}/4`, dropout.drop(`${at} inner`, h));
  return dropout.drop(`${at} out`, y);
}

/**
 * A block of the denoiser: attention to the nearest neighbours, feed-forward layer, read-out of expression.
 *
 * The first layer of the score network is split into what belongs to the spot, its neighbour and the pair (exact), so that
 * the wide vector [query, key, pair, difference of expression] is never made.
 *
 * @param sizes Sizes.
 * @returns The block.
 * @throws {RangeError} If a width does not divide by the heads.
 */
export function spotBlock({ genes, width, pairWidth, heads }: BlockSizes): SpotBlock {
  const [headWidth, pairHeadWidth] = [width / heads, pairWidth / heads];
  if (!Number.isInteger(headWidth) || !Number.isInteger(pairHeadWidth)) {
    throw new RangeError(`Cannot split widths ${width} and ${pairWidth} into ${heads} heads: they must divide`);
  }

  /** Rows `from` to `from + count` of the score network's first weights. */
  function scoreRows(params: Params, path: string, from: number, count: number): Tensor {
    const weight = tensorAt(params, `${path}/attn/mlp_attn/fc1/weight`);
    return slice(weight, [from, 0], [count, weight.shape[1]!]);
  }

  function scorePairs(
    params: Params,
    path: string,
    [q, k]: readonly [Tensor, Tensor],
    { expression, pairs, cond }: BlockInput,
    dropout: Dropout,
  ): Tensor {
    const [spots, count] = cond.neighbours.shape as [number, number];
    const at = `${path}/attn/mlp_attn`;
    const byHead = (x: Tensor, from: number, bias?: Tensor): Tensor =>
      linear(reshape(x, [spots, heads, headWidth]), scoreRows(params, path, from, headWidth), bias);
    const weights = scoreRows(params, path, 2 * headWidth + pairHeadWidth, genes);
    const seen = expandDims(matMul(expression, weights), 1);
    const score = neighbourScores({
      own: sub(byHead(q, 0, tensorAt(params, `${at}/fc1/bias`)), seen),
      other: add(byHead(k, headWidth), seen),
      edge: reshape(pairs, [spots, count, heads, pairHeadWidth]),
      index: cond.neighbours,
    }, {
      kernel: scoreRows(params, path, 2 * headWidth, pairHeadWidth),
      readout: tensorAt(params, `${at}/fc2/weight`),
      ...normAt(params, at),
    }, dropout.factors(`${at} inner`, [spots * count * heads, width / 2]));
    const shown = dropout.drop(`${at} out`, add(score, tensorAt(params, `${at}/fc2/bias`)));
    const hidden = cond[HIDDEN_NEIGHBOURS];
    return hidden === undefined ? shown : add(shown, hidden);
  }

  return Object.freeze({
    init: (rng: Rng): Params => ({
      attn: {
        layernorm_qkv: { 0: layerNormParams(width), 1: linearParams(rng.fold("qkv"), width, 3 * width) },
        mlp_attn: gatedParams(rng.fold("mlp_attn"), 2 * headWidth + pairHeadWidth + genes, width, 1),
        edge_trans: gatedParams(rng.fold("edge_trans"), 3, pairWidth, pairWidth),
        W_output: gatedParams(rng.fold("W_output"), width + pairWidth, width, width),
      },
      mlp: gatedParams(rng.fold("mlp"), width, RATIO * width, width),
      gene_updater: {
        output: {
          0: linearParams(rng.fold("gene_updater 0"), width, width),
          2: layerNormParams(width),
          4: linearParams(rng.fold("gene_updater 4"), width, genes),
        },
      },
    }),
    pairs(params: Params, path: string, edges: Tensor, dropout: Dropout): Tensor {
      const at = `${path}/attn/edge_trans`;
      const layers = {
        kernel: tensorAt(params, `${at}/fc1/weight`),
        bias: tensorAt(params, `${at}/fc1/bias`),
        ...normAt(params, at),
      };
      const keep = dropout.factors(`${at} inner`, [4 * edges.shape[0]!, pairWidth / 2]);
      // The mean over frames commutes with the last layer; its dropout comes after the mean.
      return dropout.drop(`${at} out`, applyLinear(params, `${at}/fc2`, frameFeatures(edges, layers, keep)));
    },
    apply(params: Params, path: string, input: BlockInput, dropout: Dropout): BlockTrace {
      const { cond, pairs } = input;
      const at = `${path}/attn/layernorm_qkv`;
      const qkv = applyLinear(params, `${at}/1`, applyLayerNorm(params, `${at}/0`, input.tokens));
      const [q, k, v] = split(qkv, 3, 1) as [Tensor, Tensor, Tensor];
      const scores = scorePairs(params, path, [q, k], input, dropout);
      const weights = dropout.drop(`${path} attention`, transpose(softmax(transpose(scores, [0, 2, 1])), [0, 2, 1]));
      const context = neighbourSums(weights, v, cond.neighbours);
      const around = neighbourSums(weights, pairs, cond.pairRows);
      const mixed = gatedMlp(params, `${path}/attn/W_output`, concat([context, around], 1), dropout);
      const seen = add(input.tokens, mixed);
      const tokens = add(seen, gatedMlp(params, `${path}/mlp`, seen, dropout));
      return { scores, tokens, expression: readOut(params, path, tokens, dropout) };
    },
  });
}
