import {
  add,
  applyLinear,
  concat,
  dispose,
  div,
  linearParams,
  logSumExp,
  matMul,
  mean,
  mul,
  neg,
  oneHot,
  ones,
  type Params,
  relu,
  rng,
  sqrt,
  square,
  type State,
  sub,
  sum,
  symmetricUniform,
  type Tensor,
  tensor,
  tensorAt,
  tidy,
  type Trainable,
  type TrainableLoss,
  zeros,
} from "../../../core/mod.ts";
import type { Tiny } from "./tiny.ts";

const [D, H, CLASSES, ROWS] = [3, 6, 2, 16];
const [EPSILON, MOMENTUM] = [1e-3, 0.1];

/** Labelled cells: no flow, no path, no time. */
interface Labelled extends Disposable {
  /** Features, `[B, D]`. */
  readonly x: Tensor;
  /** One-hot classes, `[B, C]`. */
  readonly label: Tensor;
}

function own(x: Tensor, label: Tensor): Labelled {
  return { x, label, [Symbol.dispose]: () => dispose([x, label]) };
}

function logits(params: Params, x: Tensor, centre: Tensor, spread: Tensor): Tensor {
  const unit = div(sub(matMul(x, tensorAt(params, "hidden")), centre), sqrt(add(spread, EPSILON)));
  const scaled = add(mul(unit, tensorAt(params, "norm/weight")), tensorAt(params, "norm/bias"));
  return applyLinear(params, "out", relu(scaled));
}

/** A classifier with batch norm: statistics of the batch in training, running ones (trained by no gradient) after. */
const classifier: Trainable<Labelled> = {
  init: (stream) => ({
    // No bias: the batch's mean would take it away again.
    hidden: symmetricUniform(stream.fold("hidden"), [D, H], 1 / Math.sqrt(D)),
    norm: { weight: ones([H]), bias: zeros([H]) },
    out: linearParams(stream.fold("out"), H, CLASSES),
  }),
  initState: () => ({ mean: zeros([H]), variance: ones([H]) }),
  loss(params, { x, label }, _ctx, state): TrainableLoss {
    const h = matMul(x, tensorAt(params, "hidden"));
    const centre = mean(h, [0]);
    const spread = mean(square(sub(h, centre)), [0]);
    const scores = logits(params, x, centre, spread);
    const entropy = mean(add(logSumExp(scores), neg(sum(mul(scores, label), [1]))));
    const follow = (name: string, now: Tensor): Tensor =>
      add(mul(tensorAt(state!, name), 1 - MOMENTUM), mul(now, MOMENTUM));
    const unbiased = mul(spread, x.shape[0]! / (x.shape[0]! - 1));
    return {
      total: entropy,
      parts: { entropy },
      state: { mean: follow("mean", centre), variance: follow("variance", unbiased) },
    };
  },
};

function cells(step: number): Labelled {
  const noise = rng(step).fold("cells").host.normal(ROWS * D);
  const x = noise.map((value, i) => 5 + value + (Math.floor(i / D) % 2 === 0 ? 1.5 : -1.5));
  return own(tensor(x, [ROWS, D]), oneHot(Int32Array.from({ length: ROWS }, (_, i) => i % 2), CLASSES));
}

/** Classify with the running statistics. */
export function classify(params: Params, state: Params, x: Tensor): Tensor {
  return logits(params, x, tensorAt(state, "mean"), tensorAt(state, "variance"));
}

/** A classifier: trained by the same loop, though it is no flow. */
export const batchNorm: Tiny<Labelled> = {
  name: "classifier with batch norm",
  trainable: classifier,
  rate: 0.02,
  falls: 0.2,
  rowsInteract: true,
  batch: (step) => Promise.resolve(cells(step)),
  join: (a, b) => own(concat([a.x, b.x], 0), concat([a.label, b.label], 0)),
  async draw(params, _stream, state): Promise<State> {
    using batch = await this.batch(100);
    return tidy(() => ({ x: classify(params, state!, batch.x) }));
  },
};
