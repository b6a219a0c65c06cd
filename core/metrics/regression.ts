import type { HostArray, NumericArray } from "../host_array.ts";

/**
 * Mean squared difference over all values.
 *
 * @example Usage
 * ```ts
 * import { hostArray, meanSquaredError } from "@morphogen/morphogen";
 *
 * const a = hostArray(Float32Array.of(1, 2), [2]);
 * if (meanSquaredError(a, hostArray(Float32Array.of(1, 4), [2])) !== 2) throw new Error("unexpected error");
 * ```
 *
 * @param predicted Predicted values, any shape, at least one value.
 * @param expected True values, same shape.
 * @returns Mean of the squared differences, in the squared unit.
 * @throws {TypeError} If the shapes differ.
 */
export function meanSquaredError(predicted: HostArray<NumericArray>, expected: HostArray<NumericArray>): number {
  requireSameShape(predicted, expected);
  let sum = 0;
  for (let at = 0; at < predicted.data.length; at++) sum += (predicted.data[at]! - expected.data[at]!) ** 2;
  return sum / predicted.data.length;
}

/**
 * Mean absolute difference over all values.
 *
 * @param predicted Predicted values, any shape, at least one value.
 * @param expected True values, same shape.
 * @returns Mean of the absolute differences, in the unit of the values.
 * @throws {TypeError} If the shapes differ.
 */
export function meanAbsoluteError(predicted: HostArray<NumericArray>, expected: HostArray<NumericArray>): number {
  requireSameShape(predicted, expected);
  let sum = 0;
  for (let at = 0; at < predicted.data.length; at++) sum += Math.abs(predicted.data[at]! - expected.data[at]!);
  return sum / predicted.data.length;
}

function requireSameShape(predicted: HostArray<NumericArray>, expected: HostArray<NumericArray>): void {
  if (predicted.shape.join() === expected.shape.join()) return;
  throw new TypeError(
    `Cannot compare predictions of shape [${predicted.shape}] with true values of shape [${expected.shape}]`,
  );
}
