import {
  add,
  eulerSampler,
  type Field,
  integrate,
  linearPath,
  mul,
  rng,
  type State,
  tensor,
  timeGrid,
  toHost,
} from "../../../core/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { FLOAT32, vectors } from "./tiny.ts";

const PATH = linearPath();

interface Solution {
  readonly states: readonly (readonly number[])[];
  readonly times: readonly number[];
  readonly evaluations: number;
}

async function solve(field: Field, start: readonly number[], points: number): Promise<Solution> {
  const x0: State = { x: tensor(start, [1, start.length]) };
  const states: number[][] = [];
  const times: number[] = [];
  const { x, evaluations } = await integrate({
    sampler: eulerSampler(),
    field,
    x0,
    rng: rng(0),
    onStep: async ({ t, x }) => {
      times.push(t);
      states.push([...(await toHost(x["x"]!)).data]);
    },
  }, timeGrid(points));
  disposeTree([x0, x]);
  return { states, times, evaluations };
}

/** The field that samplers see when the network predicts the end state. */
function towards(mean: Field): Field {
  return (x, t) => PATH.toVelocity("target", mean(x, t), x, t);
}

forEachBackend("integrate() with eulerSampler() reproduces euler_vfm_constant_mean", async () => {
  await assertNoLeak(async () => {
    const { z, mean, num_points, n_network_calls, last_eval_time, ...want } = vectors.euler_vfm_constant_mean;
    const seen: number[] = [];
    const field = towards(() => ({ x: tensor(mean, [1, 3]) }));
    const { states, times, evaluations } = await solve(
      (x, t) => {
        seen.push(t.size);
        return field(x, t);
      },
      z,
      num_points,
    );
    assertEquals([evaluations, seen.length, states.length], [n_network_calls, n_network_calls, num_points]);
    assertAlmostEquals(times.at(-2)!, last_eval_time, FLOAT32);
    assertClose(states[1]!, want.state_after_1, FLOAT32);
    assertClose(states[10]!, want.state_after_10, FLOAT32);
    assertClose(states.at(-1)!, want.state_final, FLOAT32);
    for (const [k, state] of states.entries()) {
      assertClose(state, z.map((value, j) => (1 - times[k]!) * value + times[k]! * mean[j]!), FLOAT32);
    }
  });
});

forEachBackend("integrate() with eulerSampler() reproduces euler_vfm_affine_mean", async () => {
  const { z, num_points, final } = vectors.euler_vfm_affine_mean;
  const field = towards((x, t) => {
    // t stays a tensor: the mean is 0.5 x + [t, 1 - t, t^2].
    const time = add(
      add(mul(t, tensor([1, -1, 0], [1, 3])), tensor([0, 1, 0], [1, 3])),
      mul(mul(t, t), tensor([0, 0, 1], [1, 3])),
    );
    return { x: add(mul(x["x"]!, 0.5), time) };
  });
  const { states } = await solve(field, z, num_points);
  assertClose(states.at(-1)!, final, FLOAT32);
});

forEachBackend("integrate() with eulerSampler() reproduces euler_linear_decay", async () => {
  const { x0, num_points, final, exact } = vectors.euler_linear_decay;
  const decay: Field = (x) => ({ x: mul(x["x"]!, -1) });
  const coarse = (await solve(decay, [x0], num_points)).states.at(-1)![0]!;
  assertAlmostEquals(coarse, final, FLOAT32);
  const finer = (await solve(decay, [x0], 2 * num_points - 1)).states.at(-1)![0]!;
  // Order 1: half the step, half the error.
  const ratio = (exact - coarse) / (exact - finer);
  assertAlmostEquals(ratio, 2, 0.05);
});
