import { type Field, integrateAdaptive, type State } from "../../../core/mod.ts";
import { rng } from "../../../core/rng/stream.ts";
import { dormandPrinceSampler } from "../../../core/sampler/dormand_prince.ts";
import { add, concat, dataOf, dispose, expandDims, mul, sin, slice, tensor } from "../../../core/tensor/mod.ts";
import { assert, assertEquals } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

/** SciPy's own Dormand-Prince at equal tolerances and first step, and a far more accurate reference. */
const PROGRAM = `
import json, sys
import numpy as np
from scipy.integrate import solve_ivp
tolerance, start, end = float(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
def f(t, y):
    a, b = y
    return [15 * (1.1 - 0.4 * b + 0.3 * np.sin(10 * t)) * a, 15 * (0.1 * a - 0.4) * b]
y0 = [3.0, 2.0]
ours = solve_ivp(f, (start, end), y0, method="RK45", rtol=tolerance, atol=tolerance, first_step=0.01)
best = solve_ivp(f, (start, end), y0, method="DOP853", rtol=1e-12, atol=1e-12)
print(json.dumps({
    "end": best.y[:, -1].tolist(),
    "rk45": ours.y[:, -1].tolist(),
    "steps": len(ours.t) - 1,
    "attempts": (ours.nfev - 1) // 6,
}))
`;

interface Reference {
  readonly end: readonly number[];
  readonly rk45: readonly number[];
  readonly steps: number;
  readonly attempts: number;
}

/** Lotka-Volterra with a driven birth rate: non-linear and explicit in time; a and b are columns of one part. */
const predatorPrey: Field = ({ y }, t) => {
  const rows = y!.shape[0]!;
  const [a, b] = [slice(y!, [0, 0], [rows, 1]), slice(y!, [0, 1], [rows, 1])];
  const drive = sin(mul(expandDims(t, 1), 10));
  const birth = add(add(mul(b, -0.4), 1.1), mul(drive, 0.3));
  return { y: concat([mul(mul(birth, a), 15), mul(mul(add(mul(a, 0.1), -0.4), b), 15)], 1) };
};

const ignore = !hasPython("scipy.integrate");

if (!ignore) {
  for (const [tolerance, from, to] of [[1e-3, 0, 1], [1e-5, 0, 1], [1e-5, 1, 0]] as const) {
    forEachBackend(
      `dormandPrinceSampler() keeps tolerance ${tolerance} from ${from} to ${to} with SciPy's number of steps`,
      async () => {
        const reference = runPython(PROGRAM, [tolerance, from, to].map(String)) as Reference;
        await assertNoLeak(async () => {
          const x0: State = { y: tensor([3, 2], [1, 2]) };
          const sampler = dormandPrinceSampler({ absolute: tolerance, relative: tolerance });
          const { x, steps, rejected, evaluations } = await integrateAdaptive(
            { sampler, field: predatorPrey, x0, rng: rng(0) },
            { from, to, firstStep: 0.01, maxSteps: 1000 },
          );
          const end = await dataOf(x["y"]!);
          dispose([...Object.values(x), ...Object.values(x0)]);
          // Local errors of at most the tolerance add up over the steps; SciPy's own error gives the scale.
          for (const [i, truth] of reference.end.entries()) {
            const allowed = 3 * Math.abs(reference.rk45[i]! - truth) + 20 * tolerance * (1 + Math.abs(truth));
            assert(Math.abs(end[i]! - truth) <= allowed, `${end[i]} is off ${truth} by more than ${allowed}`);
          }
          const counts = `${steps} steps and ${rejected} rejected, SciPy ${reference.steps} of ${reference.attempts}`;
          assert(Math.abs(steps - reference.steps) <= 2, counts);
          assert(Math.abs(steps + rejected - reference.attempts) <= 4, counts);
          // The last slope of a step is the first of the next; SciPy's count of calls is the same.
          assertEquals(evaluations, 1 + 6 * (steps + rejected));
        });
      },
    );
  }
}

forEachBackend("dormandPrinceSampler() lets the worst row of a batch decide", async () => {
  await assertNoLeak(async () => {
    const counts: number[] = [];
    for (const rates of [[1], [40], [1, 40]]) {
      const rate = tensor(rates, [rates.length, 1]);
      const x0: State = { y: tensor(rates.map(() => 1), [rates.length, 1]) };
      const { x, steps } = await integrateAdaptive(
        { sampler: dormandPrinceSampler(), field: ({ y }) => ({ y: mul(mul(y!, rate), -1) }), x0, rng: rng(0) },
        { from: 0, to: 1, firstStep: 0.05, maxSteps: 1000 },
      );
      counts.push(steps);
      const end = await dataOf(x["y"]!);
      rates.forEach((value, i) => assert(Math.abs(end[i]! - Math.exp(-value)) < 1e-4, `${end[i]}`));
      dispose([rate, ...Object.values(x), ...Object.values(x0)]);
    }
    assert(counts[1]! > 2 * counts[0]! && counts[2] === counts[1], `steps ${counts}`);
  });
});
