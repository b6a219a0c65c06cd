import { fill, type Layer, mul, type Params, softmax, type Tensor, tensorAt } from "../../../core/mod.ts";

/** How gene weights are scaled: they sum to 1, or to the number of genes. */
export type GeneScale = "softmax" | "softmaxTimesG";

/**
 * Weights of the genes.
 *
 * @param params `{ gene_attention: [G] }`.
 * @param scale What they sum to.
 * @returns `[G]`.
 */
export function geneWeights(params: Params, scale: GeneScale): Tensor {
  const logits = tensorAt(params, "gene_attention");
  const weights = softmax(logits);
  return scale === "softmax" ? weights : mul(weights, logits.size);
}

/**
 * One learned weight per gene, equal at the start.
 *
 * Weights that sum to 1 divide a large panel by so much that the layer norm after it sees little but its epsilon; that is
 * how the released program has it, `"softmaxTimesG"` does without.
 *
 * @param genes Genes (G).
 * @param scale What the weights sum to.
 * @returns The layer, `[..., G]` to `[..., G]`.
 */
export function geneAttention(genes: number, scale: GeneScale): Layer {
  return {
    init: (): Params => ({ gene_attention: fill([genes], 1 / genes) }),
    apply: (params: Params, x: Tensor): Tensor => mul(x, geneWeights(params, scale)),
  };
}
