import {
  type Batch,
  concat,
  type Cond,
  draw,
  eulerSampler,
  flowTrainable,
  gaussianPrior,
  linearPath,
  type Method,
  ownBatch,
  regression,
  rng,
  sourcePrior,
  squared,
  type State,
  tensor,
  timeGrid,
} from "../../../core/mod.ts";
import { applyMlp, type Cells, column, joinBatches, mlpParams, type Tiny } from "./tiny.ts";

const path = linearPath<Cells>();
const objective = regression<Cells>({ path, predicts: "noise", parts: { x: { element: squared, weight: 1 } } });

/** Time 0 is the data, time 1 the noise: sources are data, targets are noise, the network predicts the start. */
const method: Method<Cells, Cond> = {
  prior: sourcePrior(),
  path,
  objective,
  backbone: {
    init: (stream) => ({ net: mlpParams(stream, [3, 16, 2]) }),
    apply: (params, { x }, t) => ({ x: applyMlp(params, "net", concat([x, column(t)], 1)) }),
  },
  sampler: eulerSampler(),
  field: (predict) => (x, t) => objective.velocity(predict(x, t), x, t),
  times: ({ target }, stream) => stream.uniform([target.x.shape[0]!]),
  batches: () => Promise.reject(new Error("toy data")),
};

function noisedCells(step: number): Batch<Cells, Cond> {
  const data = rng(step).fold("cells").host.normal(2 * 16).map((value) => 3 + 0.2 * value);
  const noise = rng(step).fold("noise").host.normal(2 * 16);
  return ownBatch<Cells, Cond>({
    source: { x: tensor(data, [16, 2]) },
    target: { x: tensor(noise, [16, 2]) },
    cond: {},
  });
}

/** A flow from data to noise, drawn from by running it from 1 to 0. */
export const backwards: Tiny<Batch<Cells, Cond>> = {
  name: "data to noise",
  trainable: flowTrainable(method),
  rate: 0.02,
  falls: 0.5,
  rowsInteract: false,
  batch: (step) => Promise.resolve(noisedCells(step)),
  join: joinBatches,
  async draw(params, stream): Promise<State> {
    using batch = noisedCells(50);
    const from1 = { ...method, prior: gaussianPrior<Cells>() };
    const { x } = await draw(from1, { params, cond: {}, like: batch.target, times: timeGrid(9, 1, 0), rng: stream });
    return x;
  },
};
