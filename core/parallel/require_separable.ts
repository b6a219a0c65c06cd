import { ConfigError } from "../errors.ts";
import { rowCount } from "../parts.ts";
import type { Rng } from "../rng/mod.ts";
import { type Batch, firstRows } from "../state.ts";
import { add, dataOf, dispose, mul, type Tensor, tidy } from "../tensor/mod.ts";
import { differentiate, sumTrees, type Weighted } from "../train_gradient.ts";
import { disposeTree, leaves, mapTree, type Params } from "../tree.ts";
import { type Fit, onRows, partOf, requireBatch, rowsOfRank } from "./share_rows.ts";

/** Parts that the rows of a trial are cut into, and rows of each; one part gets one more. */
const [PARTS, EACH] = [3, 2];

/** Standard deviation of what is added to fresh parameters, so that layers that begin as zeros pass gradients on. */
const STIR = 0.05;

/** Share of the largest entry of the gradient that float32 sums may be off. */
const TOLERANCE = 5e-5;

function stirred(params: Params, rng: Rng): Params {
  let leaf = 0;
  return mapTree<Tensor, Tensor>((x) => add(x, mul(rng.fold(leaf++).normal(x.shape), STIR)), params);
}

async function furthest(whole: Weighted, sum: Weighted): Promise<{ readonly off: number; readonly largest: number }> {
  const pairs = [
    ...leaves<Tensor>(whole.gradient).map((x, i) => [x, leaves<Tensor>(sum.gradient)[i]!] as const),
    [whole.divisor, sum.divisor] as const,
  ];
  let [off, largest] = [0, 0];
  for (const [a, b] of pairs) {
    const [left, right] = [await dataOf(a), await dataOf(b)];
    for (let i = 0; i < left.length; i++) {
      largest = Math.max(largest, Math.abs(left[i]!));
      off = Math.max(off, Math.abs(left[i]! - right[i]!));
    }
  }
  return { off, largest };
}

/** Try one step; returns why rows cannot be shared, if they cannot. */
async function objection({ trainable }: Pick<Fit<Batch>, "trainable">, batch: Batch, step: number, rng: Rng): Promise<
  string | undefined
> {
  const rows = rowCount(batch.target);
  const params = tidy(() => stirred(trainable.init(rng.fold("init")), rng.fold("stir")));
  const made: Weighted[] = [];
  const keep = (weighted: Weighted): Weighted => {
    made.push(weighted);
    return weighted;
  };
  const stream = rng.fold("loss");
  try {
    const whole = keep(tidy(() => differentiate({ trainable, params, step }, batch, stream, true)));
    let sum: Weighted | undefined;
    for (let rank = 0; rank < PARTS; rank++) {
      using part = partOf(batch, rowsOfRank(rows, { rank, size: PARTS }));
      const at = { trainable: onRows(trainable), params, step };
      const own = keep(tidy(() => differentiate(at, part, stream, true)));
      const before: Weighted | undefined = sum;
      sum = before === undefined ? own : keep(tidy(() => ({
        ...own,
        scalars: {},
        gradient: sumTrees(before.gradient, own.gradient),
        divisor: add(before.divisor, own.divisor),
      })));
    }
    const { off, largest } = await furthest(whole, sum!);
    if (off <= TOLERANCE * largest) return undefined;
    return `the gradient of ${rows} rows is not the sum of its parts' (off by ${
      (off / largest).toPrecision(2)
    } of its ` +
      "largest entry), since the loss lets rows depend on each other";
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  } finally {
    disposeTree(params);
    for (const { gradient, scalars, divisor } of made) {
      disposeTree(gradient);
      dispose([divisor, ...Object.values(scalars)]);
    }
  }
}

/**
 * Check by trial that the gradient of a batch is the sum of its rows' gradients, random numbers included.
 *
 * A few rows are differentiated whole and in parts, at stirred parameters, at the first and the last step (terms may ramp
 * in).
 *
 * @param fit What is to be shared.
 * @param steps Training steps.
 * @param rng Stream of the trial.
 * @throws {ConfigError} If it is not; the message says how to share whole batches instead.
 */
export async function requireSeparable(fit: Fit<Batch>, steps: number, rng: Rng): Promise<void> {
  using batch = requireBatch(await fit.batches.at(0));
  using few = firstRows(batch, Math.min(rowCount(batch.target), PARTS * EACH + 1));
  for (const step of new Set([0, steps - 1])) {
    const reason = rowCount(few.target) < PARTS ? "the batch has hardly any" : await objection(fit, few, step, rng);
    if (reason === undefined) continue;
    throw new ConfigError(
      `Cannot share the rows of a batch among ranks: ${reason}; set train.accumulate to a multiple of the number of ` +
        "ranks, so that each rank takes whole batches",
    );
  }
}
