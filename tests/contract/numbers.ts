import { entries, type HostArray, type Params, type State, type Tree } from "../../core/mod.ts";
import { dataOf, dispose, type Tensor, tensor } from "../../core/tensor/mod.ts";
import { assert, assertEquals } from "../assert.ts";

/**
 * Numbers in (-1, 1) that look random, are never near 0 and never repeat: a formula, so no stream is under test.
 *
 * @param size How many.
 * @param shift Another sequence.
 */
export function numbers(size: number, shift = 0): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    const value = Math.sin(12.9898 * (i + 1) + 78.233 * (shift + 1));
    return Math.abs(value) < 0.05 ? value + 0.2 : value;
  });
}

/** Shapes of the parts of a state. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** A state of {@linkcode numbers}; parts differ from each other. */
export function stateOf(shapes: Shapes, shift = 0): State {
  return Object.fromEntries(
    Object.entries(shapes).map(([part, shape], i) => {
      return [part, tensor(numbers(shape.reduce((a, b) => a * b, 1), 17 * i + shift), shape)];
    }),
  );
}

/** Read all leaves of a tree. */
export async function valuesOf(tree: Tree<Tensor>): Promise<Record<string, Float32Array>> {
  const pairs = entries<Tensor>(tree).map(async ([path, leaf]) => [path, await dataOf(leaf)] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

/** Read all leaves of a tree and free them. */
export async function takeValues(tree: Tree<Tensor>): Promise<Record<string, Float32Array>> {
  const values = await valuesOf(tree);
  dispose(entries<Tensor>(tree).map(([, leaf]) => leaf));
  return values;
}

/** Shapes of all leaves of a tree. */
export function shapesOf(tree: Tree<Tensor>): Shapes {
  return Object.fromEntries(entries<Tensor>(tree).map(([path, leaf]) => [path, [...leaf.shape]]));
}

/** Values of a tree on the host by path, for bitwise comparison. */
export function hostValues(tree: Tree<HostArray>): Record<string, number[]> {
  return Object.fromEntries(entries<HostArray>(tree).map(([path, leaf]) => [path, Array.from(leaf.data)]));
}

/**
 * Fail unless all entries agree within `tolerance`, relative to the larger of 1 and the expected value.
 *
 * @param actual Values by part.
 * @param expected Values by part.
 * @param tolerance Largest difference; a value that is not a number fails.
 * @param what Name of the comparison.
 */
export function assertClose(
  actual: Readonly<Record<string, ArrayLike<number>>>,
  expected: Readonly<Record<string, ArrayLike<number>>>,
  tolerance: number,
  what: string,
): void {
  assertEquals(Object.keys(actual).sort(), Object.keys(expected).sort(), what);
  for (const [part, values] of Object.entries(actual)) {
    const truth = expected[part]!;
    assertEquals(values.length, truth.length, `${what}: size of "${part}"`);
    for (let i = 0; i < values.length; i++) {
      const error = Math.abs(values[i]! - truth[i]!) / Math.max(1, Math.abs(truth[i]!));
      assert(error <= tolerance, `${what}: "${part}"[${i}] is ${values[i]}, expected ${truth[i]} within ${tolerance}`);
    }
  }
}

/** Fail if a value is not finite. */
export function assertFinite(values: Readonly<Record<string, ArrayLike<number>>>, what: string): void {
  for (const [part, list] of Object.entries(values)) {
    assert(
      Array.from(list).every(Number.isFinite),
      `${what}: "${part}" is not finite: ${Array.from(list).slice(0, 8)}`,
    );
  }
}

/** Euclidean distance of two trees relative to the norm of the second. */
export function relativeDistance(a: Tree<HostArray>, b: Tree<HostArray>): number {
  const [left, right] = [hostValues(a), hostValues(b)];
  assertEquals(Object.keys(left), Object.keys(right));
  let difference = 0;
  let norm = 0;
  for (const [path, values] of Object.entries(right)) {
    values.forEach((value, i) => {
      difference += (value - left[path]![i]!) ** 2;
      norm += value ** 2;
    });
  }
  return Math.sqrt(difference / norm);
}

/** Leaves of parameters in a fixed order. */
export function leafList(params: Params): Tensor[] {
  return entries<Tensor>(params).map(([, leaf]) => leaf);
}
