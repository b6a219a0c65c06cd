import {
  add,
  clone,
  dataOf,
  dispose,
  DORMAND_PRINCE,
  dormandPrinceSlopes,
  type Field,
  type Integration,
  mapParts,
  mul,
  type OnStep,
  sqrt,
  square,
  type State,
  sum,
  type Tensor,
  tidy,
  timesLike,
} from "../../core/mod.ts";

/** One step of {@linkcode integrateReleased}, for those who want to see its choices. */
export interface ReleasedStep<S extends State> {
  /** Start time of the step. */
  readonly t: number;
  /** Size of the step, in path time. */
  readonly dt: number;
  /** Norm of the error estimate relative to `absolute + relative · |x|`, norms over the whole batch. */
  readonly ratio: number;
  /** Norm of the error estimate. */
  readonly error: number;
  /** State after the step; borrowed. */
  readonly x: S;
}

/** What the released solver integrates. */
export interface ReleasedProblem<S extends State> {
  /** Right-hand side. */
  readonly field: Field<S>;
  /** Start state; borrowed. */
  readonly x0: S;
  /** Sees every state. */
  readonly onStep?: OnStep<S>;
  /** Sees every step with what chose its size. */
  readonly onChoice?: (step: ReleasedStep<S>) => void | Promise<void>;
}

/** Settings of the released solver. */
export interface ReleasedControl {
  /** First step. */
  readonly firstStep: number;
  /** Limit on steps; the program stops there wherever it is, this one throws. */
  readonly maxSteps: number;
  /** Relative tolerance. */
  readonly relative: number;
  /** Absolute tolerance, in the part's unit. */
  readonly absolute: number;
}

/** What the program uses. */
export const RELEASED_CONTROL: ReleasedControl = Object.freeze({
  firstStep: 0.01,
  maxSteps: 100,
  relative: 1e-3,
  absolute: 1e-4,
});

const SAFETY = 0.9;
const SHRINK = 0.1;
const GROW = 5;
const ORDER = 5;

function norm(state: State): Tensor {
  return sqrt(Object.values(state).map((part) => sum(square(part))).reduce((a, b) => add(a, b)));
}

interface Attempt<S extends State> {
  readonly x: S;
  /** Norm of the error, and that of the state at the start; `[]` each. */
  readonly sizes: readonly [error: Tensor, start: Tensor];
}

function attempt<S extends State>(field: Field<S>, x: S, t: number, dt: number): Attempt<S> {
  const slopes = dormandPrinceSlopes(field, x, t, dt, field(x, timesLike(x, t)));
  // The seventh stage repeats the sixth, its call included, instead of standing at the new state.
  const { stages, nodes, weights, error } = DORMAND_PRINCE;
  const combine = (factors: readonly number[], of: readonly S[]): S =>
    mapParts(
      ([first], part) =>
        of.slice(1).reduce(
          (total, slope, i) => add(total, mul(slope[part]!, factors[i + 1]! * dt)),
          mul(first, factors[0]! * dt),
        ),
      of[0]!,
    );
  const sum = (base: S, move: S): S => mapParts(([a, b]) => add(a, b!), base, move);
  const sixth = sum(x, combine(stages.at(-1)!, slopes.slice(0, -1)));
  const seventh = field(sixth, timesLike(x, t + dt * nodes.at(-1)!));
  const gap = combine(error, [...slopes, seventh]);
  return { x: sum(x, combine(weights, slopes)), sizes: [norm(gap), norm(x)] };
}

/**
 * Integrate from 0 to 1 as the released program of GeneFlow does under the name of Dormand and Prince: every step is
 * accepted, the seventh stage repeats the sixth so that the error estimate is far too large, and norms are taken over the
 * whole batch, so that results depend on which images share it. For comparison with published results alone.
 *
 * @typeParam S State type.
 * @param problem Right-hand side, start state and observers.
 * @param control First step, limit and tolerances.
 * @returns Final state and counts; seven evaluations a step.
 * @throws {RangeError} If 1 is not reached within the limit; the program returns what it has.
 */
export async function integrateReleased<S extends State>(
  problem: ReleasedProblem<S>,
  control: ReleasedControl = RELEASED_CONTROL,
): Promise<Integration<S>> {
  const { field, x0, onStep, onChoice } = problem;
  let x = tidy(() => mapParts(([tensor]) => clone(tensor), x0));
  let [t, dt, steps] = [0, control.firstStep, 0];
  try {
    await onStep?.({ step: 0, t, x });
    while (t < 1) {
      if (steps >= control.maxSteps) {
        throw new RangeError(
          `Cannot integrate to 1: stopped at ${t} after ${steps} steps; raise sampling.maxSteps or the tolerances`,
        );
      }
      dt = Math.min(dt, 1 - t);
      const made = tidy(() => attempt(field, x, t, dt));
      const [error, start] = await Promise.all(made.sizes.map(async (size) => (await dataOf(size))[0]!)) as [
        number,
        number,
      ];
      dispose([...made.sizes, ...Object.values(x)]);
      x = made.x;
      const ratio = error / (control.absolute + control.relative * start);
      steps++;
      await onChoice?.({ t, dt, ratio, error, x });
      t = dt === 1 - t ? 1 : t + dt;
      await onStep?.({ step: steps, t, x });
      dt *= ratio === 0 ? 2 : Math.min(GROW, Math.max(SHRINK, SAFETY * ratio ** (-1 / ORDER)));
    }
  } catch (error) {
    dispose(Object.values(x));
    throw error;
  }
  return { x, steps, rejected: 0, evaluations: 7 * steps };
}
