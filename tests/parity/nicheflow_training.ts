import {
  type Batch,
  clone,
  encodeCond,
  flowTrainable,
  type HostArray,
  hostArray,
  type Params,
  rng,
  type Tensor,
  tidy,
  toHost,
  valueAndGrads,
} from "../../core/mod.ts";
import { disposeTree, leaves, unflatten } from "../../core/tree.ts";
import { collateInstances, type Instance } from "../../plugins/nicheflow/batches.ts";
import type { NicheFlowConfig } from "../../plugins/nicheflow/config.ts";
import type { NicheMethod } from "../../plugins/nicheflow/method.ts";
import { type Niche, type NicheCond, SOURCE_MASK } from "../../plugins/nicheflow/niche.ts";
import type { Slide } from "../../plugins/nicheflow/slides.ts";
import { toStateDict } from "../../plugins/nicheflow/state_dict.ts";
import type { Check, Outcomes } from "./compare.ts";
import { type Fixture, floats, numbered, setting } from "./fixture.ts";
import { transformerMethod, withParams } from "./nicheflow_setup.ts";
import { read, upload } from "./tensors.ts";

/** A batch with the random draws that the reference made for it. */
export interface DrawnBatch extends Omit<Batch<Niche, NicheCond>, typeof Symbol.dispose> {
  /** Start state. */
  readonly x0: Niche;
  /** Path times, `[B]`. */
  readonly t: Tensor;
}

/** Losses of a batch, and the gradient by state-dict name. */
export interface BatchLosses {
  readonly loss: Float32Array;
  readonly loss_x: Float32Array;
  readonly loss_pos: Float32Array;
  readonly gradient: Readonly<Record<string, HostArray>>;
}

/**
 * Evaluate the loss that training minimizes, and its gradient.
 *
 * @param method The flow.
 * @param params Parameters.
 * @param batch Makes the batch; what it makes is freed.
 * @returns Losses and gradient.
 */
export async function lossesOf(method: NicheMethod, params: Params, batch: () => DrawnBatch): Promise<BatchLosses> {
  const { loss, loss_x, loss_pos, gradient } = tidy(() => {
    const { t, ...drawn } = batch();
    const trainable = flowTrainable({ ...method, times: () => clone(t) });
    const { value, grads, aux } = valueAndGrads(() => {
      const owned = { ...drawn, [Symbol.dispose]: () => {} };
      const { total, parts } = trainable.loss(params, owned, { step: 0, rng: rng(0) });
      return { value: total, aux: [parts["x"]!, parts["pos"]!] };
    }, leaves<Tensor>(params));
    return { loss: value, loss_x: aux[0]!, loss_pos: aux[1]!, gradient: unflatten<Tensor, Tensor>(params, grads) };
  });
  const host = await Promise.all(leaves<Tensor>(gradient).map(toHost));
  const [total, x, pos] = await Promise.all([loss, loss_x, loss_pos].map(toHost));
  disposeTree([loss, loss_x, loss_pos, gradient]);
  return {
    loss: total!.data,
    loss_x: x!.data,
    loss_pos: pos!.data,
    gradient: toStateDict(unflatten<Tensor, HostArray>(params, host)),
  };
}

/** The sets of one side of an item as a section that consists of them. */
function sectionOf(fixture: Fixture, item: number, side: 1 | 2): Slide {
  const [x, pos] = [floats(fixture, `in/item${item}/X_t${side}`), floats(fixture, `in/item${item}/pos_t${side}`)];
  const [sets, size, features] = x.shape as [number, number, number];
  const cells = sets * size;
  return {
    name: `item ${item}, side ${side}`,
    time: floats(fixture, `in/item${item}/t${side}_ohe`).data.indexOf(1),
    split: "train",
    x: hostArray(x.data, [cells, features]),
    pos: hostArray(pos.data, [cells, pos.shape[2]!]),
    size,
    members: Int32Array.from({ length: cells }, (_, cell) => cell),
  };
}

