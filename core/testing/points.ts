import { type Tensor, tensor } from "../tensor/mod.ts";
import { valuesOf } from "./numbers.ts";

/**
 * Put the points of every row in another order: the last one comes first, the others move up.
 *
 * @param values Entries, rows first, then points.
 * @param shape Their shape, `[B, N, ...]`.
 * @returns New values.
 * @throws {TypeError} If there is no axis of points.
 */
export function turnedValues(values: Float32Array, shape: readonly number[]): Float32Array {
  const [rows, points] = shape;
  if (rows === undefined || points === undefined) {
    throw new TypeError(`Cannot permute points: shape [${shape.join(", ")}] has no axis 1`);
  }
  const width = values.length / rows / points;
  return values.map((_, at) => {
    const [row, point, entry] = [Math.floor(at / width / points), Math.floor(at / width) % points, at % width];
    return values[(row * points + (point + points - 1) % points) * width + entry]!;
  });
}

/**
 * Put the points of some tensors in the order of {@linkcode turnedValues}.
 *
 * @param record Tensors by name; borrowed.
 * @param names Which of them have points on axis 1.
 * @returns New tensors under these names, the others passed through.
 */
export async function turnedAround<R extends Readonly<Record<string, Tensor>>>(
  record: R,
  names: readonly string[],
): Promise<R> {
  const values = await valuesOf(Object.fromEntries(names.map((name) => [name, record[name]!])));
  const turned = Object.entries(values).map(([name, list]) => {
    const { shape } = record[name]!;
    return [name, tensor(turnedValues(list, shape), shape)] as const;
  });
  return { ...record, ...Object.fromEntries(turned) };
}
