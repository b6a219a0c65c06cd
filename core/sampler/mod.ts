import type { Rng } from "../rng/mod.ts";
import type { State } from "../state.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Tree } from "../tree.ts";

/** A right-hand side for a sampler; `F` is the state's velocity unless the sampler asks for more. */
export type Field<S extends State = State, F = S> = (x: S, t: Tensor) => F;

/** Result of one sampler step. */
export interface Step<S extends State, M> {
  /** State at `t1`. */
  readonly x: S;
  /** Memory for the next step. */
  readonly memory: M;
  /**
   * Local error relative to the tolerance, shape `[B]`, for adaptive control; the loop uses the largest, so adaptive
   * results depend on which rows share a batch.
   */
  readonly error?: Tensor;
}

/** One step of a numerical method; the loop, saving and disposal live in `integrate()`. */
export interface Sampler<S extends State = State, F = S, M extends Tree<Tensor> = readonly Tensor[]> {
  /** Field evaluations per step; a method that remembers slopes may need more of them in its first step. */
  readonly evaluations: number;
  /** Order of the local error estimate plus one, for step control; absent if steps carry no error. */
  readonly order?: number;
  /**
   * Create the memory of a multistep method.
   *
   * @param x Start state.
   * @returns Initial memory; single-step methods return an empty list.
   */
  init(x: S): M;
  /**
   * Advance from `t0` to `t1`.
   *
   * @param field Right-hand side.
   * @param x State at `t0`.
   * @param t0 Start time in [0, 1].
   * @param t1 End time in [0, 1]; may be smaller than `t0` to run backwards.
   * @param memory Memory from the last step.
   * @param rng Stream for stochastic methods.
   * @returns State and memory at `t1`.
   */
  step(field: Field<S, F>, x: S, t0: number, t1: number, memory: M, rng: Rng): Step<S, M>;
}
