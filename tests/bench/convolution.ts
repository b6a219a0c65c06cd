import { conv2d, mul, rng, sum, type Tensor, valueAndGrads } from "../../core/mod.ts";
import type { Bench } from "./bench.ts";
import { operationBench } from "./operation.ts";

const [IMAGES, SIDE, CHANNELS, WINDOW] = [8, 64, 64, 3];

/** Operations of one product with all patches; the derivatives for images and filters are one more each. */
const FLOPS = 2 * IMAGES * SIDE ** 2 * CHANNELS ** 2 * WINDOW ** 2;
const PARAMS = WINDOW ** 2 * CHANNELS ** 2 + CHANNELS;
const SHAPES =
  `${IMAGES} images of ${SIDE} x ${SIDE} with ${CHANNELS} channels, ${CHANNELS} filters of 3 x 3 with bias`;

function inputs(): readonly [images: Tensor, kernel: Tensor, bias: Tensor] {
  const stream = rng(0);
  return [
    stream.fold("images").normal([IMAGES, SIDE, SIDE, CHANNELS]),
    stream.fold("kernel").normal([WINDOW, WINDOW, CHANNELS, CHANNELS]),
    stream.fold("bias").normal([CHANNELS]),
  ];
}

function convolved(images: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  return conv2d(images, kernel, bias, { padding: 1 });
}

/** Convolutions. */
export const CONVOLUTIONS: readonly Bench[] = [
  operationBench({
    name: "conv3x3-fwd",
    about: SHAPES,
    params: PARAMS,
    flops: FLOPS,
    inputs,
    run: (images, kernel, bias) => [convolved(images, kernel, bias)],
  }),
  operationBench({
    name: "conv3x3-fwdbwd",
    about: `${SHAPES}; with the derivatives for images, filters and bias, from a given derivative of the output`,
    params: PARAMS,
    flops: 3 * FLOPS,
    inputs: () => [...inputs(), rng(1).normal([IMAGES, SIDE, SIDE, CHANNELS])] as const,
    run(images, kernel, bias, dy): readonly Tensor[] {
      const loss = () => ({ value: sum(mul(convolved(images, kernel, bias), dy)) });
      const { value, grads } = valueAndGrads(loss, [images, kernel, bias]);
      return [value, ...grads];
    },
  }),
];
