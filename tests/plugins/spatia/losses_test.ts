import { chooseBackend } from "../../../core/backend/mod.ts";
import {
  add,
  elementMean,
  hostArray,
  linearPath,
  mapTree,
  mean,
  mul,
  rng,
  slicedWasserstein,
  squared,
  sub,
  type Tensor,
  tensor,
  tidy,
  transpose,
} from "../../../core/mod.ts";
import { dataOf, dispose, valueAndGrads } from "../../../core/tensor/mod.ts";
import { slicedDistance } from "../../../plugins/spatia/alignment.ts";
import type { ChangeCond, Endpoint } from "../../../plugins/spatia/change.ts";
import { SPATIA_DEFAULTS } from "../../../plugins/spatia/config.ts";
import { contrastHinge, deltaTerm, rowErrors } from "../../../plugins/spatia/contrast.ts";
import { latentFeatures } from "../../../plugins/spatia/features/network.ts";
import { changeObjective } from "../../../plugins/spatia/method.ts";
import { confidenceWeights } from "../../../plugins/spatia/pairing/weights.ts";
import { startPrior } from "../../../plugins/spatia/start.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { array, assertClose, flat } from "../../vectors/arrays.ts";
import { SINGLE, vectors } from "./setup.ts";

forEachBackend(
  "path, weighted flow loss, contrast and their sum agree with the vectors",
  () =>
    assertNoLeak(async () => {
      const { bridge, weighted_fm_loss, contrastive_hinge, delta_fm_loss, total_loss } = vectors;
      const fm = weighted_fm_loss!;
      const hinge = contrastive_hinge!;
      const weights = confidenceWeights(fm.in.confidence, { gamma: fm.in.gamma });
      const made = await read(() => {
        const { x0, x1, t, v } = bridge!.in;
        const path = linearPath<Endpoint>();
        const at = path.at({ x: tensorOf([x0]) }, { x: tensorOf([x1]) }, tensor([t]), rng(0));
        const [prediction, truth] = [tensorOf(fm.in.v), tensorOf(fm.in.u)];
        const errors = squared(sub(prediction, truth));
        const [right, wrong, u] = [hinge.in.v_pos, hinge.in.v_neg, hinge.in.u].map(tensorOf) as [
          Tensor,
          Tensor,
          Tensor,
        ];
        const hinges = (reduction: "mean" | "sum", margin: number): Tensor =>
          contrastHinge(rowErrors(right, u, reduction), rowErrors(wrong, u, reduction), margin);
        const { lambda, perm } = delta_fm_loss!.in;
        const swapped = tensorOf(perm.map((row: number) => delta_fm_loss!.in.u[row]));
        const delta = sub(
          rowErrors(tensorOf(delta_fm_loss!.in.v), tensorOf(delta_fm_loss!.in.u), "mean"),
          mul(rowErrors(tensorOf(delta_fm_loss!.in.v), swapped, "mean"), lambda),
        );
        const parts = total_loss!.in;
        return {
          xt: at.xt.x,
          u: at.dxt.x,
          end: path.toTarget("velocity", { x: tensorOf([v]) }, at.xt, at.t).x,
          perSample: rowErrors(prediction, truth, "mean"),
          weighted: elementMean(errors, undefined, tensor(Float32Array.from(weights))).value,
          plain: elementMean(errors).value,
          sumRight: rowErrors(right, u, "sum"),
          sumWrong: rowErrors(wrong, u, "sum"),
          sums: hinges("sum", 0.1),
          means: hinges("mean", 0),
          margins: hinges("mean", 0.05),
          sumLoss: mean(hinges("sum", 0.1)),
          meanLoss: mean(hinges("mean", 0)),
          marginLoss: mean(hinges("mean", 0.05)),
          delta,
          deltaLoss: mean(delta),
          total: add(
            tensor([parts.fm]),
            add(mul(tensor([parts.cond]), parts.rho), tensor([parts.morph * parts.lambda_morph])),
          ),
        };
      });
      assertClose(made.xt, bridge!.out.x_t, SINGLE);
      assertClose(made.u, bridge!.out.u, SINGLE);
      assertClose(made.end, bridge!.out.x1_hat, SINGLE);
      assertClose(made.perSample, fm.out.per_sample, SINGLE);
      assertClose(weights, fm.out.weights, SINGLE);
      assertClose(made.weighted, [fm.out.loss], SINGLE);
      assertClose(made.plain, [fm.out.unweighted], SINGLE);
      assertClose(made.sumRight, hinge.out.sum_pos, SINGLE);
      assertClose(made.sumWrong, hinge.out.sum_neg, SINGLE);
      assertClose(made.sums, hinge.out["hinge_sum_margin_0.1"], SINGLE);
      assertClose(made.sumLoss, [hinge.out["loss_sum_margin_0.1"]], SINGLE);
      assertClose(made.means, hinge.out.hinge_mean_margin_0, SINGLE);
      assertClose(made.meanLoss, [hinge.out.loss_mean_margin_0], SINGLE);
      assertClose(made.margins, hinge.out["hinge_mean_margin_0.05"], SINGLE);
      assertClose(made.marginLoss, [hinge.out["loss_mean_margin_0.05"]], SINGLE);
      assertClose(made.delta, delta_fm_loss!.out.per_sample, SINGLE);
      assertClose(made.deltaLoss, [delta_fm_loss!.out.loss], SINGLE);
      assertClose(made.total, [total_loss!.out], SINGLE);
    }),
);

