import { linearPath, type PathPoint, rng, tensor } from "../../core/mod.ts";
import { NICHEFLOW_DEFAULTS } from "../../plugins/nicheflow/config.ts";
import { nicheObjective } from "../../plugins/nicheflow/method.ts";
import type { Niche, NicheCond } from "../../plugins/nicheflow/niche.ts";
import type { Check } from "./compare.ts";
import { floats, setting } from "./fixture.ts";
import { read, upload } from "./tensors.ts";

const PATH = linearPath<Niche>();

/** Path, targets, velocities and losses on given tensors. */
export const checkLosses: Check = async (fixture) => {
  const input = (x: string, pos: string): Niche => ({
    x: upload(floats(fixture, `in/${x}`)),
    pos: upload(floats(fixture, `in/${pos}`)),
  });
  const truth = (): Niche => input("gt_x", "gt_pos");
  const prediction = (): Niche => input("pred_x", "pred_pos");
  const state = (): Niche => input("x_t", "pos_t");
  const objectiveOf = (kind: "cfm" | "gvfm" | "glvfm") =>
    nicheObjective({
      ...NICHEFLOW_DEFAULTS.objective,
      kind,
      featureWeight: setting(fixture, "lambda_features"),
      positionWeight: setting(fixture, "lambda_pos"),
    }, PATH);
  const out: Record<string, ArrayLike<number>> = {};
  for (const kind of ["cfm", "gvfm", "glvfm"] as const) {
    const { total, x, pos } = await read(() => {
      const goal = truth();
      const t = tensor(new Float32Array(goal.x.shape[0]!));
      // The given tensor is the target of every objective.
      const point: PathPoint<Niche> = { t, x0: goal, x1: goal, xt: goal, dxt: goal };
      const cond = {} as NicheCond;
      const ctx = { cond, encode: () => cond, step: 0, path: PATH, rng: rng(0) };
      const { total, parts } = objectiveOf(kind).loss(prediction, point, ctx);
      return { total, x: parts["x"]!, pos: parts["pos"]! };
    });
    out[`out/${kind}/loss`] = total;
    out[`out/${kind}/loss_x`] = x;
    out[`out/${kind}/loss_pos`] = pos;
  }
  const velocities: { x: number[]; pos: number[] } = { x: [], pos: [] };
  for (const time of floats(fixture, "in/t_list").data) {
    const { x, pos } = await read(() => {
      const xt = state();
      const t = tensor(new Float32Array(xt.x.shape[0]!).fill(time));
      return objectiveOf("gvfm").velocity(prediction(), xt, t);
    });
    velocities.x.push(...x!);
    velocities.pos.push(...pos!);
  }
  const point = await read(() => {
    const { xt, dxt, x1 } = PATH.at(state(), truth(), upload(floats(fixture, "in/interp_t")), rng(0));
    return { interp: xt.x, cfm: dxt.x, vfm: x1.x };
  });
  return {
    ...out,
    "out/x_vf": velocities.x,
    "out/pos_vf": velocities.pos,
    "out/interp_x": point.interp,
    "out/target_cfm_x": point.cfm,
    "out/target_vfm_x": point.vfm,
  };
};
