import { type FusedInputs, type FusedKernel, type FusedOp, runFused, runKernel } from "./fused.ts";
import { tf } from "./tf.ts";
import type { Tensor } from "./types.ts";

interface SlopeAttributes {
  readonly [key: string]: number;
  readonly slope: number;
}

const leakyReluGrad_: FusedKernel<SlopeAttributes> = {
  name: "MorphogenLeakyReluGrad",
  forward: ({ dy, x }, { slope }) => [tf.mul(dy!, tf.step(x!, slope))],
};

const leakyRelu_: FusedOp<SlopeAttributes> = {
  name: "MorphogenLeakyRelu",
  saveInputs: ["x"],
  saveOutputs: [false],
  forward: ({ x }, { slope }) => [tf.leakyRelu(x!, slope)],
  gradient: (dy, [x], attributes) => ({ x: () => runKernel(leakyReluGrad_, { dy, x: x! }, attributes)[0]! }),
};

/**
 * Leaky rectifier.
 *
 * @param x The tensor.
 * @param slope Factor for negative values, for example 0.01 (PyTorch's default).
 * @returns `x` where positive, `slope * x` elsewhere.
 */
export function leakyRelu(x: Tensor, slope: number): Tensor {
  return runFused(leakyRelu_, { x }, { slope });
}

/**
 * Positive part; its derivative at 0 is 0.
 *
 * @param x The tensor.
 * @returns `max(x, 0)`.
 */
export function relu(x: Tensor): Tensor {
  return leakyRelu(x, 0);
}

const elu_ = {
  name: "MorphogenElu",
  saveInputs: [],
  saveOutputs: [true],
  forward: ({ x }: FusedInputs) => [tf.elu(x!)],
  // Below 0 the derivative e ** x is one more than the value.
  gradient: (dy: Tensor, [y]: readonly Tensor[]) => ({ x: () => tf.mul(dy, tf.add(1, tf.minimum(y!, 0))) }),
};

/**
 * Exponential linear unit (Clevert, Unterthiner, Hochreiter 2016) of scale 1; its derivative at 0 is 1.
 *
 * @param x The tensor.
 * @returns `x` where positive, `e ** x - 1` elsewhere.
 */
export function elu(x: Tensor): Tensor {
  return runFused(elu_, { x }, {});
}

/** Derivative of SiLU; inputs `dy`, `x`. */
export const siluGrad_: FusedKernel<Record<string, never>> = {
  name: "MorphogenSiluGrad",
  forward: ({ dy, x }) => {
    const share = tf.sigmoid(x!);
    return [tf.mul(dy!, tf.mul(share, tf.add(1, tf.mul(x!, tf.sub(1, share)))))];
  },
};

/** SiLU as a kernel; input `x`. */
export const silu_: FusedOp<Record<string, never>> = {
  name: "MorphogenSilu",
  saveInputs: ["x"],
  saveOutputs: [false],
  forward: ({ x }: FusedInputs) => [tf.mul(x!, tf.sigmoid(x!))],
  gradient: (dy: Tensor, [x]: readonly Tensor[]) => ({ x: () => runKernel(siluGrad_, { dy, x: x! }, {})[0]! }),
};

/**
 * Sigmoid-weighted linear unit, also called swish.
 *
 * @param x The tensor.
 * @returns `x / (1 + e ** -x)`.
 */
export function silu(x: Tensor): Tensor {
  return runFused(silu_, { x }, {});
}

function normalCdf(x: Tensor): Tensor {
  return tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
}

const geluGrad_: FusedKernel<Record<string, never>> = {
  name: "MorphogenGeluGrad",
  forward: ({ dy, x }) => {
    const density = tf.mul(1 / Math.sqrt(2 * Math.PI), tf.exp(tf.mul(-0.5, tf.square(x!))));
    return [tf.mul(dy!, tf.add(normalCdf(x!), tf.mul(x!, density)))];
  },
};

const gelu_ = {
  name: "MorphogenGelu",
  saveInputs: ["x"],
  saveOutputs: [false],
  forward: ({ x }: FusedInputs) => [tf.mul(x!, normalCdf(x!))],
  gradient: (dy: Tensor, [x]: readonly Tensor[]) => ({ x: () => runKernel(geluGrad_, { dy, x: x! }, {})[0]! }),
};

/**
 * Gaussian error linear unit in its exact form (PyTorch's default), not the tanh approximation.
 *
 * @param x The tensor.
 * @returns `x * Phi(x)` with the standard normal distribution function `Phi`, to 2e-7.
 */
export function gelu(x: Tensor): Tensor {
  return runFused(gelu_, { x }, {});
}