function instanceOf(fixture: Fixture, item: number): Instance {
  const [source, target] = [sectionOf(fixture, item, 1), sectionOf(fixture, item, 2)];
  return {
    pair: { source, target },
    source: source.members,
    sourceSize: source.size,
    target: target.members,
    targetSize: target.size,
  };
}

/** `[B, S]` on every one of `points` points. */
async function onPoints(rows: Tensor, points: number): Promise<number[]> {
  const { data, shape } = await toHost(rows);
  const [sets, width] = shape as [number, number];
  return Array.from(
    { length: sets },
    (_, set) => Array.from({ length: points }, () => [...data.subarray(set * width, (set + 1) * width)]).flat(),
  ).flat();
}

/** What the reference calls the collated batch. */
async function collated({ target, cond, mask }: Batch<Niche, NicheCond>): Promise<Outcomes> {
  const values = async (tensor: Tensor): Promise<Float32Array> => (await toHost(tensor)).data;
  const masked = async (tensor: Tensor | undefined, like: Tensor): Promise<ArrayLike<number>> =>
    tensor === undefined ? new Uint8Array(like.shape[0]! * like.shape[1]!).fill(1) : await values(tensor);
  return {
    "in/batch/X_t1": await values(cond.sourceX),
    "in/batch/pos_t1": await values(cond.sourcePos),
    "in/batch/t1_ohe": await onPoints(cond.sourceTime, cond.sourceX.shape[1]!),
    "in/batch/mask_t1": await masked(cond[SOURCE_MASK], cond.sourceX),
    "in/batch/X_t2": await values(target.x),
    "in/batch/pos_t2": await values(target.pos),
    "in/batch/t2_ohe": await onPoints(cond.targetTime, target.x.shape[1]!),
    "in/batch/mask_t2": await masked(mask?.x, target.x),
  };
}

const KINDS: readonly NicheFlowConfig["objective"]["kind"][] = ["cfm", "gvfm", "glvfm"];

/** One training step up to the gradient: collation, path, prediction, the three losses with and without padding. */
export const checkTraining: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const items = numbered(fixture, "in/item").map((item) => instanceOf(fixture, item));
    using batch = collateInstances(items, setting(fixture, "ohe_dim"));
    const given = () => ({
      x0: { x: upload(floats(fixture, "rng/noise_x")), pos: upload(floats(fixture, "rng/noise_pos")) },
      t: upload(floats(fixture, "rng/t")),
    });
    const weights = {
      featureWeight: setting(fixture, "lambda_features"),
      positionWeight: setting(fixture, "lambda_pos"),
    };
    const { path, backbone } = transformerMethod(fixture, {});
    const forward = await read(() => {
      const { x0, t } = given();
      const { xt } = path.at(x0, batch.target, t, rng(0));
      const ctx = { train: false, rng: rng(0), ...(batch.mask === undefined ? {} : { mask: batch.mask }) };
      const { x, pos } = backbone.apply(params, xt, t, encodeCond(backbone, params, batch.cond, ctx), ctx);
      return { x_t: xt.x, pos_t: xt.pos, pred_x: x, pred_pos: pos };
    });
    const out: Record<string, ArrayLike<number>> = {};
    for (const [name, values] of Object.entries(forward)) out[`out/${name}`] = values;
    for (const kind of KINDS) {
      for (const paddedLoss of [true, false]) {
        const method = transformerMethod(fixture, { kind, paddedLoss, ...weights });
        const { gradient, ...losses } = await lossesOf(method, params, () => ({ ...batch, ...given() }));
        const folder = paddedLoss ? `out/${kind}` : `out/masked/${kind}`;
        for (const [name, value] of Object.entries(losses)) out[`${folder}/${name}`] = value;
        if (!paddedLoss || !Object.hasOwn(fixture.tensors, `out/grad/${kind}/${Object.keys(gradient)[0]}`)) continue;
        for (const [name, { data }] of Object.entries(gradient)) out[`out/grad/${kind}/${name}`] = data;
      }
    }
    return { ...await collated(batch), ...out };
  });
