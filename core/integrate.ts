import { mapParts } from "./parts.ts";
import type { Rng } from "./rng/mod.ts";
import type { Field, Sampler, Step } from "./sampler/mod.ts";
import type { State } from "./state.ts";
import { clone, dataOf, dispose, type Tensor, tidy } from "./tensor/mod.ts";
import { leaves, type Tree } from "./tree.ts";

/** How far an integration is. */
export interface IntegrationProgress<S extends State> {
  /** Steps taken so far. */
  readonly step: number;
  /** Path time reached, in [0, 1]. */
  readonly t: number;
  /** State at `t`; borrowed, it is freed after the callback. */
  readonly x: S;
}

/** Called at the start and after every accepted step; the loop waits for it. */
export type OnStep<S extends State> = (progress: IntegrationProgress<S>) => void | Promise<void>;

/** Outcome of an integration. */
export interface Integration<S extends State> {
  /** Final state, owned by the caller. */
  readonly x: S;
  /** Accepted steps. */
  readonly steps: number;
  /** Rejected steps of adaptive control. */
  readonly rejected: number;
  /** Field evaluations. */
  readonly evaluations: number;
}

/** What is integrated, how, and from where. */
export interface IntegrationProblem<S extends State, F, M extends Tree<Tensor>> {
  /** Numerical method. */
  readonly sampler: Sampler<S, F, M>;
  /** Right-hand side. */
  readonly field: Field<S, F>;
  /** Start state; borrowed, never freed. */
  readonly x0: S;
  /** Stream for stochastic methods. */
  readonly rng: Rng;
  /** Sees every state; whoever wants to keep one copies it. */
  readonly onStep?: OnStep<S>;
}

/**
 * Equally spaced path times, ends included: `points` times are `points - 1` steps.
 *
 * @example Usage
 * ```ts
 * import { timeGrid } from "@morphogen/morphogen";
 *
 * if (timeGrid(3).join() !== "0,0.5,1") throw new Error("three points are two steps");
 * ```
 *
 * @param points Number of times, at least 2.
 * @param from First time; default 0.
 * @param to Last time; default 1; smaller than `from` to run backwards.
 * @returns The times.
 * @throws {RangeError} If there are fewer than two points.
 */
export function timeGrid(points: number, from = 0, to = 1): number[] {
  if (!(Number.isInteger(points) && points >= 2)) {
    throw new RangeError(`Cannot make a time grid of ${points} points: it takes a whole number of at least 2`);
  }
  return Array.from({ length: points }, (_, i) => i === points - 1 ? to : from + (i / (points - 1)) * (to - from));
}

/** Owns the current state and memory: replacing them frees the old ones, except the borrowed start state. */
interface Stepper<S extends State, M extends Tree<Tensor>> {
  current(): S;
  evaluations(): number;
  attempt(t0: number, t1: number, count: number): Step<S, M>;
  accept(next: { readonly x: S; readonly memory: M }): void;
  finish(): S;
  abandon(): void;
}

function stepper<S extends State, F, M extends Tree<Tensor>>(problem: IntegrationProblem<S, F, M>): Stepper<S, M> {
  const { sampler, field, x0, rng } = problem;
  let x = x0;
  let memory = tidy(() => sampler.init(x0));
  let borrowed = true;
  let calls = 0;
  const counted: Field<S, F> = (at, t) => {
    calls++;
    return field(at, t);
  };
  return {
    current: (): S => x,
    evaluations: (): number => calls,
    attempt: (t0: number, t1: number, count: number): Step<S, M> =>
      tidy(() => sampler.step(counted, x, t0, t1, memory, rng.fold(count))),
    accept(next: { readonly x: S; readonly memory: M }): void {
      const kept = new Set<Tensor>([...leaves<Tensor>(next.x), ...leaves<Tensor>(next.memory)]);
      const old = [...(borrowed ? [] : leaves<Tensor>(x)), ...leaves<Tensor>(memory)];
      dispose(old.filter((tensor) => !kept.has(tensor)));
      x = next.x;
      memory = next.memory;
      borrowed = false;
    },
    finish(): S {
      // No step may have been taken, and the caller owns what it gets.
      const end = borrowed ? tidy(() => mapParts(([tensor]) => clone(tensor), x)) : x;
      dispose(leaves<Tensor>(memory).filter((tensor) => !leaves<Tensor>(end).includes(tensor)));
      return end;
    },
    abandon(): void {
      dispose([...(borrowed ? [] : leaves<Tensor>(x)), ...leaves<Tensor>(memory)]);
    },
  };
}

