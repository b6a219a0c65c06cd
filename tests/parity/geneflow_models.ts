import {
  add,
  clip,
  clone,
  encodeCond,
  eulerSampler,
  fromHost,
  type HostArray,
  integrate,
  leaves,
  type Params,
  perturbedPath,
  regression,
  rng,
  sinusoidalPath,
  squared,
  type Tensor,
  tidy,
  timeGrid,
  toHost,
  unflatten,
  valueAndGrads,
} from "../../core/mod.ts";
import { dataOf, dispose } from "../../core/tensor/mod.ts";
import { disposeTree } from "../../core/tree.ts";
import { cellMask } from "../../plugins/geneflow/encoder/cell_mask.ts";
import type { EncoderSizes } from "../../plugins/geneflow/encoder/rna_encoder.ts";
import { type PictureNetwork, pictureNetwork } from "../../plugins/geneflow/network.ts";
import { type CellCond, EMBEDDING, type Picture } from "../../plugins/geneflow/picture.ts";
import { integrateReleased } from "../../plugins/geneflow/released_solver.ts";
import { sparsityPenalty } from "../../plugins/geneflow/sparsity.ts";
import { toStateDict } from "../../plugins/geneflow/state_dict.ts";
import type { Check, Outcomes } from "./compare.ts";
import { type Fixture, floats, integers, setting } from "./fixture.ts";
import { givenNormal } from "./geneflow_flow.ts";
import { channelsFirst, channelsLast, partsOf, PLAIN, withParams } from "./geneflow_setup.ts";
import { unetSizes } from "./geneflow_unet.ts";
import { read, upload } from "./tensors.ts";

/** The encoder within the whole model of a fixture. */
function encoderOf(fixture: Fixture): EncoderSizes {
  return {
    ...partsOf(fixture),
    cells: "multi",
    genes: setting(fixture, "rna_dim"),
    hidden: fixture.config["encoder_hidden_dims"] as readonly number[],
    output: setting(fixture, "model_channels") * setting(fixture, "encoder_output_dim_multiplier"),
    rank: setting(fixture, "relation_rank"),
    heads: setting(fixture, "num_aggregation_heads"),
  };
}

function networkOf(fixture: Fixture): PictureNetwork {
  const encoder = encoderOf(fixture);
  return pictureNetwork({ encoder, unet: unetSizes(fixture, setting(fixture, "img_channels"), encoder.output) });
}

function condOf(fixture: Fixture): CellCond {
  const expression = floats(fixture, "in/gene_expr");
  return {
    expression: upload(expression),
    cells: fromHost(cellMask(integers(fixture, "in/num_cells"), expression.shape[1]!)),
  };
}

/** Images of a fixture in our layout. */
function images(fixture: Fixture, name: string): Tensor {
  return upload(channelsLast(floats(fixture, name)));
}

/** Our images in the layout of the fixture. */
function back(fixture: Fixture, values: ArrayLike<number>): Float32Array {
  return channelsFirst(values, setting(fixture, "img_channels"), setting(fixture, "img_size") ** 2);
}

async function gradients(params: Params, grads: readonly Tensor[]): Promise<Outcomes> {
  const onHost: readonly HostArray[] = await Promise.all(grads.map(toHost));
  const named = toStateDict(unflatten<Tensor, HostArray>(params, onHost));
  return Object.fromEntries(Object.entries(named).map(([name, { data }]) => [`out/grad/${name}`, data]));
}

/** Path, prediction, loss, penalty and gradients of the whole model. */
export const checkObjective: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const network = networkOf(fixture);
    const path = perturbedPath<Picture>(sinusoidalPath(), { width: 0.05, velocity: "omit" });
    const objective = regression<Picture, CellCond>({
      path,
      predicts: "velocity",
      parts: { img: { element: squared, weight: 1 } },
    });
    const penalty = sparsityPenalty(
      { target: "layerNormGain", weight: setting(fixture, "l1_weight"), reduction: "sum" },
      encoderOf(fixture),
    )!;
    const { value, grads, aux } = tidy(() =>
      valueAndGrads(() => {
        const t = upload(floats(fixture, "in/t"));
        const noise = givenNormal(() => images(fixture, "rng/z"));
        const point = path.at({ img: images(fixture, "in/noise") }, { img: images(fixture, "in/x1") }, t, noise);
        const cond = condOf(fixture);
        const encoded = encodeCond(network, params, cond, PLAIN);
        const prediction = network.apply(params, point.xt, t, encoded, PLAIN);
        const flow = objective.loss(() => prediction, point, {
          cond,
          encode: (given) => given,
          step: 0,
          path,
          rng: rng(0),
        });
        const l1 = penalty(params).total;
        return {
          value: add(flow.total, l1),
          aux: [prediction.img, flow.total, l1, point.xt.img, point.dxt.img, encoded[EMBEDDING]!],
        };
      }, leaves<Tensor>(params))
    );
    const [prediction, mse, l1, xt, dxt, embedding] = await Promise.all(aux.map(dataOf)) as Float32Array[];
    const total = await dataOf(value);
    const named = await gradients(params, grads);
    dispose([value, ...grads, ...aux]);
    const wanted = Object.entries(named).filter(([name]) => fixture.tensors[name] !== undefined);
    return {
      "out/velocity_pred": back(fixture, prediction!),
      "out/mse": mse!,
      "out/l1_penalty": l1!,
      "out/total": total,
      "out/x_t": back(fixture, xt!),
      "out/velocity": back(fixture, dxt!),
      "out/rna_embedding": embedding!,
      ...Object.fromEntries(wanted),
    };
  });

/** Sampling from given noise by the released solver and by Euler's method. */
export const checkModelSampling: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const network = networkOf(fixture);
    const cond = tidy(() => {
      const raw = condOf(fixture);
      const { [EMBEDDING]: embedding } = encodeCond(network, params, raw, PLAIN);
      return { ...raw, [EMBEDDING]: clone(embedding!) };
    });
    const x0: Picture = { img: images(fixture, "rng/noise") };
    const field = (x: Picture, t: Tensor): Picture => network.apply(params, x, t, cond, PLAIN);
    const control = fixture.config["dopri5"] as Readonly<Record<string, number>>;
    const [times, sizes, errors]: [number[], number[], number[]] = [[], [], []];
    let first: Float32Array | undefined;
    const adaptive = await integrateReleased<Picture>({
      field,
      x0,
      async onChoice({ t, dt, error, x }): Promise<void> {
        times.push(t);
        sizes.push(dt);
        errors.push(error);
        first ??= await dataOf(x.img);
      },
    }, {
      firstStep: control["initial_dt"]!,
      maxSteps: control["max_steps"]!,
      relative: control["rtol"]!,
      absolute: control["atol"]!,
    });
    const grid = timeGrid(setting(fixture, "euler_steps") + 1);
    const euler = await integrate({ sampler: eulerSampler<Picture>(), field, x0, rng: rng(0) }, grid);
    const made = await read(() => ({
      "out/dopri5_unclamped": clone(adaptive.x.img),
      "out/dopri5_image": clip(adaptive.x.img, 0, 1),
      "out/euler_unclamped": clone(euler.x.img),
      "out/euler_image": clip(euler.x.img, -1, 1),
    }));
    disposeTree([cond, x0, adaptive.x, euler.x]);
    return {
      "out/dopri5_t": times,
      "out/dopri5_dt": sizes,
      "out/dopri5_error_norm": errors,
      "out/dopri5_first_step": back(fixture, first!),
      ...Object.fromEntries(Object.entries(made).map(([name, values]) => [name, back(fixture, values)])),
    };
  });
