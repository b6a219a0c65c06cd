import type { SinglePointSizes } from "./single_point.ts";
import { effectiveWidth, type TransformerSizes } from "./transformer.ts";

/** Multiply-adds of one pair of sets, split by how often sampling needs them. */
export interface MultiplyAdds {
  /** Encoding the source: once per sample. */
  readonly encode: number;
  /** Everything else: at every evaluation of the network. */
  readonly evaluate: number;
}

/**
 * Multiply-adds of one forward pass of the microenvironment transformer; norms, softmax and biases are not counted.
 *
 * @example Usage
 * ```ts
 * import { NICHEFLOW_DEFAULTS, transformerMultiplyAdds } from "@morphogen/morphogen/plugins/nicheflow";
 *
 * const sizes = { features: 50, coordinates: 2, times: 3, ...NICHEFLOW_DEFAULTS.network };
 * const { encode, evaluate } = transformerMultiplyAdds(sizes, 100, 100);
 * if (encode + evaluate !== 74_609_600) throw new Error("unexpected count");
 * ```
 *
 * @param sizes Sizes of the network.
 * @param source Cells of the source set.
 * @param target Cells of the target set.
 * @returns The counts.
 */
export function transformerMultiplyAdds(sizes: TransformerSizes, source: number, target: number): MultiplyAdds {
  const { features, coordinates, times, encoders, decoders, feedForward } = sizes;
  const width = effectiveWidth(sizes.embed, sizes.heads);
  const slot = width / 3;
  const token = (features + times + coordinates) * slot;
  const project = width * width;
  const scores = (queries: number, keys: number): number => 2 * queries * keys * width;
  const hidden = 2 * width * feedForward;
  const encoder = source * (4 * project + hidden) + scores(source, source);
  const self = target * 4 * project + scores(target, target);
  const cross = (2 * target + 2 * source) * project + scores(target, source);
  const time = 2 * width * slot;
  const readOut = target * width * (features + coordinates);
  return {
    encode: source * token + encoders * encoder,
    evaluate: target * token + time + decoders * (self + cross + target * hidden) + readOut,
  };
}

/**
 * Multiply-adds of one forward pass of the single-point network.
 *
 * @param sizes Sizes of the network.
 * @param cells Pairs of cells that share one path time.
 * @returns The counts; nothing is encoded ahead.
 */
export function singlePointMultiplyAdds(sizes: SinglePointSizes, cells: number): MultiplyAdds {
  const { features, coordinates, times, hidden, timeDim } = sizes;
  const width = 7 * hidden;
  const embed = 2 * (features + coordinates + times) * hidden;
  const layers = width * width + width * (features + coordinates);
  return { encode: 0, evaluate: cells * (embed + layers) + 2 * timeDim * hidden };
}

/**
 * Floating-point operations of one training step: forward and twice as many backward, two per multiply-add.
 *
 * @param cost Multiply-adds of one pair of sets.
 * @param pairs Pairs of sets per step.
 * @returns Operations.
 */
export function trainingFlops({ encode, evaluate }: MultiplyAdds, pairs: number): number {
  return 2 * 3 * pairs * (encode + evaluate);
}

/**
 * Floating-point operations of one sample: the source encoded once, the rest at every step.
 *
 * @param cost Multiply-adds of one pair of sets.
 * @param pairs Pairs of sets.
 * @param evaluations Evaluations of the network per sample; 19 for 20 points in path time.
 * @returns Operations.
 */
export function samplingFlops({ encode, evaluate }: MultiplyAdds, pairs: number, evaluations: number): number {
  return 2 * pairs * (encode + evaluations * evaluate);
}
