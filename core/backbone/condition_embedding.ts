import type { Rng } from "../rng/mod.ts";
import { matMul, mul, silu, slice, type Tensor } from "../tensor/mod.ts";
import { type Params, tensorAt } from "../tree.ts";
import { applyLinear, linearParams } from "./layers.ts";

/** How conditions become vectors. */
export interface ConditionEmbedding {
  /** `table`: one learned row per condition. `scalar`: a number through a small network. */
  readonly kind: "table" | "scalar";
  /** Number of conditions (K) of a table. */
  readonly conditions: number;
  /** Width of the vectors (E). */
  readonly width: number;
}

/** Spread of a table's start, as in the class embedding of diffusion transformers (Peebles and Xie 2023). */
const TABLE_STD = 0.02;

/** Columns of what {@linkcode embedCondition} takes of a scalar: its value, and 1 where there is one. */
const SCALAR_COLUMNS = 2;

/**
 * Number of columns that conditions have before they are embedded.
 *
 * @param embedding Kind and sizes.
 * @returns K weights of the rows, or 2 (value, and whether there is one).
 */
export function conditionColumns({ kind, conditions }: ConditionEmbedding): number {
  return kind === "table" ? conditions : SCALAR_COLUMNS;
}

/**
 * Parameters of {@linkcode embedCondition}.
 *
 * @param rng Stream.
 * @param embedding Kind and sizes.
 * @returns `{ table: [K, E] }`, or two affine maps 1 -> E -> E.
 */
export function conditionParams(rng: Rng, { kind, conditions, width }: ConditionEmbedding): Params {
  if (kind === "table") return { table: mul(rng.fold("table").normal([conditions, width]), TABLE_STD) };
  return { in: linearParams(rng.fold("in"), 1, width), out: linearParams(rng.fold("out"), width, width) };
}

/**
 * Embed conditions. Being linear in a table's rows, it takes mixtures of conditions too: weights of one half each give the
 * middle of two rows, all zeros give the zero vector, which stands for no condition.
 *
 * @param params Parameters of {@linkcode conditionParams}.
 * @param embedding Kind and sizes.
 * @param condition Weights of the rows, `[B, K]`; or values beside ones, `[B, 2]`.
 * @returns Vectors, `[B, E]`.
 */
export function embedCondition(params: Params, { kind }: ConditionEmbedding, condition: Tensor): Tensor {
  if (kind === "table") return matMul(condition, tensorAt(params, "table"));
  const rows = condition.shape[0]!;
  const [value, known] = [0, 1].map((column) => slice(condition, [0, column], [rows, 1])) as [Tensor, Tensor];
  return mul(applyLinear(params, "out", silu(applyLinear(params, "in", value))), known);
}
