import {
  add,
  dropoutLayer,
  initNamed,
  type Layer,
  type LayerContext,
  layerNormLayer,
  linearLayer,
  matMul,
  mul,
  type Params,
  paramsOf,
  reshape,
  type Rng,
  sequential,
  SILU,
  sum,
  symmetricUniform,
  type Tensor,
  tensorAt,
  within,
} from "../../../core/mod.ts";

/** Width of the network that makes the factors (D). */
export const RELATION_WIDTH = 256;

/** Weight of the relations beside the expression itself. */
const SCALE = 0.1;

/** Sizes of the relations. */
export interface RelationSizes {
  /** Genes (G). */
  readonly genes: number;
  /** Rank (K). */
  readonly rank: number;
  /** Probability of dropping a hidden value. */
  readonly dropout: number;
}

/** Factors `U` `[G, K]` and `V` `[K, G]`, affine in h, with their weights in the order that the products need. */
function factorParams(rng: Rng, { genes, rank }: RelationSizes): Params {
  const bound = 1 / Math.sqrt(RELATION_WIDTH);
  const draw = (name: string, shape: readonly number[]): Tensor => symmetricUniform(rng.fold(name), shape, bound);
  return {
    left: { weight: draw("left", [genes, rank * RELATION_WIDTH]), bias: draw("left bias", [genes, rank]) },
    right: { weight: draw("right", [rank * RELATION_WIDTH, genes]), bias: draw("right bias", [rank, genes]) },
  };
}

/**
 * Rows times their own low-rank matrix, xᵀ U V with U and V affine in h, without making the 2GK numbers of U and V per row:
 * 256 K per row instead.
 *
 * @param params `{ left: { weight: [G, K D], bias: [G, K] }, right: { weight: [K D, G], bias: [K, G] } }`.
 * @param x Expression, `[N, G]`.
 * @param h What U and V depend on, `[N, D]`.
 * @returns `[N, G]`.
 */
export function lowRankProduct(params: Params, x: Tensor, h: Tensor): Tensor {
  const [rows, width] = h.shape as [number, number];
  const bias = tensorAt(params, "left/bias");
  const rank = bias.shape[1]!;
  const spread = reshape(h, [rows, 1, width]);
  const projected = reshape(matMul(x, tensorAt(params, "left/weight")), [rows, rank, width]);
  const low = add(sum(mul(projected, spread), 2), matMul(x, bias));
  const products = reshape(mul(reshape(low, [rows, rank, 1]), spread), [rows, rank * width]);
  return add(matMul(products, tensorAt(params, "right/weight")), matMul(low, tensorAt(params, "right/bias")));
}

/**
 * Gene relations of each cell: x + 0.1 (xᵀ U) V, where a small network of the cell's expression makes U and V (section 3.2
 * of the GeneFlow paper).
 *
 * @param sizes Sizes.
 * @returns The layer, `[N, G]` to `[N, G]`.
 */
export function geneRelations(sizes: RelationSizes): Layer {
  const base = sequential([
    linearLayer(sizes.genes, RELATION_WIDTH),
    layerNormLayer(RELATION_WIDTH),
    SILU,
    dropoutLayer(sizes.dropout),
  ]);
  const parts = {
    gene_relation_net_base: base,
    gene_relation_factors_head: { init: (rng: Rng): Params => factorParams(rng, sizes) },
  };
  return {
    init: (rng: Rng): Params => initNamed(parts, rng),
    apply(params: Params, x: Tensor, ctx: LayerContext): Tensor {
      const h = base.apply(paramsOf(params, "gene_relation_net_base"), x, within(ctx, "gene relations"));
      return add(x, mul(lowRankProduct(paramsOf(params, "gene_relation_factors_head"), x, h), SCALE));
    },
  };
}
