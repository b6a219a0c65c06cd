import {
  type HostArray,
  hostArray,
  linearPath,
  type Loss,
  type Mask,
  type Objective,
  type PathPoint,
  rng,
  slice,
  type Tensor,
  tensor,
  valueAndGrads,
} from "../../../core/mod.ts";
import { NICHEFLOW_DEFAULTS, type NicheFlowConfig } from "../../../plugins/nicheflow/config.ts";
import { nicheObjective } from "../../../plugins/nicheflow/method.ts";
import type { Niche, NicheCond } from "../../../plugins/nicheflow/niche.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { FLOAT32, vectors } from "./tiny.ts";

type Settings = Partial<NicheFlowConfig["objective"]>;

const PATH = linearPath<Niche>();
const { expected, ...LOSSES } = vectors.losses;

function objectiveOf(settings: Settings): Objective<Niche, NicheCond, Niche> {
  return nicheObjective({ ...NICHEFLOW_DEFAULTS.objective, ...settings }, PATH);
}

/** A point whose target is `truth` under every objective. */
function pointAt(truth: Niche): PathPoint<Niche> {
  return { t: tensor(new Float32Array(truth.x.shape[0]!)), x0: truth, x1: truth, xt: truth, dxt: truth };
}

function lossOf(settings: Settings, prediction: Niche, truth: Niche, mask?: Tensor): Loss {
  return objectiveOf(settings).loss(() => prediction, pointAt(truth), {
    cond: {} as NicheCond,
    encode: (cond) => cond,
    ...(mask === undefined ? {} : { mask: { x: mask, pos: mask } as Mask<Niche> }),
    step: 0,
    path: PATH,
    rng: rng(0),
  });
}

function prediction(): Niche {
  return { x: tensorOf(LOSSES.pred_x), pos: tensorOf(LOSSES.pred_pos) };
}

function truth(): Niche {
  return { x: tensorOf(LOSSES.gt_x), pos: tensorOf(LOSSES.gt_pos) };
}

async function values(settings: Settings, withMask: boolean): Promise<{ total: number; x: number; pos: number }> {
  const { total, x, pos } = await read(() => {
    const loss = lossOf(settings, prediction(), truth(), withMask ? tensorOf(LOSSES.mask) : undefined);
    return { total: loss.total, x: loss.parts["x"]!, pos: loss.parts["pos"]! };
  });
  return { total: total[0]!, x: x[0]!, pos: pos[0]! };
}

function assertLoss(got: { total: number; x: number; pos: number }, want: readonly [number, number, number]): void {
  assertClose([got.total, got.x, got.pos], want, FLOAT32);
}

forEachBackend("linearPath().at() reproduces interpolation", async () => {
  await assertNoLeak(async () => {
    const { t, z_x, z_pos, x1, pos1, ...want } = vectors.interpolation;
    const got = await read(() => {
      const start: Niche = { x: tensorOf(z_x), pos: tensorOf(z_pos) };
      const end: Niche = { x: tensorOf(x1), pos: tensorOf(pos1) };
      const { xt, dxt } = PATH.at(start, end, tensor([t]), rng(0));
      return { x: xt.x, pos: xt.pos, dx: dxt.x, dpos: dxt.pos };
    });
    assertClose(got.x, flat(want.x_t), FLOAT32);
    assertClose(got.pos, flat(want.pos_t), FLOAT32);
    assertClose(got.dx, flat(want.cfm_target_x), FLOAT32);
    assertClose(got.dpos, flat(want.cfm_target_pos), FLOAT32);
  });
});

forEachBackend("nicheObjective().velocity() reproduces vfm_velocity", async () => {
  const { t, mean_x, mean_pos, v_x, v_pos } = vectors.vfm_velocity;
  const { x_t, pos_t } = vectors.interpolation;
  for (const kind of ["gvfm", "glvfm"] as const) {
    const got = await read(() =>
      objectiveOf({ kind }).velocity(
        { x: tensorOf(mean_x), pos: tensorOf(mean_pos) },
        { x: tensorOf(x_t), pos: tensorOf(pos_t) },
        tensor([t]),
      )
    );
    assertClose(got.x!, flat(v_x), FLOAT32);
    assertClose(got.pos!, flat(v_pos), FLOAT32);
  }
});

forEachBackend("nicheObjective().velocity() of cfm is the prediction itself", async () => {
  const { v_x, v_pos } = vectors.vfm_velocity;
  const got = await read(() => {
    const given: Niche = { x: tensorOf(v_x), pos: tensorOf(v_pos) };
    return objectiveOf({ kind: "cfm" }).velocity(given, given, tensor([0.3]));
  });
  assertClose(got.x!, Float32Array.from(flat(v_x)), 0);
  assertClose(got.pos!, Float32Array.from(flat(v_pos)), 0);
});

forEachBackend("nicheObjective() satisfies vfm_cfm_identity", async () => {
  const { t, z_x, z_pos, x1, pos1 } = vectors.interpolation;
  const { mean_x, mean_pos } = vectors.vfm_velocity;
  const identity = vectors.vfm_cfm_identity;
  const got = await read(() => {
    const start: Niche = { x: tensorOf(z_x), pos: tensorOf(z_pos) };
    const end: Niche = { x: tensorOf(x1), pos: tensorOf(pos1) };
    const mean: Niche = { x: tensorOf(mean_x), pos: tensorOf(mean_pos) };
    const point = PATH.at(start, end, tensor([t]), rng(0));
    const cond = {} as NicheCond;
    const ctx = { cond, encode: () => cond, step: 0, path: PATH, rng: rng(0) };
    const implied = objectiveOf({ kind: "gvfm" }).velocity(mean, point.xt, point.t);
    const cfm = objectiveOf({ kind: "cfm" }).loss(() => implied, point, ctx);
    const vfm = objectiveOf({ kind: "gvfm" }).loss(() => mean, point, ctx);
    return { cfm: cfm.parts["x"]!, vfm: vfm.parts["x"]!, cfmPos: cfm.parts["pos"]!, vfmPos: vfm.parts["pos"]! };
  });
  assertAlmostEquals(got.cfm[0]!, identity.lhs_cfm_error_of_implied_velocity_mean_sq, FLOAT32);
  assertAlmostEquals(got.vfm[0]! / (1 - t) ** 2, identity["rhs_vfm_error_mean_sq_over_(1-t)^2"], FLOAT32);
  assertAlmostEquals(got.cfmPos[0]!, got.vfmPos[0]! / (1 - t) ** 2, FLOAT32);
});

