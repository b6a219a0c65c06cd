import {
  add,
  type Batch,
  classifierFree,
  concat,
  type Cond,
  draw,
  elementMean,
  exactCoupling,
  expandLike,
  type Field,
  flowTrainable,
  fromHost,
  hostArray,
  linearPath,
  type Loss,
  mean,
  type Method,
  midpointSampler,
  mul,
  type Objective,
  oneHot,
  ownBatch,
  relu,
  rng,
  sourcePrior,
  square,
  type State,
  sub,
  takeRows,
  type Tensor,
  tensor,
  timeGrid,
  zeros,
} from "../../../core/mod.ts";
import { applyMlp, type Cells, column, joinBatches, mlpParams, type Tiny } from "./tiny.ts";

const [D, TRANSITIONS, CODE, ROWS, DROP] = [2, 3, 6, 24, 0.1];
/** The transition asked for, one-hot, and the embedding of the control cell; `encode` adds the code of both. */
type Transition = Cond & { readonly kind: Tensor; readonly control: Tensor };

const path = linearPath<Cells>();

/** Squared error of each row, `[B]`. */
function rowErrors(prediction: Cells, truth: Cells): Tensor {
  return mean(square(sub(prediction.x, truth.x)), [1]);
}

/** Weighted regression plus a hinge: a wrong transition has to predict worse than the right one, by a margin. */
const objective: Objective<Cells, Transition> = {
  loss(predict, { xt, t, dxt }, { cond, encode, weight, rng: stream }): Loss {
    // Each row loses its condition with probability DROP, for guidance.
    const kept = stream.fold("keep").bernoulli([cond.kind.shape[0]!], 1 - DROP);
    const given = { ...cond, kind: mul(cond.kind, expandLike(kept, cond.kind)) };
    const right = rowErrors(predict(xt, t, encode(given)), dxt);
    const turned = { ...cond, kind: concat([cond.kind.slice([0, 1]), cond.kind.slice([0, 0], [-1, 1])], 1) };
    const wrong = rowErrors(predict(xt, t, encode(turned)), dxt);
    const { value: flow, divisor } = elementMean(right, undefined, weight);
    const contrast = mul(mean(relu(add(sub(right, wrong), 0.05))), 0.1);
    return { total: add(flow, contrast), parts: { flow, contrast }, divisor };
  },
  velocity: (prediction) => prediction,
};

/** From control cells to perturbed ones: the start is data, pairs come from transport, sampling is guided. */
export const spatiaMethod: Method<Cells, Transition> = {
  prior: sourcePrior(),
  path,
  objective,
  backbone: {
    init: (stream) => ({
      asked: mlpParams(stream.fold("asked"), [D + TRANSITIONS, CODE]),
      net: mlpParams(stream.fold("net"), [D + 1 + CODE, 20, D]),
    }),
    encode: (params, cond) => ({ ...cond, code: applyMlp(params, "asked", concat([cond.kind, cond.control], 1)) }),
    apply(params, { x }, t, { code }): Cells {
      if (code === undefined) throw new TypeError('Cannot move cells: the conditioning has no "code", encode it first');
      return { x: applyMlp(params, "net", concat([x, column(t), code], 1)) };
    },
    nullCond: (cond) => ({ ...cond, kind: zeros(cond.kind.shape) }),
  },
  sampler: midpointSampler(),
  field: (predict) => (x, t) => objective.velocity(predict(x, t), x, t),
  times: ({ target }, stream) => stream.uniform([target.x.shape[0]!]),
  batches: () => Promise.reject(new Error("toy data")),
};

/** The same flow with a guided field; the null condition is encoded once per draw. */
export function guided(scale: number): Method<Cells, Transition> {
  const { backbone } = spatiaMethod;
  return {
    ...spatiaMethod,
    field(predict, { cond, encode }): Field<Cells> {
      const none = encode(backbone.nullCond!(cond));
      return classifierFree<Cells>((x, t) => predict(x, t), (x, t) => predict(x, t, none), scale);
    },
  };
}

/** Controls around 0; each transition moves cells in its own direction. Rows are paired by transport per batch. */
export async function transitions(step: number): Promise<Batch<Cells, Transition>> {
  const stream = rng(step).host;
  const controls = hostArray(rng(step).fold("controls").host.normal(ROWS * D), [ROWS, D]);
  const kind = step % TRANSITIONS;
  const angle = (2 * Math.PI * kind) / TRANSITIONS;
  const moved = rng(step).fold("moved").host.normal(ROWS * D).map((value, i) =>
    0.5 * value + 3 * (i % D === 0 ? Math.cos(angle) : Math.sin(angle))
  );
  const pairs = await exactCoupling()(controls, hostArray(moved, [ROWS, D]), stream);
  const source = takeRows(controls, pairs.source);
  const weight = Float32Array.from({ length: ROWS }, (_, i) => 0.5 + i / ROWS);
  return ownBatch<Cells, Transition>({
    target: { x: fromHost(takeRows(hostArray(moved, [ROWS, D]), pairs.target)) },
    source: { x: fromHost(source) },
    cond: { kind: oneHot(new Int32Array(ROWS).fill(kind), TRANSITIONS), control: fromHost(source) },
    weight: tensor(weight),
  });
}

/** Flow between cell states. */
export const spatia: Tiny<Batch<Cells, Transition>> = {
  name: "spatia",
  trainable: flowTrainable(spatiaMethod),
  rate: 0.02,
  falls: 0.5,
  rowsInteract: false,
  batch: transitions,
  join: joinBatches,
  async draw(params, stream): Promise<State> {
    using batch = await transitions(1);
    const { cond, source, target: like } = batch;
    const { x } = await draw(guided(1.2), {
      params,
      cond,
      like,
      source: source!,
      times: timeGrid(5),
      rng: stream,
    });
    return x;
  },
};
