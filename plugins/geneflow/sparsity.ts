import { abs, type Loss, mul, type Params, sum, type Tensor, tensorAt } from "../../core/mod.ts";
import { type EncoderSizes, STACK_NAME } from "./encoder/rna_encoder.ts";

/** The L1 penalty on the encoder. */
export interface Sparsity {
  /**
   * What is penalized: the gain of the layer norm over genes, which the released program takes for the first layer; the
   * first affine map, as the paper says; or nothing.
   */
  readonly target: "layerNormGain" | "firstLinear" | "none";
  /** Factor. */
  readonly weight: number;
  /** Whether absolute values are added up or averaged. */
  readonly reduction: "sum" | "mean";
}

/** Where the penalized tensor lies, below the encoder. */
function pathOf(target: "layerNormGain" | "firstLinear", sizes: EncoderSizes): string {
  const stack = STACK_NAME[sizes.cells];
  if (target === "layerNormGain") return `${stack}/0/weight`;
  return `${stack}/${sizes.layerNorm ? 1 : 0}/${sizes.residualBlocks ? "main_branch/0/" : ""}weight`;
}

/**
 * The penalty on an encoder.
 *
 * @param sparsity What is penalized, and how much.
 * @param sizes Form of the encoder.
 * @returns The penalty of parameters of the whole network; absent if nothing is penalized.
 * @throws {RangeError} If a layer norm is to be penalized and there is none.
 */
export function sparsityPenalty(sparsity: Sparsity, sizes: EncoderSizes): ((params: Params) => Loss) | undefined {
  const { target, weight, reduction } = sparsity;
  if (target === "none" || weight === 0) return undefined;
  if (target === "layerNormGain" && !sizes.layerNorm) {
    throw new RangeError('Cannot penalize the gain of a layer norm that is switched off: choose l1.target "none"');
  }
  const path = `rna_encoder/${pathOf(target, sizes)}`;
  return (params) => {
    const penalized: Tensor = tensorAt(params, path);
    const l1 = mul(sum(abs(penalized)), reduction === "sum" ? weight : weight / penalized.size);
    return { total: l1, parts: { l1 } };
  };
}
