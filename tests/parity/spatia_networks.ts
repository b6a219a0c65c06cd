import { blockOf } from "../../core/backbone/unet/blocks.ts";
import {
  classifierFree,
  eulerSampler,
  type Field,
  integrate,
  midpointSampler,
  ones,
  rng,
  type Sampler,
  timeGrid,
  toByte,
  zeros,
} from "../../core/mod.ts";
import { dataOf, dispose, tidy } from "../../core/tensor/mod.ts";
import type { Endpoint } from "../../plugins/spatia/change.ts";
import { conditioner } from "../../plugins/spatia/conditioner.ts";
import { convolutionFeatures } from "../../plugins/spatia/features/network.ts";
import { edmGrid } from "../../plugins/spatia/times.ts";
import type { Check } from "./compare.ts";
import { floats, setting } from "./fixture.ts";
import { channelsFirst } from "./geneflow_setup.ts";
import { conditionerSizes, images, PLAIN, transitionRows, velocityNetwork, withParams } from "./spatia_setup.ts";
import { read, upload } from "./tensors.ts";

/** Fusion of control embedding, transition and signatures. */
export const checkConditioner: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const sizes = conditionerSizes(fixture.config as Readonly<Record<string, number>>);
    return await read(() => {
      const { condition, change } = conditioner(sizes).apply(params, {
        control: upload(floats(fixture, "in/z_ctrl")),
        transition: upload(transitionRows(fixture, sizes.transitions)),
        expression: upload(floats(fixture, "in/delta_g")),
        morphology: upload(floats(fixture, "in/delta_m")),
      }, PLAIN);
      return { "out/z_cond": condition, "out/z_pert": change };
    });
  });

/** The feature network of the morphology loss. */
export const checkFeatures: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const network = convolutionFeatures({
      channels: 3,
      filters: [32, 64, 128],
      pools: 2,
      features: setting(fixture, "output_dim"),
      morphology: 1,
    });
    return await read(() => ({ "out/features": network.features(params, images(fixture, "in/image")) }));
  });

/** A residual block that is told by addition. */
export const checkAdditiveBlock: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const channels = setting(fixture, "channels");
    const block = blockOf({ kind: "residual", inputs: channels, outputs: channels, resample: "none" }, {
      embedding: setting(fixture, "emb_channels"),
      injection: "add",
      dropout: 0,
      leastGroup: 1,
    });
    const made = await read(() => {
      const x = images(fixture, "in/x");
      const embedding = upload(floats(fixture, "in/embedding"));
      return {
        "out/y": block.apply(params, x, embedding, PLAIN),
        "out/y_zero_embedding": block.apply(params, x, zeros(embedding.shape), PLAIN),
      };
    });
    return Object.fromEntries(
      Object.entries(made).map((
        [name, values],
      ) => [name, channelsFirst(values, channels, values.length / 2 / channels)]),
    );
  });

/** The time of the guided velocity. */
const GUIDED_AT = 0.3;

/** Velocities, guidance and sampling. */
export const checkSampling: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const network = velocityNetwork(fixture);
    const condition = upload(floats(fixture, "in/condition"));
    const rows = condition.shape[0]!;
    const [keep, drop] = [ones([rows]), zeros([rows])];
    const under = (kept: typeof keep): Field<Endpoint> => ({ x }, t) => ({
      x: network.apply(params, x, { t, condition, keep: kept }, PLAIN),
    });
    const guided = classifierFree(under(keep), under(drop), 1 + setting(fixture, "cfg_scale"));
    const made = await read(() => {
      const [state, t] = [{ x: images(fixture, "in/x") }, upload(floats(fixture, "in/t"))];
      return {
        "out/velocity": under(keep)(state, t).x,
        "out/velocity_unconditional": under(drop)(state, t).x,
        "out/guided_velocity": guided(
          { x: images(fixture, "in/x_start") },
          upload({ data: new Float32Array(rows).fill(GUIDED_AT), shape: [rows] }),
        ).x,
      };
    });
    const channels = setting(fixture, "in_channels");
    const places = made["out/velocity"].length / rows / channels;
    const first = (values: Float32Array): Float32Array => channelsFirst(values, channels, places);
    const drawn = async (sampler: Sampler<Endpoint>, field: Field<Endpoint>, times: readonly number[]) => {
      const x0 = { x: tidy(() => images(fixture, "in/x_start")) };
      const { x, evaluations } = await integrate({ field, x0, sampler, rng: rng(0) }, times);
      const values = first(await dataOf(x.x));
      dispose([x0.x, x.x]);
      return { values, evaluations };
    };
    const grid = timeGrid(1 + Math.round(1 / setting(fixture, "step_size")));
    const midpoint = await drawn(midpointSampler(), guided, grid);
    const euler = await drawn(eulerSampler(), guided, grid);
    const edm = await drawn(eulerSampler(), under(keep), edmGrid(setting(fixture, "edm_nfe")));
    dispose([condition, keep, drop]);
    const pixels = (values: Float32Array): Int32Array => Int32Array.from(values, (value) => toByte(value / 2 + 0.5));
    return {
      "out/velocity": first(made["out/velocity"]),
      "out/velocity_unconditional": first(made["out/velocity_unconditional"]),
      "out/guided_velocity": first(made["out/guided_velocity"]),
      "out/midpoint/result": midpoint.values,
      "out/midpoint/pixels": pixels(midpoint.values),
      "out/midpoint/calls": [midpoint.evaluations],
      "out/euler/result": euler.values,
      "out/euler/pixels": pixels(euler.values),
      "out/euler/calls": [euler.evaluations],
      "out/euler_edm_grid/result": edm.values,
    };
  });
