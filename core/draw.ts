import { encodeCond } from "./backbone/encode_cond.ts";
import { integrate, integrateAdaptive, type Integration, type OnStep, type StepControl } from "./integrate.ts";
import type { Method } from "./method.ts";
import type { Predict } from "./objective/mod.ts";
import type { Rng } from "./rng/mod.ts";
import type { Cond, Mask, State } from "./state.ts";
import { collect, dispose, type Tensor, tidy } from "./tensor/mod.ts";
import type { Params, Tree } from "./tree.ts";

/** One draw: what to condition on and how to integrate. */
export interface DrawOptions<S extends State, C extends Cond> {
  /** Parameters of the backbone. */
  readonly params: Params;
  /** Conditioning as a batch gives it; borrowed. */
  readonly cond: C;
  /** Shapes of the state to draw; values are not read. */
  readonly like: S;
  /** Start data, for priors that need it. */
  readonly source?: S;
  /** Real cells or pixels. */
  readonly mask?: Mask<S>;
  /** Path times in order, see `timeGrid`; or how to choose steps, for samplers that estimate their error. */
  readonly times: readonly number[] | StepControl;
  /** Stream of the draw. */
  readonly rng: Rng;
  /** Sees every state on the way. */
  readonly onStep?: OnStep<S>;
}

/**
 * Draw from a method: encode the conditioning once, build the field, start from the prior, integrate.
 *
 * Encodings, and all else that the field's builder makes, are freed when the draw ends, also with an error.
 *
 * @typeParam S State type.
 * @typeParam C Conditioning type.
 * @param method The five parts.
 * @param options Parameters, conditioning, shapes, times and stream.
 * @returns Final state, owned by the caller, and counts.
 * @throws {TypeError} If steps are to be chosen and the sampler estimates no error.
 * @throws {RangeError} If there are fewer than two times, or the chosen steps do not reach the end.
 */
export async function draw<S extends State, C extends Cond, P, F, M extends Tree<Tensor>>(
  method: Method<S, C, P, F, M>,
  options: DrawOptions<S, C>,
): Promise<Integration<S>> {
  const { backbone, prior, sampler } = method;
  const { params, cond, times, rng, mask, onStep } = options;
  const context = { train: false, rng: rng.fold("backbone"), ...(mask === undefined ? {} : { mask }) };
  const encode = (given: C): C => tidy(() => encodeCond(backbone, params, given, context));
  const { value: start, tensors } = collect(() => {
    const encoded = encode(cond);
    const predict: Predict<S, C, P> = (xt, t, given = encoded) => backbone.apply(params, xt, t, given, context);
    return {
      field: method.field(predict, { cond, encode }),
      x0: tidy(() => prior.sample(options.like, options.source, rng.fold("prior"))),
    };
  });
  try {
    const problem = { ...start, sampler, rng: rng.fold("sampler"), ...(onStep === undefined ? {} : { onStep }) };
    return "from" in times ? await integrateAdaptive(problem, times) : await integrate(problem, times);
  } finally {
    dispose(tensors);
  }
}
