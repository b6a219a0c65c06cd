import { dataOf, dispose, mul, sum, type Tensor, tensor, tidy, valueAndGrads } from "../../../core/tensor/mod.ts";
import { assert } from "../../assert.ts";

/** An input of a differentiated operation. */
export interface Input {
  /** Shape of the tensor. */
  readonly shape: readonly number[];
  /** Values; absent means numbers between -1 and 1 that no two entries share. */
  readonly values?: readonly number[];
}

/** Distinct values in (-1, 1), none near 0, so that kinks are not hit. */
export function spread(size: number, shift = 0): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    const value = Math.sin(1.7 * (i + 1) + shift);
    return Math.abs(value) < 0.05 ? value + 0.1 : value;
  });
}

function valuesOf(input: Input, index: number): Float32Array {
  if (input.values !== undefined) return Float32Array.from(input.values);
  return spread(input.shape.reduce((a, b) => a * b, 1), 0.3 * index);
}

/**
 * Compare the gradient of an operation with central differences, entry by entry.
 *
 * The scalar is a fixed weighted sum of the outputs, formed in float64, so that only the operation's own rounding counts.
 *
 * @param op The operation; the tensors it returns are weighted and summed.
 * @param inputs Its inputs; each is differentiated.
 * @param tolerance Largest difference, relative to the larger of 1 and the gradient.
 */
export async function assertGradient(
  op: (...tensors: Tensor[]) => Tensor,
  inputs: readonly Input[],
  tolerance = 2e-3,
): Promise<void> {
  const values = inputs.map(valuesOf);
  const upload = (): Tensor[] => values.map((data, i) => tensor(data, inputs[i]!.shape));
  const evaluate = async (): Promise<number> => {
    const args = upload();
    const out = tidy(() => op(...args));
    const data = await dataOf(out);
    dispose([...args, out]);
    const weights = spread(data.length, 5);
    return data.reduce((total, value, i) => total + value * weights[i]!, 0);
  };
  const args = upload();
  const { value, grads } = tidy(() =>
    valueAndGrads(() => {
      const out = op(...args);
      return { value: sum(mul(out, tensor(spread(out.size, 5), out.shape))) };
    }, args)
  );
  const step = 2 ** -7;
  for (const [i, data] of values.entries()) {
    const grad = await dataOf(grads[i]!);
    assert(grads[i]!.shape.join() === inputs[i]!.shape.join(), `gradient ${i} has shape [${grads[i]!.shape}]`);
    for (let j = 0; j < data.length; j++) {
      const at = data[j]!;
      data[j] = at + step;
      const up = await evaluate();
      data[j] = at - step;
      const down = await evaluate();
      data[j] = at;
      const expected = (up - down) / (2 * step);
      const error = Math.abs(grad[j]! - expected) / Math.max(1, Math.abs(expected));
      assert(error <= tolerance, `input ${i}, entry ${j}: gradient ${grad[j]}, finite difference ${expected}`);
    }
  }
  dispose([...args, value, ...grads]);
}
