import {
  type Batch,
  concat,
  type Cond,
  dispose,
  dormandPrinceSampler,
  draw,
  flowTrainable,
  gaussianPrior,
  linearPath,
  type Method,
  ownBatch,
  regression,
  rng,
  squared,
  type State,
  tensor,
  zeros,
} from "../../../core/mod.ts";
import { applyMlp, type Cells, column, joinBatches, mlpParams, type Tiny } from "./tiny.ts";

const path = linearPath<Cells>();
const objective = regression<Cells>({ path, predicts: "velocity", parts: { x: { element: squared, weight: 1 } } });

/** Gaussian noise, straight path, velocity regression, Dormand-Prince. */
export const cfmMethod: Method<Cells, Cond> = {
  prior: gaussianPrior(),
  path,
  objective,
  backbone: {
    init: (stream) => ({ net: mlpParams(stream, [3, 16, 2]) }),
    apply: (params, { x }, t) => ({ x: applyMlp(params, "net", concat([x, column(t)], 1)) }),
  },
  sampler: dormandPrinceSampler({ absolute: 1e-3, relative: 1e-3 }),
  field: (predict) => (x, t) => objective.velocity(predict(x, t), x, t),
  times: ({ target }, stream) => stream.uniform([target.x.shape[0]!]),
  batches: () => Promise.reject(new Error("toy data")),
};

/** Two clusters on the diagonal. */
export function clusters(step: number): Batch<Cells, Cond> {
  const noise = rng(step).fold("cells").host.normal(2 * 24);
  const x = noise.map((value, i) => 0.3 * value + (Math.floor(i / 2) % 2 === 0 ? 2 : -2));
  return ownBatch<Cells, Cond>({ target: { x: tensor(x, [24, 2]) }, cond: {} });
}

/** Conditional flow matching on a table of cells. */
export const cfm: Tiny<Batch<Cells, Cond>> = {
  name: "cfm",
  trainable: flowTrainable(cfmMethod),
  rate: 0.02,
  falls: 0.3,
  rowsInteract: false,
  batch: (step) => Promise.resolve(clusters(step)),
  join: joinBatches,
  async draw(params, stream): Promise<State> {
    const like = { x: zeros([8, 2]) };
    const times = { from: 0, to: 1, firstStep: 0.1, maxSteps: 200 };
    const { x } = await draw(cfmMethod, { params, cond: {}, like, times, rng: stream });
    dispose([like.x]);
    return x;
  },
};