forEachBackend("gradients of the flow loss and of the contrast agree with the vectors", () =>
  assertNoLeak(async () => {
    const fm = vectors.weighted_fm_loss!;
    const hinge = vectors.contrastive_hinge!;
    const { margin } = vectors.contrastive_gradient!.in;
    const weights = confidenceWeights(fm.in.confidence, { gamma: fm.in.gamma });
    const inputs = [fm.in.v, hinge.in.v_pos, hinge.in.v_neg].map(tensorOf) as [Tensor, Tensor, Tensor];
    const [v, right, wrong] = inputs;
    const constants = [tensorOf(fm.in.u), tensor(Float32Array.from(weights)), tensorOf(hinge.in.u)] as const;
    const [truth, weight, u] = constants;
    const flow = valueAndGrads(
      () => ({ value: elementMean(squared(sub(v, truth)), undefined, weight).value }),
      [v],
    );
    const pair = valueAndGrads(() => ({
      value: mean(contrastHinge(rowErrors(right, u, "mean"), rowErrors(wrong, u, "mean"), margin)),
    }), [right, wrong]);
    assertClose(await dataOf(flow.grads[0]!), flat(vectors.weighted_fm_gradient!.out), SINGLE);
    const out = vectors.contrastive_gradient!.out;
    assertClose(await dataOf(pair.grads[0]!), flat(out.d_v_pos), SINGLE);
    assertClose(await dataOf(pair.grads[1]!), flat(out.d_v_neg), SINGLE);
    dispose([...inputs, ...constants, flow.value, pair.value, ...flow.grads, ...pair.grads]);
  }));

forEachBackend(
  "the sliced distance agrees with the vectors, has a gradient, and compares within groups",
  () =>
    assertNoLeak(async () => {
      const { in: given, out } = vectors.sliced_wasserstein!;
      const inputs = [tensorOf(given.features_a), tensorOf(given.features_b), tensorOf(given.theta)] as const;
      const [a, b, theta] = inputs;
      const whole = valueAndGrads(() => ({ value: slicedDistance(a, b, transpose(theta)) }), [a]);
      assertClose(await dataOf(whole.value), [out.swd1], SINGLE);
      const moved = given.features_a.map((row: number[]) => [...row]);
      const gradient = await dataOf(whole.grads[0]!);
      const host = { b: array(given.features_b), theta: array(given.theta) };
      for (const [row, column] of [[0, 0], [2, 1], [3, 2]] as const) {
        const step = 1e-4;
        const at = (by: number): number => {
          const shifted = moved.map((values: number[], i: number) =>
            values.map((value, j) => value + (i === row && j === column ? by : 0))
          );
          return slicedWasserstein(array(shifted), host.b, host.theta, 1);
        };
        assertClose([gradient[row * 3 + column]!], [(at(step) - at(-step)) / (2 * step)], 1e-4);
      }
      assertClose([slicedWasserstein(array(given.features_a), host.b, host.theta, 2)], [out.swd2], SINGLE);
      for (const [i, row] of given.theta.entries()) {
        const one = (order: number): number =>
          slicedWasserstein(array(given.features_a), host.b, hostArray(Float64Array.from(row), [1, 3]), order) ** order;
        assertClose([one(1), one(2)], [out.per_direction_p1[i], out.per_direction_p2[i]], SINGLE);
      }
      const made = await read(() => {
        const direction = tensorOf([[1]]);
        const left = tensorOf([[0], [100], [1], [5]]);
        const right = tensorOf([[2], [107], [1], [6]]);
        const rows = tensorOf([[1, 0], [0, 1], [1, 0], [0, 1]]);
        const uneven = tensorOf([[1, 0], [1, 0], [1, 0], [0, 1]]);
        return {
          both: slicedDistance(left, right, direction, { rows, least: 2 }),
          // The last row is alone: it is left out.
          some: slicedDistance(left, right, direction, { rows: uneven, least: 2 }),
        };
      });
      assertClose(made.both, [(1 + 1 + 1 + 7) / 4], SINGLE);
      assertClose(made.some, [(1 + 1 + 7) / 4], SINGLE);
      dispose([...inputs, whole.value, ...whole.grads]);
    }),
);

