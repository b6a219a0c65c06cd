import {
  add,
  type Batch,
  concat,
  draw,
  eulerSampler,
  expandDims,
  flowTrainable,
  gatherRows,
  intTensor,
  linearPath,
  log,
  mapParts,
  matMul,
  type Method,
  mul,
  ownBatch,
  type Prior,
  regression,
  reshape,
  rng,
  softmax,
  squared,
  type State,
  sub,
  sum,
  symmetricUniform,
  type Tensor,
  tensor,
  tensorAt,
  timeGrid,
  timesByGroup,
  zeros,
} from "../../../core/mod.ts";
import { applyMlp, column, joinBatches, mlpParams, type Tiny } from "./tiny.ts";

const [G, F, H, NEIGHBOURS] = [3, 4, 8, 2];
/** Expression of the spots of several regions along axis 0, `[N, G]`. */
type Spots = State & { readonly y: Tensor };
/** Image features `[N, F]` and the rows of each spot's neighbours, int32 `[N * k]`. */
type Slide = { readonly feature: Tensor; readonly neighbours: Tensor };

/** Zero-inflated negative binomial counts, then log1p. */
export function zinbPrior<S extends State>(total: number, logits: number, zero: number): Prior<S> {
  return {
    sample: (like, _source, stream) =>
      mapParts(([{ shape, size }], part) => {
        const own = stream.fold(part);
        const rate = own.fold("rate").host.gamma(size, total, Math.exp(logits));
        const count = own.fold("count").host.poisson(size, rate);
        const keep = own.fold("keep").host.uniform(size);
        return log(add(tensor(count.map((value, i) => keep[i]! <= zero ? 0 : value), shape), 1));
      }, like),
  };
}

const path = linearPath<Spots>();
const objective = regression<Spots, Slide>({ path, predicts: "target", parts: { y: { element: squared, weight: 1 } } });

/** Spots that see their neighbours' current estimates; one time per region; the network predicts the end. */
export const stMethod: Method<Spots, Slide> = {
  prior: zinbPrior(1, 0.1, 0.5),
  path,
  objective,
  backbone: {
    init: (stream) => ({
      token: mlpParams(stream.fold("token"), [F + 1, H]),
      // Without bias: softmax does not see one.
      logit: symmetricUniform(stream.fold("logit"), [2 * H + G, 1], 1),
      out: mlpParams(stream.fold("out"), [2 * H, H, G]),
    }),
    apply(params, { y }, t, { feature, neighbours }): Spots {
      const rows = y.shape[0]!;
      const token = applyMlp(params, "token", concat([feature, column(t)], 1));
      const near = gatherRows(token, neighbours);
      const own = reshape(add(expandDims(token, 1), zeros([rows, NEIGHBOURS, H])), [rows * NEIGHBOURS, H]);
      const change = reshape(sub(reshape(gatherRows(y, neighbours), [rows, NEIGHBOURS, G]), expandDims(y, 1)), [-1, G]);
      const logits = reshape(matMul(concat([own, near, change], 1), tensorAt(params, "logit")), [rows, NEIGHBOURS]);
      const seen = sum(mul(expandDims(softmax(logits), 2), reshape(near, [rows, NEIGHBOURS, H])), [1]);
      return { y: applyMlp(params, "out", concat([token, seen], 1)) };
    },
  },
  sampler: eulerSampler(),
  field: (predict) => (x, t) => objective.velocity(predict(x, t), x, t),
  times: ({ target, group }, stream) => timesByGroup(stream, group, target.y.shape[0]!),
  batches: () => Promise.reject(new Error("toy data")),
};

/** Two ring-shaped regions whose sizes change from batch to batch, 14 spots in all. */
export function regions(step: number): Batch<Spots, Slide> {
  const first = 5 + (step % 4);
  const bounds = [[0, first], [first, 14]] as const;
  const feature = rng(step).fold("spots").host.normal(14 * F);
  const y = new Float32Array(14 * G).map((_, i) => 1 + Math.tanh(feature[Math.floor(i / G) * F + (i % G)]!));
  const neighbours = bounds.flatMap(([from, to]) =>
    Array.from({ length: to - from }, (_, i) => [1, to - from - 1].map((hop) => from + ((i + hop) % (to - from))))
  );
  return ownBatch<Spots, Slide>({
    target: { y: tensor(y, [14, G]) },
    cond: { feature: tensor(feature, [14, F]), neighbours: intTensor(neighbours.flat()) },
    group: intTensor(Int32Array.from({ length: 14 }, (_, i) => i < first ? 0 : 1)),
  });
}

/** Whole-slide flow matching on regions of different size. */
export const stflow: Tiny<Batch<Spots, Slide>> = {
  name: "stflow",
  trainable: flowTrainable(stMethod),
  rate: 0.02,
  falls: 0.3,
  rowsInteract: false,
  batch: (step) => Promise.resolve(regions(step)),
  join: joinBatches,
  async draw(params, stream): Promise<State> {
    using slide = regions(100);
    const { x } = await draw(stMethod, {
      params,
      cond: slide.cond,
      like: slide.target,
      times: timeGrid(6),
      rng: stream,
    });
    return x;
  },
};
