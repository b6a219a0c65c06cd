import type { Rng } from "../../rng/mod.ts";
import { conv2d, groupNorm, ones, type Tensor, zeros } from "../../tensor/mod.ts";
import { type Params, tensorAt } from "../../tree.ts";
import type { Layer } from "../layer.ts";
import { symmetricUniform } from "../layers.ts";

/** Most groups that channels are normalised in. */
const GROUPS = 32;
const EPSILON = 1e-5;

/**
 * Number of groups for some channels: 32, or as large a power of two as divides them into groups that are large enough.
 *
 * @param channels Channels.
 * @param least Channels of a group, at least.
 * @returns Groups.
 */
export function groupsOf(channels: number, least = 1): number {
  let groups = GROUPS;
  while (channels % groups !== 0 || (groups > 1 && channels / groups < least)) groups /= 2;
  return groups;
}

/**
 * Group norm of images.
 *
 * @param channels Channels.
 * @param least Channels of a group, at least, see {@linkcode groupsOf}.
 * @returns The layer, `[B, H, W, C]` to the same.
 */
export function groupNormLayer(channels: number, least = 1): Layer {
  const groups = groupsOf(channels, least);
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
