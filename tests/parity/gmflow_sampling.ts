import {
  add,
  applyLinear,
  type Cells,
  collect,
  concat,
  cos,
  dataOf,
  dispose,
  disposeTree,
  fromEntries,
  type HostArray,
  hostArray,
  leaves,
  mul,
  oneHot,
  type Params,
  reshape,
  rng,
  silu,
  sin,
  sinusoid,
  sub,
  type Tensor,
  tensor,
  valueAndGrads,
} from "../../core/mod.ts";
import { entries } from "../../core/tree.ts";
import { logSoftmax, type Mixture, mixtureMean, mixtureNll } from "../../plugins/gmflow/mixture.ts";
import {
  type Advance,
  type GmPrediction,
  gmSampler,
  odeAdvance,
  type SdeDraws,
  sdeStep,
} from "../../plugins/gmflow/sampler.ts";
import {
  diffusionVariance,
  forwardTransition,
  noiseLevels,
  reverseTransition,
  reverseWeights,
  velocityToEnd,
} from "../../plugins/gmflow/transitions.ts";
import type { Check } from "./compare.ts";
import { type Fixture, floats, integers, setting, stateDict } from "./fixture.ts";
import { imagesOf, pixelsOf, rowsOf, upMixture, upRows } from "./gmflow_layout.ts";
import { read, upload, uploadTree } from "./tensors.ts";

function transposed({ data, shape }: HostArray): HostArray {
  const [rows, columns] = shape as [number, number];
  const out = Float32Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
  return hostArray(out, [columns, rows]);
}

/** Parameters of the two-dimensional network: dots become levels, matrices `[out, in]` become `[in, out]`. */
function toyParams(fixture: Fixture): Params {
  return uploadTree(fromEntries(
    Object.entries(stateDict(fixture)).map(([name, array]): [string, HostArray] => [
      name.replaceAll(".", "/"),
      array.shape.length === 2 ? transposed(array) : array,
    ]),
  ));
}

/** Sines, then cosines, of each coordinate at periods from short to long. */
function positionFeatures(fixture: Fixture, x: Tensor): Tensor {
  const half = setting(fixture, "embed_dim") / 4;
  const [low, high] = [Math.log(setting(fixture, "pos_min_period")), Math.log(setting(fixture, "pos_max_period"))];
  const frequencies = Float32Array.from({ length: half }, (_, i) => {
    return 2 * Math.PI / Math.exp(low + (i / (half - 1)) * (high - low));
  });
  const angles = mul(reshape(x, [x.size, 1]), tensor(frequencies, [1, half]));
  return reshape(concat([sin(angles), cos(angles)], 1), [x.shape[0]!, 4 * half]);
}

/** The authors' two-dimensional network: mixture of velocities at a time in [0, 1000]. */
function toyNetwork(fixture: Fixture, params: Params, x: Tensor, time: Tensor): Mixture {
  const rows = x.shape[0]!;
  const input = concat([sinusoid(time, setting(fixture, "embed_dim")), positionFeatures(fixture, x)], 1);
  const h = silu(applyLinear(params, "net/2", silu(applyLinear(params, "net/0", input))));
  return {
    means: reshape(applyLinear(params, "out_means", h), [rows, setting(fixture, "num_gaussians"), 2]),
    logStd: reshape(applyLinear(params, "out_logstds", h), [rows]),
    logWeights: logSoftmax(applyLinear(params, "out_logweights", h)),
  };
}

/** Transition likelihood of the full trainer. */
function transitionLoss(fixture: Fixture, params: Params, ratio: number): Tensor {
  const clean = upRows(fixture, "in/x0");
  const noise = floats(fixture, "rng/noise");
  const rows = clean.shape[0]!;
  const half = (from: number): Tensor => tensor(noise.data.slice(from * 2 * rows, (from + 1) * 2 * rows), [rows, 2]);
  const high = floats(fixture, "rng/u").data.map((u) => Math.min(1, Math.max(1e-7, 1 - u)));
  const low = high.map((t) => Math.max(0, Math.min(t * (1 - ratio), t - 1e-7)));
  const [a, b] = [tensor(low), tensor(high)];
  const below = forwardTransition(clean, mul(a, 0), a, half(0));
  const above = forwardTransition(below, a, b, half(1));
  const end = velocityToEnd(toyNetwork(fixture, params, above, mul(b, 1000)), above, b);
  return mixtureNll(reverseTransition(end, above, a, b), below).mean();
}

