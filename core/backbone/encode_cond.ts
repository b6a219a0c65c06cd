import type { Cond, State } from "../state.ts";
import type { Params } from "../tree.ts";
import type { ApplyContext, Backbone } from "./mod.ts";

/**
 * Bring conditioning into the form that `Backbone.apply` takes.
 *
 * @typeParam S State type.
 * @typeParam C Conditioning type.
 * @typeParam P Prediction type.
 * @param backbone The network.
 * @param params Parameters.
 * @param cond Conditioning as the batch gives it.
 * @param ctx Flags and streams.
 * @returns What `encode` makes of it; `cond` itself if the network has no `encode`.
 */
export function encodeCond<S extends State, C extends Cond, P>(
  backbone: Backbone<S, C, P>,
  params: Params,
  cond: C,
  ctx: ApplyContext<S>,
): C {
  return backbone.encode === undefined ? cond : backbone.encode(params, cond, ctx);
}
