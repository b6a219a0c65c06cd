import { type FusedKernel, runKernel } from "./fused.ts";
import { tensor } from "./host.ts";
import type { Tensor } from "./types.ts";

interface FillAttributes {
  readonly [key: string]: readonly number[] | ((out: Float32Array) => void);
  readonly shape: readonly number[];
  readonly write: (out: Float32Array) => void;
}

const filled_: FusedKernel<FillAttributes> = {
  name: "MorphogenFilled",
  forward: (_, { shape, write }) => {
    const out = new Float32Array(shape.reduce((size, length) => size * length, 1));
    write(out);
    return [tensor(out, shape)];
  },
};

/**
 * Make a tensor whose values a function on the host writes; where the backend's memory is the host's, in place.
 *
 * @param shape Length of each axis.
 * @param write Writes all values, in row-major order, and makes no tensors meanwhile.
 * @returns A new float32 tensor.
 */
export function filled(shape: readonly number[], write: (out: Float32Array) => void): Tensor {
  return runKernel(filled_, {}, { shape, write })[0]!;
}