/**
 * Integrate over a fixed grid of path times.
 *
 * @typeParam S State type.
 * @typeParam F What the field returns.
 * @typeParam M Memory of the sampler.
 * @param problem Method, right-hand side, start state, stream and observer.
 * @param times At least two times in the order of integration, see {@linkcode timeGrid}.
 * @returns Final state and counts.
 * @throws {RangeError} If there are fewer than two times.
 */
export async function integrate<S extends State, F, M extends Tree<Tensor>>(
  problem: IntegrationProblem<S, F, M>,
  times: readonly number[],
): Promise<Integration<S>> {
  if (times.length < 2) throw new RangeError(`Cannot integrate over ${times.length} times: it takes at least 2`);
  const run = stepper(problem);
  try {
    await problem.onStep?.({ step: 0, t: times[0]!, x: run.current() });
    for (let step = 1; step < times.length; step++) {
      const { x, memory, error } = run.attempt(times[step - 1]!, times[step]!, step - 1);
      if (error !== undefined) dispose([error]);
      run.accept({ x, memory });
      await problem.onStep?.({ step, t: times[step]!, x });
    }
  } catch (error) {
    run.abandon();
    throw error;
  }
  return { x: run.finish(), steps: times.length - 1, rejected: 0, evaluations: run.evaluations() };
}

/** Step control of {@linkcode integrateAdaptive}. */
export interface StepControl {
  /** First time. */
  readonly from: number;
  /** Last time; may be smaller than `from`. */
  readonly to: number;
  /** First step, absolute value in path time. */
  readonly firstStep: number;
  /** Give up after this many steps, accepted or not. */
  readonly maxSteps: number;
  /**
   * Largest factor from one step to the next.
   *
   * @default {10}
   */
  readonly growth?: number;
}

const SAFETY = 0.9;
const SHRINK = 0.2;

/**
 * Integrate with steps chosen by the sampler's error estimate (elementary controller, Hairer, Nørsett and Wanner II.4).
 *
 * The largest error of the batch decides, so results depend, within tolerance, on which rows share a batch.
 *
 * @typeParam S State type.
 * @typeParam F What the field returns.
 * @typeParam M Memory of the sampler.
 * @param problem Method with error estimate, right-hand side, start state, stream and observer.
 * @param control Range, first step and the limit on steps.
 * @returns Final state and counts.
 * @throws {TypeError} If the sampler estimates no error.
 * @throws {RangeError} If the end is not reached within `maxSteps`, or the step vanishes.
 */
export async function integrateAdaptive<S extends State, F, M extends Tree<Tensor>>(
  problem: IntegrationProblem<S, F, M>,
  control: StepControl,
): Promise<Integration<S>> {
  const { order } = problem.sampler;
  const { growth = 10 } = control;
  if (order === undefined) throw new TypeError("Cannot adapt steps: the sampler estimates no error, use a fixed grid");
  const direction = Math.sign(control.to - control.from);
  const run = stepper(problem);
  let t = control.from;
  let h = Math.min(control.firstStep, Math.abs(control.to - control.from));
  let steps = 0;
  let rejected = 0;
  try {
    await problem.onStep?.({ step: 0, t, x: run.current() });
    while (direction * (control.to - t) > 0) {
      if (steps + rejected >= control.maxSteps || h < 1e-9) {
        throw new RangeError(
          `Cannot integrate to ${control.to}: stopped at ${t} after ${steps} steps of size down to ${h}; raise maxSteps or the tolerances`,
        );
      }
      const last = h >= Math.abs(control.to - t) * (1 - 1e-9);
      const next = last ? control.to : t + direction * h;
      h = Math.abs(next - t);
      const { x, memory, error } = run.attempt(t, next, steps + rejected);
      const worst = (await dataOf(error!)).reduce((a, b) => Math.max(a, b), 0);
      dispose([error!]);
      const scale = Number.isFinite(worst) ? SAFETY * Math.max(worst, 1e-10) ** (-1 / order) : SHRINK;
      if (worst <= 1) {
        run.accept({ x, memory });
        t = next;
        steps++;
        await problem.onStep?.({ step: steps, t, x });
      } else {
        dispose([...leaves<Tensor>(x), ...leaves<Tensor>(memory)]);
        rejected++;
      }
      h *= Math.min(worst <= 1 ? growth : 1, Math.max(SHRINK, scale));
    }
  } catch (error) {
    run.abandon();
    throw error;
  }
  return { x: run.finish(), steps, rejected, evaluations: run.evaluations() };
}