forEachBackend("nicheObjective() reproduces the code form of losses, padding included", async () => {
  await assertNoLeak(async () => {
    const { code_mse_x, code_mse_pos, code_mae_pos, code_cfm_or_gvfm_total, code_glvfm_total } = expected;
    for (const kind of ["cfm", "gvfm"] as const) {
      const want = [code_cfm_or_gvfm_total, code_mse_x, code_mse_pos] as const;
      assertLoss(await values({ kind }, false), want);
      assertLoss(await values({ kind, paddedLoss: true }, true), want);
    }
    const want = [code_glvfm_total, code_mse_x, code_mae_pos] as const;
    assertLoss(await values({ kind: "glvfm" }, false), want);
    assertLoss(await values({ kind: "glvfm", paddedLoss: true }, true), want);
  });
});

forEachBackend("nicheObjective() reproduces the masked form of losses", async () => {
  const { masked_mse_x, masked_mse_pos, masked_mae_pos, masked_gvfm_total, masked_glvfm_total } = expected;
  for (const kind of ["cfm", "gvfm"] as const) {
    assertLoss(await values({ kind }, true), [masked_gvfm_total, masked_mse_x, masked_mse_pos]);
  }
  assertLoss(await values({ kind: "glvfm" }, true), [masked_glvfm_total, masked_mse_x, masked_mae_pos]);
});

forEachBackend("nicheObjective() weighs the two parts", async () => {
  const { masked_mse_x, masked_mae_pos } = expected;
  const got = await values({ kind: "glvfm", featureWeight: 0.7, positionWeight: 1.5 }, true);
  const [x, pos] = [0.7 * masked_mse_x, 1.5 * masked_mae_pos];
  assertLoss(got, [x + pos, x, pos]);
});

forEachBackend("nicheObjective() reproduces the paper form of losses", async () => {
  const settings = { kind: "glvfm", lossForm: "paper" } as const;
  const { paper_glvfm_per_niche_sum, paper_glvfm_mean_over_niches, paper_glvfm_mean_over_points } = expected;
  const { total } = await values(settings, true);
  assertAlmostEquals(total, paper_glvfm_mean_over_niches, FLOAT32);
  const points = flat(LOSSES.mask).reduce((a, b) => a + b, 0);
  const perPoint = (total * LOSSES.mask.length) / points;
  assertAlmostEquals(perPoint, paper_glvfm_mean_over_points, FLOAT32);
  // What the paper leaves out: ln 2 per Laplace coordinate, half ln(2 pi) per Gaussian feature.
  const constants = LOSSES.gt_pos[0]![0]!.length * Math.LN2 + (LOSSES.gt_x[0]![0]!.length / 2) * Math.log(2 * Math.PI);
  assertAlmostEquals(perPoint + constants, expected.nll_unit_scale_per_point, FLOAT32);
  for (const [niche, sum] of paper_glvfm_per_niche_sum.entries()) {
    const alone = await read(() => {
      const row = (x: Tensor): Tensor => slice(x, [niche, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)]);
      const of = ({ x, pos }: Niche): Niche => ({ x: row(x), pos: row(pos) });
      return { total: lossOf(settings, of(prediction()), of(truth()), row(tensorOf(LOSSES.mask))).total };
    });
    assertAlmostEquals(alone.total[0]!, sum, FLOAT32);
  }
});

/** Gradient of the loss with respect to both parts of the prediction. */
async function gradients(settings: Settings, withMask: boolean): Promise<{ x: HostArray; pos: HostArray }> {
  const { x, pos } = await read(() => {
    const given = prediction();
    const goal = truth();
    const mask = withMask ? tensorOf(LOSSES.mask) : undefined;
    const { grads } = valueAndGrads(() => ({ value: lossOf(settings, given, goal, mask).total }), [given.x, given.pos]);
    return { x: grads[0]!, pos: grads[1]! };
  });
  return { x: hostArray(x, [2, 3, 4]), pos: hostArray(pos, [2, 3, 2]) };
}

forEachBackend("nicheObjective() has the gradients of losses", async () => {
  await assertNoLeak(async () => {
    const { x, pos } = await gradients({ kind: "glvfm", paddedLoss: true }, true);
    assertClose(x.data.slice(0, 4), vectors.losses.grad_code_glvfm_wrt_pred_x_0_0, FLOAT32);
    assertClose(pos.data.slice(0, 2), vectors.losses.grad_code_glvfm_wrt_pred_pos_0_0, FLOAT32);
  });
});

forEachBackend("nicheObjective() gives padded points no gradient unless asked to", async () => {
  const [row, width, dims] = [5, 4, 2];
  for (const lossForm of ["code", "paper"] as const) {
    const { x, pos } = await gradients({ kind: "glvfm", lossForm }, true);
    assertEquals([...x.data.slice(row * width)], [0, 0, 0, 0]);
    assertEquals([...pos.data.slice(row * dims)], [0, 0]);
  }
});