/** The two-dimensional network: forward pass, losses and gradients. */
export const checkToy: Check = async (fixture) => {
  const params = toyParams(fixture);
  const forward = await read(() => {
    const { means, logStd, logWeights } = toyNetwork(
      fixture,
      params,
      upRows(fixture, "in/x"),
      upload(floats(fixture, "in/t")),
    );
    return { means, logStd, logWeights };
  });
  const losses = await read(() => ({
    most: transitionLoss(fixture, params, 0.9),
    all: transitionLoss(fixture, params, 1),
  }));
  const names = entries<Tensor>(params).map(([path]) => path);
  const grads = await read(() =>
    Object.fromEntries(
      valueAndGrads(() => ({ value: transitionLoss(fixture, params, 1) }), leaves<Tensor>(params)).grads
        .map((grad, i) => [names[i]!, grad.rank === 2 ? grad.transpose() : grad]),
    )
  );
  disposeTree(params);
  return {
    "out/forward/means": forward.means,
    "out/forward/logstds": forward.logStd,
    "out/forward/logweights": forward.logWeights,
    "out/loss_ratio0.9": losses.most,
    "out/loss_ratio1": losses.all,
    ...Object.fromEntries(names.map((name) => [`out/grad/${name.replaceAll("/", ".")}`, grads[name]!])),
  };
};

interface RunSettings {
  readonly num_timesteps: number;
  readonly shift: number;
  readonly output_mode: string;
  readonly order: number;
  readonly num_substeps?: number;
  readonly gm2_correction_steps?: number;
  readonly orthogonal_guidance?: number;
  readonly guidance_scale: number;
}

/** Images of what happened on the way. */
interface Way {
  readonly result: Float32Array;
  readonly trajectory: number[];
  readonly mean: number[];
}

interface Layout {
  readonly channels: number;
  readonly pixels: number;
}

/** Run our sampler as one of the reference's runs, step by step. */
async function runSampler(
  settings: RunSettings,
  { channels, pixels }: Layout,
  noise: HostArray,
  field: (x: Tensor, step: number) => GmPrediction,
  drawsOf: (step: number) => SdeDraws,
): Promise<Way> {
  const { num_timesteps: steps, shift, order, guidance_scale: guidance } = settings;
  const ode = odeAdvance(settings.num_substeps ?? 1, shift);
  let [step, seen] = [0, undefined as Tensor | undefined];
  const advance: Advance = (end, x, sigma, next, stream) => {
    seen = mixtureMean(end);
    return settings.output_mode === "mean"
      ? ode(end, x, sigma, next, stream)
      : sdeStep(end, x, sigma, next, drawsOf(step));
  };
  const sampler = gmSampler(advance, {
    order: order === 2 ? 2 : 1,
    guidance,
    orthogonal: settings.orthogonal_guidance ?? 1,
    corrections: settings.gm2_correction_steps ?? 0,
    itemRows: pixels,
  });
  const times = noiseLevels(steps, shift).map((level) => 1 - level);
  const images = async (x: Tensor): Promise<Float32Array> => imagesOf(await dataOf(x), channels, pixels);
  const made: Tensor[] = [];
  const trajectory: number[] = [];
  const mean: number[] = [];
  let { value: state, tensors } = collect((): Cells => ({ x: tensor(noise.data, noise.shape) }));
  let memory = sampler.init(state);
  for (; step < steps; step++) {
    made.push(...tensors);
    trajectory.push(...await images(state.x));
    const own = step;
    const next = collect(() =>
      sampler.step(({ x }) => field(x, own), state, times[own]!, times[own + 1]!, memory, rng(0))
    );
    mean.push(...await images(seen!));
    [state, memory, tensors] = [next.value.x, next.value.memory, next.tensors];
  }
  const result = await images(state.x);
  dispose([...made, ...tensors]);
  return { result, trajectory, mean };
}

function outcomesOf(run: string, { result, trajectory, mean }: Way): Record<string, ArrayLike<number>> {
  return { [`out/${run}/result`]: result, [`out/${run}/trajectory`]: trajectory, [`out/${run}/x0_mean`]: mean };
}

function runsOf(fixture: Fixture): [string, RunSettings][] {
  return Object.entries(fixture.config["runs"] as Readonly<Record<string, RunSettings>>);
}

