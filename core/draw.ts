import { integrate, type Integration, type OnStep } from "./integrate.ts";
import type { Method } from "./method.ts";
import type { Predict } from "./objective/mod.ts";
import type { Rng } from "./rng/mod.ts";
import type { Cond, Mask, State } from "./state.ts";
import { dispose, type Tensor, tidy } from "./tensor/mod.ts";
import { leaves, type Params, type Tree } from "./tree.ts";

/** One draw: what to condition on and how to integrate. */
export interface DrawOptions<S extends State, C extends Cond> {
  /** Parameters of the backbone. */
  readonly params: Params;
  /** Conditioning; borrowed. */
  readonly cond: C;
  /** Shapes of the state to draw; values are not read. */
  readonly like: S;
  /** Start data, for priors that need it. */
  readonly source?: S;
  /** Real cells or pixels. */
  readonly mask?: Mask<S>;
  /** Path times in order, see `timeGrid`. */
  readonly times: readonly number[];
  /** Stream of the draw. */
  readonly rng: Rng;
  /** Sees every state on the way. */
  readonly onStep?: OnStep<S>;
}

/**
 * Draw from a method: encode the conditioning once, start from the prior, integrate the field.
 *
 * @typeParam S State type.
 * @typeParam C Conditioning type.
 * @param method The five parts.
 * @param options Parameters, conditioning, shapes, times and stream.
 * @returns Final state, owned by the caller, and counts.
 */
export async function draw<S extends State, C extends Cond, P, F, M extends Tree<Tensor>>(
  method: Method<S, C, P, F, M>,
  options: DrawOptions<S, C>,
): Promise<Integration<S>> {
  const { params, rng } = options;
  const context = {
    train: false,
    rng: rng.fold("backbone"),
    ...(options.mask === undefined ? {} : { mask: options.mask }),
  };
  const encode = (cond: C): C =>
    method.backbone.encode === undefined ? cond : tidy(() => method.backbone.encode!(params, cond, context));
  const cond = encode(options.cond);
  const predict: Predict<S, C, P> = (xt, t, override = cond) => method.backbone.apply(params, xt, t, override, context);
  let x0: S | undefined;
  try {
    x0 = tidy(() => method.prior.sample(options.like, options.source, rng.fold("prior")));
    return await integrate({
      sampler: method.sampler,
      field: method.field(predict),
      x0,
      rng: rng.fold("sampler"),
      ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    }, options.times);
  } finally {
    const borrowed = new Set<Tensor>(Object.values(options.cond));
    if (x0 !== undefined) dispose(leaves<Tensor>(x0));
    dispose(Object.values<Tensor>(cond).filter((tensor) => !borrowed.has(tensor)));
  }
}
