import {
  add,
  dropoutLayer,
  initNamed,
  type Layer,
  type LayerContext,
  layerNormLayer,
  linearLayer,
  type Params,
  paramsOf,
  type Rng,
  sequential,
  SILU,
  type Tensor,
  within,
} from "../../../core/mod.ts";

/** Form of the stack. */
export interface StackSizes {
  /** Width of the input. */
  readonly inputs: number;
  /** Width after each stage. */
  readonly hidden: readonly number[];
  /** Probability of dropping a value. */
  readonly dropout: number;
  /** Whether a stage has two affine maps and a way around them, or one. */
  readonly residual: boolean;
  /** Whether a stage begins with a layer norm. */
  readonly layerNorm: boolean;
}

/**
 * Two affine maps with SiLU between, and a way around: an affine map, or nothing where the widths agree.
 *
 * @param inputs Width in.
 * @param outputs Width out.
 * @param probability Probability of dropping a value.
 * @returns The layer.
 */
export function residualLayer(inputs: number, outputs: number, probability: number): Layer {
  const main = sequential([
    linearLayer(inputs, outputs),
    SILU,
    dropoutLayer(probability),
    linearLayer(outputs, outputs),
    dropoutLayer(probability),
  ]);
  const skip = inputs === outputs ? undefined : linearLayer(inputs, outputs);
  return {
    init: (rng: Rng): Params => initNamed({ main_branch: main, ...(skip === undefined ? {} : { skip }) }, rng),
    apply(params: Params, x: Tensor, ctx: LayerContext): Tensor {
      const around = skip === undefined ? x : skip.apply(paramsOf(params, "skip"), x, ctx);
      return add(main.apply(paramsOf(params, "main_branch"), x, within(ctx, "main")), around);
    },
  };
}

/**
 * The network that every cell goes through: stages of a layer norm and a residual block, or of an affine map with SiLU.
 *
 * @param sizes Form.
 * @returns The layer, `[..., inputs]` to `[..., last of hidden]`.
 */
export function cellStack({ inputs, hidden, dropout, residual, layerNorm }: StackSizes): Layer {
  return sequential(hidden.flatMap((width, i) => {
    const from = i === 0 ? inputs : hidden[i - 1]!;
    const norm = layerNorm ? [layerNormLayer(from)] : [];
    return residual
      ? [...norm, residualLayer(from, width, dropout)]
      : [...norm, linearLayer(from, width), SILU, dropoutLayer(dropout)];
  }));
}
