import type { Rng } from "../rng/mod.ts";
import type { Cond, State } from "../state.ts";
import { oneHot, type Tensor, zeros } from "../tensor/mod.ts";
import { type Params, subtree } from "../tree.ts";
import { applyCellMlp, cellMlpParams, type CellMlpSizes } from "./cell_mlp.ts";
import { conditionColumns, type ConditionEmbedding, conditionParams, embedCondition } from "./condition_embedding.ts";
import type { ApplyContext, Backbone } from "./mod.ts";
import { noiseLevelFeatures } from "./sinusoid.ts";

/** Cells as points in feature space: `x` `[B, G]`. */
export type Cells = State & { readonly x: Tensor };

/**
 * What a cell is drawn for: weights of the conditions, `[B, K]`, or what else {@linkcode embedCondition} takes; once encoded
 * the vectors `[B, E]`.
 */
export type CellCond = Cond & { readonly condition: Tensor };

/** Sizes of a network on single cells. */
export interface CellNetworkSizes<H extends string> {
  /** Features of a cell (G). */
  readonly features: number;
  /** Hidden width. */
  readonly hidden: number;
  /** Hidden layers, at least 1. */
  readonly layers: number;
  /** Width of the time embedding, even and at least 4. */
  readonly timeDim: number;
  /** How conditions are embedded; absent without conditions. */
  readonly condition?: ConditionEmbedding;
  /** Whether the last condition stands for none, to be trained by condition dropout; else all zeros do. */
  readonly nullRow: boolean;
  /** Whether a linear map leads from the features to every read-out, see {@linkcode CellMlpSizes}. */
  readonly skip: boolean;
  /** Width of each read-out by name. */
  readonly heads: Readonly<Record<H, number>>;
  /** Read-outs that start at zero. */
  readonly zeroHeads: readonly H[];
}

function nullCondition(cond: CellCond, nullRow: boolean): CellCond {
  const [rows, columns] = cond.condition.shape as [number, number];
  const none = nullRow ? oneHot(new Int32Array(rows).fill(columns - 1), columns) : zeros([rows, columns]);
  return { ...cond, condition: none };
}

/**
 * A multilayer perceptron on features, noise level and condition, as in GMFlow's two-dimensional examples (Chen et al.
 * 2025): input `[x, time embedding, condition embedding]`, SiLU between layers, linear read-outs.
 *
 * @typeParam H Names of the read-outs.
 * @typeParam P Prediction type.
 * @param sizes Sizes.
 * @param read Makes the prediction of the read-outs, each `[B, width]`.
 * @returns The backbone; it encodes the conditioning once per draw.
 */
export function cellNetwork<H extends string, P>(
  sizes: CellNetworkSizes<H>,
  read: (heads: Readonly<Record<H, Tensor>>) => P,
): Backbone<Cells, CellCond, P> {
  const { timeDim, condition, nullRow } = sizes;
  const mlp = { ...sizes, context: timeDim + (condition?.width ?? 0) } satisfies CellMlpSizes;
  return Object.freeze({
    init: (rng: Rng): Params => ({
      ...(cellMlpParams(rng, mlp) as { readonly [name: string]: Params }),
      ...(condition === undefined ? {} : { condition: conditionParams(rng.fold("condition"), condition) }),
    }),
    encode: (params: Params, cond: CellCond): CellCond =>
      condition === undefined
        ? cond
        : { ...cond, condition: embedCondition(subtree(params, "condition"), condition, cond.condition) },
    apply(params: Params, { x }: Cells, t: Tensor, cond: CellCond, _ctx: ApplyContext<Cells>): P {
      const time = noiseLevelFeatures(t, timeDim);
      return read(applyCellMlp(params, mlp, x, condition === undefined ? [time] : [time, cond.condition]));
    },
    nullCond: (cond: CellCond): CellCond => nullCondition(cond, nullRow),
  });
}

/**
 * Number of columns of the conditioning before it is encoded.
 *
 * @param condition How conditions are embedded; absent without conditions.
 * @returns Columns; 1, which is not read, without conditions.
 */
export function cellCondColumns(condition: ConditionEmbedding | undefined): number {
  return condition === undefined ? 1 : conditionColumns(condition);
}
