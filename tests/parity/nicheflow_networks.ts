import {
  type ApplyContext,
  applyLinear,
  clone,
  concat,
  draw,
  encodeCond,
  integerTimeFeatures,
  type Mask,
  oneHot,
  type Params,
  rng,
  type Tensor,
  timeGrid,
  toHost,
  zeros,
} from "../../core/mod.ts";
import { disposeTree } from "../../core/tree.ts";
import type { NicheMethod } from "../../plugins/nicheflow/method.ts";
import { MEMORY, type Niche, type NicheCond, SOURCE_MASK } from "../../plugins/nicheflow/niche.ts";
import { effectiveWidth, nicheTransformer } from "../../plugins/nicheflow/transformer.ts";
import type { Check, Outcomes } from "./compare.ts";
import { type Fixture, floats, numbered, setting } from "./fixture.ts";
import {
  type CondNames,
  condOf,
  type Objective,
  singlePointMethod,
  transformerMethod,
  transformerSizes,
  withParams,
} from "./nicheflow_setup.ts";
import { lossesOf } from "./nicheflow_training.ts";
import { read, upload } from "./tensors.ts";

const PLAIN: ApplyContext<Niche> = { train: false, rng: rng(0) };

const FORWARD: CondNames = {
  sourceX: "in/pcs_cond",
  sourcePos: "in/pos_cond",
  sourceTime: "in/ohe_cond",
  targetTime: "in/ohe_target",
};

/** The transformer's outputs and what it computes on the way, without and with masks. */
export const checkForward: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const sizes = transformerSizes(fixture);
    const width = effectiveWidth(sizes.embed, sizes.heads);
    const backbone = nicheTransformer(sizes);
    const input = (name: string): Tensor => upload(floats(fixture, `in/${name}`));
    const xt = (): Niche => ({ x: input("pcs_target"), pos: input("pos_target") });
    const encoded = (): NicheCond => encodeCond(backbone, params, condOf(fixture, FORWARD), PLAIN);
    const plain = await read(() => backbone.apply(params, xt(), input("t_target"), encoded(), PLAIN));
    const masked = await read(() => {
      const mask = input("mask_target");
      const cond = condOf(fixture, FORWARD, { [SOURCE_MASK]: input("mask_condition") });
      const ctx = { ...PLAIN, mask: { x: mask, pos: mask } as Mask<Niche> };
      return backbone.apply(params, xt(), input("t_target"), encodeCond(backbone, params, cond, ctx), ctx);
    });
    const inner = await read(() => ({
      encoder: backbone.encode!(params, condOf(fixture, FORWARD), PLAIN)[MEMORY]!,
      time: applyLinear(params, "time_emb/out_linear", integerTimeFeatures(input("t_target"), width)),
    }));
    const rows = floats(fixture, "in/mask_target").data;
    const blocks: Record<string, Float32Array> = {};
    for (const block of numbered(fixture, "out/decoder_block")) {
      // A network that ends after this block and reads it out unchanged.
      const cut = nicheTransformer({ ...sizes, decoders: block + 1, features: width - sizes.coordinates });
      const { out } = await read(() => {
        const out_linear = { weight: oneHot(Array.from({ length: width }, (_, i) => i), width), bias: zeros([width]) };
        const own = { ...params as { readonly [key: string]: Params }, out_linear };
        const { x, pos } = cut.apply(own, xt(), input("t_target"), encoded(), PLAIN);
        return { out: concat([x, pos], 2) };
      });
      blocks[`out/decoder_block${block}_output`] = out;
    }
    return {
      "out/x_pred": plain.x!,
      "out/pos_pred": plain.pos!,
      "out/encoder_output": inner.encoder,
      ...blocks,
      "out/time_embedding": inner.time,
      "out/x_pred_masked": { kind: "rows", values: masked.x!, rows },
      "out/pos_pred_masked": { kind: "rows", values: masked.pos!, rows },
    };
  });

/** States at all path times, features and coordinates. */
interface Trajectory {
  readonly x: readonly Float32Array[];
  readonly pos: readonly Float32Array[];
}

