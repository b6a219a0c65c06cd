import {
  conv2d,
  groupNorm,
  ones,
  type Params,
  type Rng,
  symmetricUniform,
  type Tensor,
  tensorAt,
  zeros,
} from "../../../core/mod.ts";
import type { Layer } from "../layers.ts";

/** Groups that channels are normalised in, if they can be divided so. */
const GROUPS = 32;
const EPSILON = 1e-5;

/**
 * Number of groups for some channels: 32, or as large a power of two as divides them.
 *
 * @param channels Channels.
 * @returns Groups.
 */
export function groupsOf(channels: number): number {
  let groups = GROUPS;
  while (channels % groups !== 0) groups /= 2;
  return groups;
}

/**
 * Group norm of images.
 *
 * @param channels Channels.
 * @returns The layer, `[B, H, W, C]` to the same.
 */
export function groupNormLayer(channels: number): Layer {
  const groups = groupsOf(channels);
  return {
    init: (): Params => ({ weight: ones([channels]), bias: zeros([channels]) }),
    apply: (params: Params, x: Tensor): Tensor =>
      groupNorm(x, groups, tensorAt(params, "weight"), tensorAt(params, "bias"), EPSILON),
  };
}

/**
 * Square filters that keep the size of images, with PyTorch's default start or all zero.
 *
 * @param inputs Channels in.
 * @param outputs Channels out.
 * @param options Side of the filters (odd), and whether they start at zero, bias included.
 * @returns The layer, `[B, H, W, inputs]` to `[B, H, W, outputs]`.
 */
export function convolutionLayer(
  inputs: number,
  outputs: number,
  { side, zero }: { readonly side: number; readonly zero: boolean },
): Layer {
  const shape = [side, side, inputs, outputs];
  const bound = 1 / Math.sqrt(side * side * inputs);
  return {
    init: (rng: Rng): Params =>
      zero ? { weight: zeros(shape), bias: zeros([outputs]) } : {
        weight: symmetricUniform(rng.fold("weight"), shape, bound),
        bias: symmetricUniform(rng.fold("bias"), [outputs], bound),
      },
    apply: (params: Params, x: Tensor): Tensor =>
      conv2d(x, tensorAt(params, "weight"), tensorAt(params, "bias"), { padding: (side - 1) / 2 }),
  };
}
