import { type Field, fill, integrate, mapParts, rng, timeGrid } from "../../../core/mod.ts";
import { dataOf, dispose, tensor, tidy } from "../../../core/tensor/mod.ts";
import { diffusionPath, levelsOf } from "../../../plugins/geneflow/diffusion/path.ts";
import { ancestralSampler, implicitSampler } from "../../../plugins/geneflow/diffusion/samplers.ts";
import { levelAt, noiseSchedule, posteriorAt } from "../../../plugins/geneflow/diffusion/schedule.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { givenNormal, TOLERANCE, upload, vectors } from "./setup.ts";

const { diffusion } = vectors;
const LEVELS = 300;

Deno.test("noise schedules and posteriors are those of the vectors", () => {
  for (const kind of ["cosine", "linear"] as const) {
    const schedule = noiseSchedule(kind, LEVELS);
    for (const [level, expected] of Object.entries<Record<string, number>>(diffusion[`${kind}_T300`])) {
      const i = Number(level);
      const posterior = posteriorAt(schedule, i);
      assertClose(
        [
          schedule.beta[i]!,
          schedule.kept[i]!,
          posterior.variance,
          posterior.logVariance,
          posterior.target,
          posterior.state,
        ],
        ["beta", "alpha_bar", "posterior_variance", "log_variance_clipped", "coef_x0", "coef_xt"].map((name) =>
          expected[name]!
        ),
        1e-9,
        1e-8,
      );
    }
  }
});

/** Path time of a level. */
function timeOf(level: number): number {
  return 1 - (level + 1) / LEVELS;
}

forEachBackend("levels and path times go back and forth", async () => {
  const levels = Array.from({ length: LEVELS }, (_, i) => i);
  const times = tensor(levels.map(timeOf));
  const back = tidy(() => levelsOf(times, LEVELS));
  assertEquals([...await dataOf(back)], levels);
  assertEquals(levels.map((level) => levelAt(timeOf(level), LEVELS)), levels);
  assertEquals(timeGrid(LEVELS + 1).slice(0, -1).map((t) => levelAt(t, LEVELS)), levels.toReversed());
  dispose([times, back]);
});

forEachBackend("path, one ancestral and one implicit step are those of the vectors", () =>
  assertNoLeak(async () => {
    const { t: level, x0, noise, x_t, pred_noise, pred_x0_clipped, posterior_mean, posterior_std } =
      diffusion.step_example;
    const schedule = noiseSchedule("cosine", LEVELS);
    const predicted: Field = (x) => mapParts(() => upload([pred_noise]), x);
    const [t0, t1] = [timeOf(level), timeOf(level - 1)];
    const made = await read(() => {
      const t = fill([1], t0);
      const path = diffusionPath(schedule);
      const { xt } = path.at({ img: upload([noise]) }, { img: upload([x0]) }, t, rng(0));
      const state = { img: upload([x_t]) };
      const step = (z: number) => {
        const given = givenNormal(() => fill([1, x0.length], z));
        return ancestralSampler(schedule).step(predicted, state, t0, t1, [], given).x["img"]!;
      };
      return {
        xt: xt["img"]!,
        end: path.toTarget("noise", predicted(state, t), state, t)["img"]!,
        mean: step(0),
        above: step(1),
        implicit: implicitSampler(schedule).step(predicted, state, t0, t1, [], rng(0)).x["img"]!,
      };
    });
    assertClose(made.xt, x_t, TOLERANCE);
    assertClose(made.end, pred_x0_clipped, TOLERANCE);
    assertClose(made.mean, posterior_mean, TOLERANCE);
    assertClose(made.above.map((value, i) => value - made.mean[i]!), made.mean.map(() => posterior_std), TOLERANCE);
    assertClose(made.implicit, diffusion.step_example.ddim_eta0_prev_t_minus_1, TOLERANCE);
  }));

forEachBackend(
  "both samplers end at the data if the noise is predicted right, whatever the number of implicit steps",
  () =>
    assertNoLeak(async () => {
      const schedule = noiseSchedule("cosine", 20);
      const [goal, start] = [[0.2, 0.9, 0.5], [1, -0.3, 0.7]];
      const path = diffusionPath(schedule);
      const right: Field = (x, t) => {
        const level = Math.max(0, Math.round((1 - t.dataSync()[0]!) * 20) - 1);
        const kept = schedule.kept[level]!;
        return mapParts(([now]) =>
          tensor(
            Array.from(now.dataSync(), (value, i) => (value - Math.sqrt(kept) * goal[i]!) / Math.sqrt(1 - kept)),
            [1, 3],
          ), x);
      };
      for (
        const [sampler, steps] of [[ancestralSampler(schedule), 20], [implicitSampler(schedule), 20], [
          implicitSampler(schedule),
          7,
        ]] as const
      ) {
        const x0 = { img: upload([start]) };
        const { x } = await integrate({ sampler, field: right, x0, rng: rng(1) }, timeGrid(steps + 1));
        assertClose(await dataOf(x["img"]!), goal, 2e-2);
        dispose([x0.img, x["img"]!]);
      }
      assertThrows(
        () => tidy(() => path.toVelocity("noise", {}, {}, fill([1], 0))),
        TypeError,
        "velocity of a diffusion",
      );
    }),
);