/** One-hot rows. */
function choices(index: readonly number[], count: number): number[][] {
  return index.map((own) => Array.from({ length: count }, (_, i) => Number(i === own)));
}

forEachBackend(
  "equal ends have no morphology loss, dropped rows no contrast, and gamma 0 no weights",
  () =>
    assertNoLeak(async () => {
      const network = latentFeatures(3, 4, 10);
      const params = tidy(() => network.init(rng(1)));
      const x1 = tidy(() => rng(2).normal([8, 3]));
      const made = await read(() => {
        const path = linearPath<Endpoint>();
        const config = {
          ...SPATIA_DEFAULTS,
          contrast: { ...SPATIA_DEFAULTS.contrast, weight: 1 },
          alignment: { ...SPATIA_DEFAULTS.alignment, weight: 1, from: 0, leastRows: 2 },
        };
        const objective = changeObjective(config, path, { network, params });
        const point = path.at({ x: rng(3).normal([8, 3]) }, { x: x1 }, rng(4).uniform([8]), rng(5));
        const cond = (keep: number): ChangeCond => ({
          transition: tensorOf(choices([0, 0, 0, 0, 1, 1, 1, 1], 2)),
          wrong: tensorOf(choices([1, 1, 1, 1, 0, 0, 0, 0], 2)),
          keep: tensor(new Float32Array(8).fill(keep)),
        });
        const lossOf = (keep: number, velocity: Tensor) =>
          objective.loss(() => ({ x: velocity }), point, {
            cond: cond(keep),
            encode: (given) => given,
            step: 0,
            path,
            rng: rng(6),
          });
        const exact = lossOf(1, point.dxt.x);
        const off = lossOf(1, mul(point.dxt.x, 0.5));
        return {
          exact: exact.total,
          morphology: exact.parts["morphology"]!,
          kept: off.parts["contrast"]!,
          moved: off.parts["morphology"]!,
          dropped: lossOf(0, mul(point.dxt.x, 0.5)).parts["contrast"]!,
        };
      });
      // Right and wrong conditions give one velocity: what is left of the hinge is its margin.
      assertClose(made.exact, [0.05], SINGLE);
      assertClose(made.morphology, [0], SINGLE);
      assertClose(made.kept, [0.05], SINGLE);
      assert(made.moved[0]! > 0.01);
      assertEquals(made.dropped[0], 0);
      assertEquals([...confidenceWeights([0.9, 0.1], { gamma: 0 })], [1, 1]);
      dispose([x1]);
      mapTree((leaf: Tensor) => leaf.dispose(), params);
    }),
);

Deno.test("contrast with other rows' velocities is not positive", async () => {
  await chooseBackend("cpu");
  const made = await read(() => {
    const path = linearPath<Endpoint>();
    const point = path.at({ x: rng(1).normal([6, 2]) }, { x: rng(2).normal([6, 2]) }, rng(3).uniform([6]), rng(4));
    const cond = { transition: tensor(new Float32Array(6), [6, 1]), keep: tensor(new Float32Array(6)) };
    const context = { cond, encode: (given: ChangeCond) => given, step: 0, path, rng: rng(5) };
    return { value: deltaTerm().value(point.dxt, point, context, () => point.dxt) };
  });
  assert(made.value[0]! < 0);
});

Deno.test("paths start at noise, at the control, or near it, with the share of noisy rows that is asked for", async () => {
  await chooseBackend("cpu");
  const rows = 400;
  const made = await read(() => {
    const source = { x: tensor(new Float32Array(rows * 3).fill(2), [rows, 3]) };
    const draw = (kind: "noise" | "control" | "noisy-control", probability: number): Tensor =>
      startPrior({ kind, noise: 0.2, probability }).sample(source, source, rng(7)).x;
    return {
      noise: draw("noise", 0.5),
      control: draw("control", 0.5),
      some: draw("noisy-control", 0.5),
      all: draw("noisy-control", 1),
    };
  });
  assert(Math.abs(made.noise.reduce((sum, value) => sum + value / (3 * rows), 0)) < 0.1);
  assert(made.control.every((value) => value === 2));
  const noisy = Array.from({ length: rows }, (_, row) => made.some[3 * row] !== 2).filter(Boolean).length;
  assert(Math.abs(noisy / rows - 0.5) < 0.1, `${noisy} of ${rows}`);
  const spread = Math.sqrt(made.all.reduce((sum, value) => sum + (value - 2) ** 2 / (3 * rows), 0));
  assert(Math.abs(spread - 0.2) < 0.02, `${spread}`);
});
