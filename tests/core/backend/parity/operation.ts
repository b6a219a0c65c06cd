import { intTensor, type Tensor, tensor } from "../../../../core/tensor/mod.ts";
import { spread } from "../../tensor/finite_differences.ts";

/** One input of a case. */
export interface Input {
  /** Shape of the tensor. */
  readonly shape: readonly number[];
  /** Its values, `size` of them. */
  readonly values: (size: number) => Float32Array | Int32Array;
}

/** One call of an operation. */
export interface Case {
  /** What is special about it. */
  readonly name: string;
  /** Inputs; float32 ones are differentiated. */
  readonly inputs: readonly Input[];
  /** The call. */
  readonly run: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
}

/** An exported operation and how it is compared. */
export interface Operation {
  /** Largest difference from the cpu backend, relative to the largest value of the output or gradient. */
  readonly tolerance: number;
  /**
   * What its gradient is: equal to finite differences, zero everywhere by definition, or none because no output depends
   * on an input in a way that can be differentiated.
   */
  readonly gradient: "numerical" | "zero" | "none";
  /** The calls. */
  readonly cases: readonly Case[];
}

/** Lengths around the widths of vector units, tiles and work groups. */
export const SIZES = [1, 3, 17, 63, 65] as const;

/** Distinct values in (-1, 1), none near 0. */
export function signed(shape: readonly number[], shift = 0): Input {
  return { shape, values: (size) => spread(size, shift) };
}

/** Distinct values in [0.5, 1.5]. */
export function positive(shape: readonly number[], shift = 0): Input {
  return { shape, values: (size) => spread(size, shift).map((value) => 1 + value / 2) };
}

/** Values at least 0.05 apart in a scattered order, so that no step of a finite difference changes their order. */
export function apart(shape: readonly number[], shift = 0): Input {
  return {
    shape,
    values: (size) => {
      const order = spread(size, shift);
      const ranks = new Float32Array(size);
      Array.from(order.keys()).sort((i, j) => order[i]! - order[j]!).forEach((i, rank) => ranks[i] = rank);
      return ranks.map((rank) => 0.05 * (rank - size / 2 + 0.25));
    },
  };
}

/** Row numbers below `rows`, with repeats. */
export function indices(shape: readonly number[], rows: number): Input {
  return { shape, values: (size) => Int32Array.from({ length: size }, (_, i) => (7 * i * i + 3 * i) % rows) };
}

/** Upload an input. */
export function upload({ shape, values }: Input): Tensor {
  const data = values(shape.reduce((product, length) => product * length, 1));
  return data instanceof Int32Array ? intTensor(data, shape) : tensor(data, shape);
}

/** Cases that differ in their inputs only; they are called after their shapes. */
export function over(run: Case["run"], ...lists: readonly (readonly Input[])[]): readonly Case[] {
  return lists.map((inputs) => ({ name: inputs.map(({ shape }) => `[${shape}]`).join(" "), inputs, run }));
}

/** One case with a name. */
export function call(name: string, run: Case["run"], ...inputs: readonly Input[]): Case {
  return { name, inputs, run };
}

/** An operation with a gradient. */
export function smooth(tolerance: number, ...cases: readonly (readonly Case[])[]): Operation {
  return { tolerance, gradient: "numerical", cases: cases.flat() };
}

/** An operation without one. */
export function constant(...cases: readonly (readonly Case[])[]): Operation {
  return { tolerance: 0, gradient: "none", cases: cases.flat() };
}
