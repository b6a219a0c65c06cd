import {
  elementMean,
  eulerSampler,
  integrate,
  linearPath,
  type Params,
  rng,
  squared,
  sub,
  type Tensor,
  tensor,
  tidy,
  toHost,
  valueAndGrads,
} from "../../core/mod.ts";
import { dispose } from "../../core/tensor/mod.ts";
import { disposeTree, entries, leaves } from "../../core/tree.ts";
import { toStateDict } from "../../plugins/nicheflow/state_dict.ts";
import { finiteMean, geneScores, quantile, QUARTILES } from "../../plugins/stflow/score.ts";
import { type Expression, pairsOf, spotCond } from "../../plugins/stflow/slide.ts";
import { type HostArray, hostArray } from "../../core/host_array.ts";
import type { Check, Outcomes } from "./compare.ts";
import { type Fixture, floats, integers, numbered, setting } from "./fixture.ts";
import { withParams } from "./nicheflow_setup.ts";
import { networkOf, onlyRow, PLAIN, predictOnce, regionAt } from "./stflow_setup.ts";
import { read, upload } from "./tensors.ts";

/** One time for all spots. */
function timesOf(t: number, spots: number): Tensor {
  return tensor(new Float32Array(spots).fill(t));
}

/** Gradient of the loss with respect to all parameters, by state-dict name. */
async function gradients(params: Params, loss: () => Tensor): Promise<Outcomes> {
  const { grads } = tidy(() => {
    const { value, grads } = valueAndGrads(() => ({ value: loss() }), leaves<Tensor>(params));
    dispose([value]);
    return { grads };
  });
  const names = entries<Tensor>(params).map(([path]) => path);
  const out: Record<string, Float32Array> = {};
  for (const [i, name] of names.entries()) {
    const stored = toStateDict({ [name]: await toHost(grads[i]!) });
    for (const [key, { data }] of Object.entries(stored)) out[`out/grad/${key}`] = data;
  }
  dispose([...grads]);
  return out;
}

/** The network on one slide, with what it computes on the way. */
export const checkDenoiser: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const k = setting(fixture, "n_neighbors");
    const network = networkOf(fixture);
    const region = regionAt(onlyRow(floats(fixture, "in/coords")), k);
    const time = floats(fixture, "in/t_steps").data[0]!;
    const y = (name: string): Tensor => upload(onlyRow(floats(fixture, name)));
    const encoded = () =>
      network.encode(params, spotCond({ features: onlyRow(floats(fixture, "in/img_features")) }, [region], k), PLAIN);
    const inner = await read(() => {
      const cond = encoded();
      const trace = network.trace(params, { y: y("in/exp") }, timesOf(time, region.spots), cond, PLAIN);
      return {
        "out/prediction": trace.expression,
        "out/time_sincos": trace.time,
        "out/time_token": trace.timeToken,
        "out/tokens_in": trace.tokens,
        ...Object.fromEntries(trace.blocks.flatMap((block, l) => [
          [`out/block${l}/attention_logits`, block.scores],
          [`out/block${l}/tokens`, block.tokens],
          [`out/block${l}/expression`, block.expression],
          [`out/block${l}/edge_features`, cond[pairsOf(l)]!],
        ])),
      } as Record<string, Tensor>;
    });
    const loss = (): Tensor => {
      const prediction = network.apply(params, { y: y("in/exp") }, timesOf(time, region.spots), encoded(), PLAIN);
      return elementMean(squared(sub(prediction.y, y("in/labels")))).value;
    };
    return {
      ...inner,
      "out/neighbours": region.frames.index,
      "out/loss": (await read(() => ({ loss: loss() }))).loss,
      ...await gradients(params, loss),
    };
  });

function sliceOf({ data, shape }: HostArray, item: number, rows = shape[1]!): HostArray {
  const size = shape[1]! * shape[2]!;
  return hostArray(data.slice(item * size, item * size + rows * shape[2]!), [rows, shape[2]!]);
}

function together(parts: readonly HostArray[]): HostArray {
  const data = Float32Array.from(parts.flatMap(({ data }) => [...data]));
  return hostArray(data, [parts.reduce((sum, { shape }) => sum + shape[0]!, 0), parts[0]!.shape[1]!]);
}

