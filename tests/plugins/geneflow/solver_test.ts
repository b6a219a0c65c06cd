import {
  DORMAND_PRINCE,
  dormandPrinceSampler,
  dormandPrinceSlopes,
  eulerSampler,
  type Field,
  fill,
  integrate,
  integrateAdaptive,
  type Integration,
  mapParts,
  mul,
  neg,
  rng,
  rungeKuttaSampler,
  type Sampler,
  sinusoidalPath,
  type State,
  type Tensor,
  timeGrid,
} from "../../../core/mod.ts";
import { dataOf, dispose } from "../../../core/tensor/mod.ts";
import { integrateReleased, RELEASED_CONTROL } from "../../../plugins/geneflow/released_solver.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { TOLERANCE, upload, vectors } from "./setup.ts";

const { dormand_prince } = vectors;
const { order5_weights, order4_weights, nodes, single_steps_dxdt_minus_x, oracle_flow, euler_dxdt_minus_x } =
  dormand_prince;

const decay: Field = (x) => mapParts(([part]) => neg(part), x);

/** What an integration of one row gave. */
type Solved = Omit<Integration<State>, "x"> & { readonly end: Float32Array };

async function solve(start: readonly number[], how: (x0: State) => Promise<Integration<State>>): Promise<Solved> {
  const x0 = { y: upload([start]) };
  const { x, ...counts } = await how(x0);
  const end = await dataOf(x["y"]!);
  dispose([...Object.values(x), ...Object.values(x0)]);
  return { ...counts, end };
}

function onGrid(sampler: Sampler, field: Field, start: readonly number[], times: readonly number[]): Promise<Solved> {
  return solve(start, (x0) => integrate({ sampler, field, x0, rng: rng(0) }, times));
}

/** The tolerances of the method in the core's own control. */
const TOLERANCES = { absolute: 1e-4, relative: 1e-3 };

function adaptive(field: Field, start: readonly number[], to: number): Promise<Solved> {
  const sampler = dormandPrinceSampler(TOLERANCES);
  const control = { from: 0, to, firstStep: 0.01, maxSteps: 100, growth: 5 };
  return solve(start, (x0) => integrateAdaptive({ sampler, field, x0, rng: rng(0) }, control));
}

Deno.test("DORMAND_PRINCE holds the coefficients of the vectors", () => {
  const fifth = [...DORMAND_PRINCE.weights, 0];
  assertClose(fifth, order5_weights, 1e-9);
  assertClose(fifth.map((weight, i) => weight - DORMAND_PRINCE.error[i]!), order4_weights, 1e-9);
  assertClose([0, ...DORMAND_PRINCE.nodes, 1], nodes, 1e-9);
});

forEachBackend("one Dormand-Prince step has the slopes and the result of the vectors", () =>
  assertNoLeak(async () => {
    for (const { h, x0, k, x5 } of single_steps_dxdt_minus_x) {
      const slopes = await read(() => {
        const x = { y: upload([[x0]]) };
        const made = dormandPrinceSlopes(decay, x, 0, h, decay(x, fill([1], 0)));
        return Object.fromEntries(made.map(({ y }, i) => [`${i}`, y!]));
      });
      assertClose(Object.values(slopes).map(([value]) => value!), k.slice(0, 6), TOLERANCE);
      assertClose((await onGrid(dormandPrinceSampler(), decay, [x0], [0, h])).end, [x5], TOLERANCE);
    }
  }));

forEachBackend("Dormand-Prince done right takes the steps of the vectors", () =>
  assertNoLeak(async () => {
    const { steps_t_dt_r_accepted, final, nfe, rejected } = dormand_prince.adaptive_reference_controller;
    const made = await adaptive(decay, [1], 1);
    assertClose(made.end, [final], TOLERANCE);
    assertEquals([made.steps, made.rejected, made.evaluations], [steps_t_dt_r_accepted.length, rejected, nfe]);
  }));

forEachBackend("the released solver takes the steps of the vectors", () =>
  assertNoLeak(async () => {
    const { adaptive_released_controller, adaptive_released_controller_vector } = dormand_prince;
    const cases = [
      { ...adaptive_released_controller, x0: [1], rates: [1] },
      adaptive_released_controller_vector,
    ];
    for (const { x0: start, rates, steps_t_dt_ratio, final, nfe } of cases) {
      const field: Field = (x) => mapParts(([part]) => mul(part, upload([rates.map((rate: number) => -rate)])), x);
      const choices: number[][] = [];
      const made = await solve(start, (x0) =>
        integrateReleased({ field, x0, onChoice: ({ t, dt, ratio }) => void choices.push([t, dt, ratio]) }));
      assertEquals(made.steps, steps_t_dt_ratio.length);
      choices.forEach(([t, dt], i) =>
        assertClose([t!, dt!], steps_t_dt_ratio[i].slice(0, 2), 2e-3)
      );
      assertClose(made.end, [final].flat(), TOLERANCE);
      if (nfe !== undefined) assertEquals(made.evaluations, nfe);
    }
  }));

forEachBackend(
  "the released solver says where it ran out of steps, and frees what it had",
  () =>
    assertNoLeak(async () => {
      const x0 = { y: upload([[1]]) };
      const control = { ...RELEASED_CONTROL, maxSteps: 2 };
      await assertRejects(() => integrateReleased({ field: decay, x0 }, control), RangeError, "after 2 steps");
      dispose([x0.y]);
    }),
);

forEachBackend("the samplers follow the exact field of the path as the vectors do", () =>
  assertNoLeak(async () => {
    const { x0, x1, t_end, euler_9, euler_90, rk4_9, dopri5_fixed_9, adaptive_reference } = oracle_flow;
    const path = sinusoidalPath();
    const oracle: Field = (x, t: Tensor) => path.toVelocity("target", { y: upload([x1]) }, x, t);
    const grid = (steps: number): number[] => timeGrid(steps + 1, 0, t_end);
    assertClose((await onGrid(eulerSampler(), oracle, x0, grid(9))).end, euler_9, TOLERANCE);
    assertClose((await onGrid(eulerSampler(), oracle, x0, grid(90))).end, euler_90, TOLERANCE);
    assertClose((await onGrid(rungeKuttaSampler(), oracle, x0, grid(9))).end, rk4_9, TOLERANCE);
    assertClose((await onGrid(dormandPrinceSampler(), oracle, x0, grid(9))).end, dopri5_fixed_9, TOLERANCE);
    const made = await adaptive(oracle, x0, t_end);
    assertClose(made.end, adaptive_reference.final, TOLERANCE);
    assertEquals([made.steps + made.rejected, made.rejected, made.evaluations], [12, 4, 73]);
    assertEquals([adaptive_reference.steps, adaptive_reference.rejected, adaptive_reference.nfe], [12, 4, 73]);
  }));

forEachBackend("Euler's method gives the values of the vectors", () =>
  assertNoLeak(async () => {
    for (const [steps, value] of Object.entries(euler_dxdt_minus_x)) {
      assertClose(
        (await onGrid(eulerSampler(), decay, [1], timeGrid(Number(steps) + 1))).end,
        [value as number],
        TOLERANCE,
      );
    }
  }));