/** Complete runs with the two-dimensional network. */
export const checkSampling: Check = async (fixture) => {
  const params = toyParams(fixture);
  const components = setting(fixture, "num_gaussians");
  const noise = rowsOf(floats(fixture, "in/noise"));
  const [rows, channels] = noise.shape as [number, number];
  const out: Record<string, ArrayLike<number>> = {};
  const labelled = ({ means, logStd, logWeights }: Mixture): Mixture => ({
    means: add(means, tensor([0.8, -0.5], [1, 1, 2])),
    logStd,
    logWeights: logSoftmax(
      add(
        logWeights,
        tensor(Array.from({ length: components }, (_, k) => -1 + 2 * k / (components - 1)), [1, components]),
      ),
    ),
  });
  for (const [run, settings] of runsOf(fixture)) {
    const levels = noiseLevels(settings.num_timesteps, settings.shift);
    const field = (x: Tensor, step: number): GmPrediction => {
      const none = toyNetwork(fixture, params, x, tensor(new Float32Array(rows).fill(1000 * levels[step]!)));
      return settings.guidance_scale > 0 ? { given: labelled(none), none } : { given: none };
    };
    const drawsOf = (step: number): SdeDraws => {
      const part = (name: string): Tensor => {
        const { data } = floats(fixture, `rng/${run}/${name}`);
        return tensor(data.slice(step * rows * channels, (step + 1) * rows * channels), [rows, channels]);
      };
      const chosen = integers(fixture, `rng/${run}/component`).slice(step * rows, (step + 1) * rows);
      return {
        component: oneHot(chosen, components),
        endNoise: part("component_noise"),
        stepNoise: part("step_noise"),
      };
    };
    Object.assign(out, outcomesOf(run, await runSampler(settings, { channels, pixels: 1 }, noise, field, drawsOf)));
  }
  disposeTree(params);
  return out;
};

/** Runs on small images with recorded network outputs. */
export const checkRecorded: Check = async (fixture) => {
  const shape = floats(fixture, "in/noise").shape;
  const layout = { channels: shape[1]!, pixels: pixelsOf(shape) };
  const out: Record<string, ArrayLike<number>> = {};
  for (const [run, settings] of runsOf(fixture)) {
    const images = shape[0]!;
    const field = (_: Tensor, step: number): GmPrediction =>
      settings.guidance_scale > 0
        ? {
          none: upMixture(fixture, `in/guided_call${step}`, 0, images),
          given: upMixture(fixture, `in/guided_call${step}`, images, images),
        }
        : { given: upMixture(fixture, `in/call${step}`) };
    const noise = rowsOf(floats(fixture, "in/noise"));
    const none = (): SdeDraws => {
      throw new TypeError("Cannot draw: the recorded runs are deterministic");
    };
    Object.assign(out, outcomesOf(run, await runSampler(settings, layout, noise, field, none)));
  }
  return out;
};

/** Noise levels and single steps. */
export const checkSchedulers: Check = async (fixture) => {
  const steps = setting(fixture, "steps");
  const levels = noiseLevels(steps, setting(fixture, "shift"));
  const size = floats(fixture, "in/x_init").data.length;
  const noise = floats(fixture, "rng/sde_noise").data;
  type Rule = (x: Tensor, output: Tensor, step: number) => Tensor;
  const clean = (x: Tensor, velocity: Tensor, step: number): Tensor => sub(x, mul(velocity, levels[step]!));
  const towards: Rule = (x, end, step) => {
    const rows = x.shape[0]!;
    const flat = (value: Tensor): Tensor => reshape(value, [rows, 1]);
    const mixture = { means: reshape(end, [rows, 1, 1]), logStd: end, logWeights: mul(flat(end), 0) };
    return reshape(odeAdvance(1)(mixture, flat(x), levels[step]!, levels[step + 1]!, rng(0)), [rows]);
  };
  const stochastic = (spread?: (low: number, high: number) => number): Rule => (x, end, step) => {
    const [high, low] = [levels[step]!, levels[step + 1]!];
    const { c1, c2, c3 } = reverseWeights(low, high);
    const variance = spread?.(low, high) ?? (c3 as number);
    const draws = tensor(noise.slice(step * size, (step + 1) * size));
    return add(add(mul(x, c1), mul(end, c2)), mul(draws, Math.sqrt(variance)));
  };
  const rules: Readonly<Record<string, Rule>> = {
    euler_u: (x, u, step) => towards(x, clean(x, u, step), step),
    euler_x0: towards,
    sde_x0: stochastic(),
    sde_mean_large: stochastic(diffusionVariance),
    sde_mean_small: stochastic(),
    sde_u: (x, u, step) => stochastic()(x, clean(x, u, step), step),
  };
  const out: Record<string, ArrayLike<number>> = {
    "out/sigmas": levels,
    "out/timesteps": levels.slice(0, steps).map((level) => 1000 * level),
  };
  for (const [name, rule] of Object.entries(rules)) {
    let x = floats(fixture, "in/x_init").data;
    const states: number[] = [];
    for (let step = 0; step < steps; step++) {
      const { next } = await read(() => ({
        next: rule(tensor(x), tensor(floats(fixture, `in/step${step}`).data), step),
      }));
      x = next as Float32Array<ArrayBuffer>;
      states.push(...x);
    }
    out[`out/${name}`] = states;
  }
  return out;
};
