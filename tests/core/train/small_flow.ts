import { linearParams } from "../../../core/backbone/layers.ts";
import {
  type Batch,
  type Cond,
  firstRows,
  type Loss,
  ownBatch,
  type Params,
  type State,
  type Tensor,
  type Trainable,
} from "../../../core/mod.ts";
import { rng } from "../../../core/rng/stream.ts";
import { linear, mean, relu, square, sub } from "../../../core/tensor/mod.ts";
import { tensorAt } from "../../../core/tree.ts";

const [WIDTH, HIDDEN] = [8, 64];

/**
 * A regression by a small network whose batches can be cut.
 *
 * @param rows Rows of the batch.
 * @returns What is fitted, and a batch that the caller frees.
 */
export function smallFlow(rows: number): { readonly trainable: Trainable<Batch>; readonly batch: Batch } {
  const stream = rng(7);
  return {
    trainable: {
      init: (stream): Params => ({
        in: linearParams(stream.fold("in"), WIDTH, HIDDEN),
        out: linearParams(stream.fold("out"), HIDDEN, WIDTH),
      }),
      rows: { count: ({ target }) => target["x"]!.shape[0]!, first: firstRows<State, Cond> },
      loss(params, { target, cond }): Loss {
        const apply = (name: string, x = cond["y"]!): Tensor =>
          linear(x, tensorAt(params, `${name}/weight`), tensorAt(params, `${name}/bias`));
        return { total: mean(square(sub(apply("out", relu(apply("in"))), target["x"]!))), parts: {} };
      },
    },
    batch: ownBatch({
      target: { x: stream.fold("x").normal([rows, WIDTH]) },
      cond: { y: stream.fold("y").normal([rows, WIDTH]) },
    }),
  };
}
