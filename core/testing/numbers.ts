import type { HostArray } from "../host_array.ts";
import type { State } from "../state.ts";
import { dataOf, dispose, type Tensor, tensor } from "../tensor/mod.ts";
import { entries, leaves, type Tree } from "../tree.ts";
import { assert, assertEquals } from "./assert.ts";

/** Shapes of the parts of a state. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Values by part or path, on the host. */
export type Values = Record<string, Float32Array>;

/**
 * Numbers in (-1, 1) that look random, are never near 0 and never repeat: a formula, so no stream is under test.
 *
 * @param size How many.
 * @param shift Another sequence.
 * @returns The numbers.
 */
export function numbers(size: number, shift = 0): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    const value = Math.sin(12.9898 * (i + 1) + 78.233 * (shift + 1));
    return Math.abs(value) < 0.05 ? value + 0.2 : value;
  });
}

/**
 * A state of {@linkcode numbers}; parts differ from each other.
 *
 * @param shapes Shapes of its parts.
 * @param shift Another sequence.
 * @returns New tensors.
 */
export function stateOf(shapes: Shapes, shift = 0): State {
  return Object.fromEntries(
    Object.entries(shapes).map(([part, shape], i) => {
      return [part, tensor(numbers(shape.reduce((a, b) => a * b, 1), 17 * i + shift), shape)];
    }),
  );
}

/**
 * Read all leaves of a tree.
 *
 * @param tree The tree; borrowed.
 * @returns Values by path.
 */
export async function valuesOf(tree: Tree<Tensor>): Promise<Values> {
  const pairs = entries<Tensor>(tree).map(async ([path, leaf]) => [path, await dataOf(leaf)] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

/**
 * Read all leaves of a tree and free them.
 *
 * @param tree The tree; it is freed.
 * @returns Values by path.
 */
export async function takeValues(tree: Tree<Tensor>): Promise<Values> {
  const values = await valuesOf(tree);
  dispose(leafList(tree));
  return values;
}

/**
 * Shapes of all leaves of a tree.
 *
 * @param tree The tree; borrowed.
 * @returns Shapes by path.
 */
export function shapesOf(tree: Tree<Tensor>): Shapes {
  return Object.fromEntries(entries<Tensor>(tree).map(([path, leaf]) => [path, [...leaf.shape]]));
}

/**
 * Values of a tree on the host by path, for bitwise comparison.
 *
 * @param tree The tree.
 * @returns Values by path.
 */
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
 * @throws {ContractError} If one does not.
 */
export function assertClose(
  actual: Readonly<Record<string, ArrayLike<number>>>,
  expected: Readonly<Record<string, ArrayLike<number>>>,
  tolerance: number,
  what: string,
): void {
  assertEquals(Object.keys(actual).sort(), Object.keys(expected).sort(), `${what}: parts`);
  for (const [part, values] of Object.entries(actual)) {
    const truth = expected[part]!;
    assertEquals(values.length, truth.length, `${what}: size of "${part}"`);
    for (let i = 0; i < values.length; i++) {
      const error = Math.abs(values[i]! - truth[i]!) / Math.max(1, Math.abs(truth[i]!));
      assert(error <= tolerance, `${what}: "${part}"[${i}] is ${values[i]}, expected ${truth[i]} within ${tolerance}`);
    }
  }
}

/**
 * Fail if a value is not finite.
 *
 * @param values Values by part.
 * @param what What they are.
 * @throws {ContractError} If one is not.
 */
export function assertFinite(values: Readonly<Record<string, ArrayLike<number>>>, what: string): void {
  for (const [part, list] of Object.entries(values)) {
    const at = Array.from(list).findIndex((value) => !Number.isFinite(value));
    assert(at < 0, `${what}: "${part}"[${at}] is ${list[at]}, expected a finite number`);
  }
}

/**
 * Euclidean distance of two trees relative to the norm of the second.
 *
 * @param a One tree.
 * @param b Another of the same structure.
 * @returns The distance, dimensionless.
 * @throws {ContractError} If their paths differ.
 */
export function relativeDistance(a: Tree<HostArray>, b: Tree<HostArray>): number {
  const [left, right] = [hostValues(a), hostValues(b)];
  assertEquals(Object.keys(left), Object.keys(right), "paths");
  let [difference, norm] = [0, 0];
  for (const [path, values] of Object.entries(right)) {
    values.forEach((value, i) => {
      difference += (value - left[path]![i]!) ** 2;
      norm += value ** 2;
    });
  }
  return Math.sqrt(difference / norm);
}

/**
 * Leaves of a tree in a fixed order.
 *
 * @param tree The tree.
 * @returns Its tensors.
 */
export function leafList(tree: Tree<Tensor>): Tensor[] {
  return leaves<Tensor>(tree);
}
