import {
  type ApplyContext,
  applyLinear,
  gatedNorm,
  type GateNorm,
  layerNormParams,
  linearParams,
  mul,
  type Params,
  type Rng,
  type Tensor,
  tensorAt,
} from "../../core/mod.ts";

/** PyTorch's layer-norm epsilon. */
const EPSILON = 1e-5;

/** Inverted dropout: factors that keep the expectation, or none outside of training. */
export interface Dropout {
  /**
   * Draw factors.
   *
   * @param name Stream of the place.
   * @param shape Shape of what they multiply.
   * @returns Zeros and 1 / (1 - p); undefined where nothing is dropped.
   */
  factors(name: string, shape: readonly number[]): Tensor | undefined;
  /**
   * Drop entries.
   *
   * @param name Stream of the place.
   * @param x Any tensor.
   * @returns The tensor with some entries 0 and the others enlarged; `x` itself outside of training.
   */
  drop(name: string, x: Tensor): Tensor;
}

/**
 * Dropout of one call of the network.
 *
 * @param ctx Whether it trains, and its stream.
 * @param probability Probability of dropping an entry.
 * @returns The dropout.
 */
export function dropoutOf({ train, rng }: Pick<ApplyContext, "train" | "rng">, probability: number): Dropout {
  const keep = 1 - probability;
  const factors = (name: string, shape: readonly number[]): Tensor | undefined =>
    train && probability > 0 ? rng.fold(name).bernoulli(shape, keep, 1 / keep) : undefined;
  return {
    factors,
    drop: (name: string, x: Tensor): Tensor => {
      const kept = factors(name, x.shape);
      return kept === undefined ? x : mul(x, kept);
    },
  };
}

/**
 * Parameters of a packed gated multilayer perceptron.
 *
 * @param rng Stream for the initializers.
 * @param inputs Width in.
 * @param packed Width of gate and values together, even.
 * @param outputs Width out.
 * @returns `{ fc1, norm, fc2 }`.
 */
export function gatedParams(rng: Rng, inputs: number, packed: number, outputs: number): Params {
  return {
    fc1: linearParams(rng.fold("fc1"), inputs, packed),
    norm: layerNormParams(packed / 2),
    fc2: linearParams(rng.fold("fc2"), packed / 2, outputs),
  };
}

/**
 * The layer norm of a gated perceptron.
 *
 * @param params Parameters.
 * @param path Where the perceptron lies.
 * @returns Scale, shift and constant.
 */
export function normAt(params: Params, path: string): GateNorm {
  return {
    gamma: tensorAt(params, `${path}/norm/weight`),
    beta: tensorAt(params, `${path}/norm/bias`),
    epsilon: EPSILON,
  };
}

/**
 * Apply a packed gated multilayer perceptron: linear, SwiGLU, dropout, layer norm, linear, dropout.
 *
 * @param params Parameters.
 * @param path Where the perceptron lies.
 * @param x Rows, `[..., inputs]`.
 * @param dropout Dropout of this call.
 * @returns Rows, `[..., outputs]`.
 */
export function gatedMlp(params: Params, path: string, x: Tensor, dropout: Dropout): Tensor {
  const inner = applyLinear(params, `${path}/fc1`, x);
  const shape = [...inner.shape.slice(0, -1), inner.shape.at(-1)! / 2];
  const y = gatedNorm(inner, normAt(params, path), dropout.factors(`${path} inner`, shape));
  return dropout.drop(`${path} out`, applyLinear(params, `${path}/fc2`, y));
}