async function integrated(
  fixture: Fixture,
  params: Params,
  method: NicheMethod,
  names: CondNames,
  noise: { readonly x: string; readonly pos: string },
): Promise<Trajectory> {
  const solver = fixture.config["solver"] ?? "euler";
  if (solver !== "euler") throw new TypeError(`Cannot repeat the solver "${solver}": the method integrates with Euler`);
  const x: Float32Array[] = [];
  const pos: Float32Array[] = [];
  const cond = condOf(fixture, names);
  const start: Niche = { x: upload(floats(fixture, noise.x)), pos: upload(floats(fixture, noise.pos)) };
  try {
    const prior = { sample: (): Niche => ({ x: clone(start.x), pos: clone(start.pos) }) };
    const end = await draw({ ...method, prior }, {
      params,
      cond,
      like: start,
      times: timeGrid(setting(fixture, "num_steps")),
      rng: rng(0),
      onStep: async (at) => {
        x.push((await toHost(at.x.x)).data);
        pos.push((await toHost(at.x.pos)).data);
      },
    });
    disposeTree(end.x);
  } finally {
    disposeTree([cond, start]);
  }
  return { x, pos };
}

function joined(parts: readonly Float32Array[]): number[] {
  return parts.flatMap((part) => [...part]);
}

/** Both ways of reading the network: as the velocity, and as the posterior mean. */
const READINGS: readonly (readonly [name: string, objective: Objective])[] = [
  ["cfm", { kind: "cfm" }],
  ["vfm", { kind: "glvfm" }],
];

/** Euler trajectories from given noise. */
export const checkSampling: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const names = {
      sourceX: "in/X_t1",
      sourcePos: "in/pos_t1",
      sourceTime: "in/t1_ohe",
      targetTime: "in/t2_ohe",
    };
    const noise = { x: "rng/noise_x", pos: "rng/noise_pos" };
    const out: Record<string, number[]> = {};
    for (const [name, objective] of READINGS) {
      const { x, pos } = await integrated(fixture, params, transformerMethod(fixture, objective), names, noise);
      out[`out/${name}/x_trajectory`] = joined(x);
      out[`out/${name}/pos_trajectory`] = joined(pos);
    }
    return out;
  });

/** The single-point network: forward, loss and the ends of the trajectories. */
export const checkSinglePoint: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const names = {
      sourceX: "in/x_cond",
      sourcePos: "in/pos_cond",
      sourceTime: "in/ohe_cond",
      targetTime: "in/ohe_target",
    };
    const target = { x: "in/x_target", pos: "in/pos_target" };
    const { backbone } = singlePointMethod(fixture, {});
    const plain = await read(() => {
      const xt: Niche = { x: upload(floats(fixture, target.x)), pos: upload(floats(fixture, target.pos)) };
      return backbone.apply(params, xt, upload(floats(fixture, "in/t")), condOf(fixture, names), PLAIN);
    });
    const ends: Record<string, Float32Array> = {};
    const noise = { x: "rng/sample_noise_x", pos: "rng/sample_noise_pos" };
    for (const [name, objective] of READINGS) {
      const { x, pos } = await integrated(fixture, params, singlePointMethod(fixture, objective), names, noise);
      ends[`out/${name}_x_final`] = x.at(-1)!;
      ends[`out/${name}_pos_final`] = pos.at(-1)!;
    }
    const { loss, loss_x, loss_pos } = await lossesOf(singlePointMethod(fixture, { kind: "glvfm" }), params, () => ({
      target: { x: upload(floats(fixture, target.x)), pos: upload(floats(fixture, target.pos)) },
      cond: condOf(fixture, names),
      x0: { x: upload(floats(fixture, "rng/loss_noise_x")), pos: upload(floats(fixture, "rng/loss_noise_pos")) },
      t: upload(floats(fixture, "rng/loss_t")),
    }));
    return {
      "out/x_pred": plain.x!,
      "out/pos_pred": plain.pos!,
      ...ends,
      "out/glvfm/loss": loss,
      "out/glvfm/loss_x": loss_x,
      "out/glvfm/loss_pos": loss_pos,
    } satisfies Outcomes;
  });
