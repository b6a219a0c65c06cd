import type { State } from "./state.ts";
import { reshape, type Tensor } from "./tensor/mod.ts";

/**
 * Apply a function part by part.
 *
 * @typeParam S State type.
 * @param fn Receives the tensors of one part, in the order of `states`, and the part's name.
 * @param states States with the same parts.
 * @returns A state of the results.
 * @throws {TypeError} If a state lacks a part of the first one.
 */
export function mapParts<S extends State>(
  fn: (tensors: readonly [Tensor, ...Tensor[]], part: string) => Tensor,
  ...states: readonly [S, ...S[]]
): S {
  const out: Record<string, Tensor> = {};
  for (const part of Object.keys(states[0])) {
    const tensors = states.map((state) => {
      const tensor = state[part];
      if (tensor === undefined) {
        throw new TypeError(`Cannot combine states: part "${part}" is absent in one that has ${Object.keys(state)}`);
      }
      return tensor;
    });
    out[part] = fn(tensors as [Tensor, ...Tensor[]], part);
  }
  return out as S;
}

/**
 * Check that two states have the same parts and shapes.
 *
 * @param a First state.
 * @param b Second state.
 * @param action What cannot be done otherwise, for the message, for example `"evaluate path"`.
 * @param names How the message calls the two states.
 * @throws {TypeError} If they differ.
 */
export function requireSameShapes(a: State, b: State, action: string, names: readonly [string, string]): void {
  const parts = Object.keys(a);
  const other = Object.keys(b);
  if (parts.length !== other.length || parts.some((part) => b[part] === undefined)) {
    throw new TypeError(
      `Cannot ${action}: ${names[0]} has parts ${parts.join(", ")} but ${names[1]} has ${other.join(", ")}`,
    );
  }
  for (const part of parts) {
    const left = a[part]!.shape;
    const right = b[part]!.shape;
    if (left.length !== right.length || left.some((size, axis) => size !== right[axis])) {
      throw new TypeError(
        `Cannot ${action}: part "${part}" has shape [${left.join(", ")}] in ${names[0]} but [${right.join(", ")}] in ${
          names[1]
        }`,
      );
    }
  }
}

/**
 * Give a tensor of leading axes the rank of another, so that they broadcast: `[B]` or `[B, N]` against `[B, N, G]`.
 *
 * @param prefix Times, weights or a mask, whose shape is a prefix of `like`'s.
 * @param like Tensor of the rank that is wanted.
 * @returns `prefix` with trailing axes of length 1.
 * @throws {TypeError} If the shape is no prefix.
 */
export function expandLike(prefix: Tensor, like: Tensor): Tensor {
  if (prefix.rank > like.rank || prefix.shape.some((size, axis) => size !== like.shape[axis])) {
    throw new TypeError(
      `Cannot broadcast shape [${prefix.shape.join(", ")}]: it is no prefix of [${like.shape.join(", ")}]`,
    );
  }
  return reshape(prefix, [...prefix.shape, ...Array<number>(like.rank - prefix.rank).fill(1)]);
}

/**
 * Number of rows of a state.
 *
 * @param state State with at least one part.
 * @returns Length of axis 0, which all parts share.
 * @throws {TypeError} If the state is empty or its parts disagree.
 */
export function rowCount(state: State): number {
  const sizes = Object.entries(state).map(([part, tensor]) => [part, tensor.shape[0]] as const);
  const first = sizes[0];
  if (first === undefined || first[1] === undefined) throw new TypeError("Cannot count rows of a state without parts");
  const odd = sizes.find(([, rows]) => rows !== first[1]);
  if (odd !== undefined) {
    throw new TypeError(`Cannot count rows: part "${first[0]}" has ${first[1]} but part "${odd[0]}" has ${odd[1]}`);
  }
  return first[1];
}