/** Two regions in one batch: with the padding as a spot, as the reference has it, and without. */
export const checkPadding: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const k = setting(fixture, "n_neighbors");
    const network = networkOf(fixture);
    const valid = integers(fixture, "in/valid");
    const width = floats(fixture, "in/exp").shape[1]!;
    const times = floats(fixture, "in/t_steps").data;
    const predict = async (sizes: readonly number[]): Promise<readonly Float32Array[]> => {
      const of = (name: string): HostArray => together(sizes.map((rows, i) => sliceOf(floats(fixture, name), i, rows)));
      const regions = sizes.map((rows, i) => regionAt(sliceOf(floats(fixture, "in/coords"), i, rows), k));
      const { y } = await read(() => {
        const t = tensor(Float32Array.from(sizes.flatMap((rows, i) => Array<number>(rows).fill(times[i]!))));
        return {
          y: predictOnce(
            network,
            params,
            upload(of("in/exp")),
            t,
            spotCond({ features: of("in/img_features") }, regions, k),
          ),
        };
      });
      const genes = y!.length / sizes.reduce((sum, rows) => sum + rows, 0);
      const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, rows) => sum + rows, 0));
      return starts.map((start, i) => y!.slice(start * genes, (start + sizes[i]!) * genes));
    };
    const real = [0, 1].map((i) => valid.subarray(i * width, (i + 1) * width).reduce((sum, one) => sum + one, 0));
    const [padded, masked] = [await predict([width, width]), await predict(real)];
    const lossOf = (predictions: readonly Float32Array[]): number => {
      let [sum, count] = [0, 0];
      predictions.forEach((prediction, i) => {
        const labels = sliceOf(floats(fixture, "in/labels"), i, real[i]!).data;
        labels.forEach((label, at) => sum += (label - prediction[at]!) ** 2);
        count += labels.length;
      });
      return sum / count;
    };
    return {
      "out/prediction": [...padded[0]!, ...padded[1]!],
      "out/loss": [lossOf(padded)],
      "out/masked_prediction0": masked[0]!,
      "out/masked_prediction1": masked[1]!,
      "out/masked_loss": [lossOf(masked)],
    };
  });

/** Per-gene scores and their summary under the names of the fixture. */
function metricsOf(prefix: string, predicted: HostArray, truth: HostArray): Outcomes {
  const { pearson, squared, explained } = geneScores(predicted, truth);
  const { mean, deviation } = finiteMean(pearson);
  const quartiles = (values: Float64Array): number[] => QUARTILES.map((share) => quantile(values, share));
  return {
    [`${prefix}/pearson`]: pearson,
    [`${prefix}/l2`]: squared,
    [`${prefix}/r2`]: explained,
    [`${prefix}/summary`]: [mean, deviation, ...quartiles(squared), ...quartiles(explained)],
  };
}

async function sampleSlide(
  fixture: Fixture,
  params: Params,
  slide: number,
  out: Record<string, ArrayLike<number>>,
): Promise<HostArray> {
  const k = setting(fixture, "n_neighbors");
  const network = networkOf(fixture);
  const region = regionAt(floats(fixture, `in/slide${slide}/coords`), k);
  const cond = tidy(() =>
    network.encode(params, spotCond({ features: floats(fixture, `in/slide${slide}/img_features`) }, [region], k), PLAIN)
  );
  const x0: Expression = { y: upload(floats(fixture, `rng/slide${slide}/prior`)) };
  const path = linearPath<Expression>();
  const times = fixture.config["time_grid"] as readonly number[];

  const field = (x: Expression, t: Tensor): Expression => {
    const prediction = network.apply(params, x, t, cond, PLAIN);

    return path.toVelocity("target", prediction, x, t);
  };
  const states: Float32Array[] = [];
  const { x } = await integrate<Expression, Expression, readonly Tensor[]>({
    sampler: eulerSampler<Expression>(),
    field,
    x0,
    rng: rng(0),
    onStep: async ({ step, x }) => {
      if (step > 0) states.push((await toHost(x.y)).data);
    },
  }, times);
  const end = await toHost(x.y);
  dispose([x.y, x0.y]);
  // The state after the last step is the result.
  for (const [step, data] of states.slice(0, -1).entries()) {
    out[`out/slide${slide}/step${step}/state`] = data;
    const before = step === 0 ? floats(fixture, `rng/slide${slide}/prior`).data : states[step - 1]!;
    // The step's own weight undone: state = before + w (prediction - before).
    const w = (times[step + 1]! - times[step]!) / (1 - times[step]!);
    out[`out/slide${slide}/step${step}/prediction`] = data.map((value, i) => before[i]! + (value - before[i]!) / w);
  }
  out[`out/slide${slide}/prediction`] = end.data;
  disposeTree(cond);
  return end;
}

/** Whole draws from given noise, and the scores. */
export const checkSampling: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const out: Record<string, ArrayLike<number>> = {};
    const ends: HostArray[] = [];
    const slides = numbered(fixture, "in/slide");
    for (const slide of slides) ends.push(await sampleSlide(fixture, params, slide, out));
    const truths = slides.map((slide) => floats(fixture, `in/slide${slide}/labels`));
    return {
      ...out,
      ...Object.assign({}, ...slides.map((slide, i) => metricsOf(`out/metrics/slide${slide}`, ends[i]!, truths[i]!))),
      ...metricsOf("out/metrics/all", together(ends), together(truths)),
      ...metricsOf("out/metrics/given", floats(fixture, "in/metric_prediction"), floats(fixture, "in/metric_truth")),
    };
  });
