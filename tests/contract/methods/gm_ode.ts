import {
  add,
  clone,
  div,
  exp,
  expandDims,
  expandLike,
  log,
  logSumExp,
  maximum,
  mul,
  type Operand,
  type Sampler,
  scalar,
  square,
  type Step,
  sub,
  sum,
  type Tensor,
  timesLike,
} from "../../../core/mod.ts";
import type { Cells } from "./tiny.ts";

/** A Gaussian mixture per row: `means` `[B, K, D]`, `logScale` `[B]` shared by all components, `logWeights` `[B, K]`. */
export type Mixture = { readonly means: Tensor; readonly logScale: Tensor; readonly logWeights: Tensor };

/** What a step remembers: its mixture of end states with the point and time it belongs to; nothing at first. */
export type MixtureMemory = readonly [] | readonly [Mixture, Tensor, Tensor];

/** Mean of the mixture, `[B, D]`. */
export function mixtureMean({ means, logWeights }: Mixture): Tensor {
  return sum(mul(means, expandDims(exp(logWeights), 2)), [1]);
}

/** Noise level; the floor keeps t = 1 finite, where backward runs start. */
function sigma(t: Operand): Operand {
  return typeof t === "number" ? Math.max(1 - t, 1e-3) : maximum(sub(1, t), 1e-3);
}

/** The same mixture seen from another point of the trajectory (Chen et al. 2025, GM-ODE). */
function rebase(mixture: Mixture, xa: Tensor, ta: Operand, xb: Tensor, tb: Operand): Mixture {
  const { means, logScale, logWeights } = mixture;
  const [a, b] = [div(ta, square(asTensor(sigma(ta)))), div(tb, square(asTensor(sigma(tb))))];
  const zeta = sub(mul(b, tb), mul(a, ta));
  const nu = expandDims(sub(mul(b, xb), mul(a, xa)), 1);
  const variance = expandLike(exp(mul(logScale, 2)), means);
  const shrink = maximum(add(mul(variance, zeta), 1), 1e-6);
  const moved = div(add(means, mul(variance, nu)), shrink);
  const logits = add(logWeights, sum(div(mul(means, sub(nu, mul(mul(means, zeta), 0.5))), shrink), [2]));
  return {
    means: moved,
    logScale: sub(logScale, mul(log(shrink.reshape([-1])), 0.5)),
    logWeights: sub(logits, expandLike(logSumExp(logits), logits)),
  };
}

function asTensor(value: Operand): Tensor {
  return typeof value === "number" ? scalar(value) : value;
}

/** GM-ODE of order 2: one network call a step, then `inner` steps on the mixture that it returned. */
export function gmOde(inner: number): Sampler<Cells, Mixture, MixtureMemory> {
  return {
    evaluations: 1,
    init: () => [],
    step(field, x, t0, t1, memory): Step<Cells, MixtureMemory> {
      const velocity = field(x, timesLike(x, t0));
      const level = sigma(t0) as number;
      const ends: Mixture = {
        means: add(mul(velocity.means, level), expandDims(x.x, 1)),
        logScale: add(velocity.logScale, Math.log(level)),
        logWeights: velocity.logWeights,
      };
      let now = x.x;
      for (let i = 0; i < inner; i++) {
        const [from, to] = [0, 1].map((j) => t0 + ((i + j) / inner) * (t1 - t0)) as [number, number];
        const here = i === 0 ? ends : rebase(ends, x.x, t0, now, from);
        let target = mixtureMean(here);
        if (memory.length > 0) {
          const [last, at, then] = memory as readonly [Mixture, Tensor, Tensor];
          const change = sub(target, mixtureMean(rebase(last, at, then, now, from)));
          target = add(target, mul(change, div((t1 - t0) / 2, sub(t0, then))));
        }
        now = add(now, mul(sub(target, now), (to - from) / (sigma(from) as number)));
      }
      return { x: { x: now }, memory: [ends, clone(x.x), scalar(t0)] };
    },
  };
}
