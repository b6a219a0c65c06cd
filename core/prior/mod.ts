import type { Rng } from "../rng/mod.ts";
import type { State } from "../state.ts";

/** Distribution of the start state x0. The same object serves training and sampling. */
export interface Prior<S extends State = State> {
  /**
   * Draw x0.
   *
   * @param like Shapes to draw, usually `batch.target`; values are not read.
   * @param source Data start state; required by data-to-data priors.
   * @param rng Stream for this draw.
   * @returns A new state with the parts and shapes of `like`.
   * @throws {TypeError} If the prior needs `source` and it is absent, or shapes differ.
   */
  sample(like: S, source: S | undefined, rng: Rng): S;
}
