import type { Rng } from "../rng/mod.ts";
import type { Cond, Mask, State } from "../state.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Params } from "../tree.ts";

/** Flags and streams of one backbone call. */
export interface ApplyContext<S extends State = State> {
  /** Whether dropout and similar are on. */
  readonly train: boolean;
  /** Stream for dropout. */
  readonly rng: Rng;
  /** Real cells or pixels. */
  readonly mask?: Mask<S>;
}

/** A network as a pair of pure functions; it holds hyper-parameters, never weights. */
export interface Backbone<S extends State = State, C extends Cond = Cond, P = S> {
  /**
   * Create fresh parameters.
   *
   * @param rng Stream for the initializers.
   * @returns New parameter tensors.
   */
  init(rng: Rng): Params;
  /**
   * Evaluate the network.
   *
   * @param params Parameters (live, averaged or a teacher's).
   * @param xt State at `t`.
   * @param t Times in [0, 1], shape `[B]`.
   * @param cond Conditioning as `encode` returned it; as the batch gives it only if there is no `encode`.
   * @param ctx Flags and streams.
   * @returns The prediction; its meaning is fixed by the objective.
   * @throws {TypeError} If a part or a conditioning entry is missing (what `encode` adds, for example) or has the wrong
   *   rank.
   */
  apply(params: Params, xt: S, t: Tensor, cond: C, ctx: ApplyContext<S>): P;
  /**
   * Do the work on the conditioning that depends on neither `xt` nor `t` (a source niche, a gene profile, neighbour
   * geometry): once per loss, inside what is differentiated and with a stream of its own, and once per draw.
   *
   * @param params Parameters.
   * @param cond Conditioning as the batch gives it.
   * @param ctx Flags and streams.
   * @returns Conditioning as `apply` takes it; tensors of `cond` may be passed through.
   */
  encode?(params: Params, cond: C, ctx: ApplyContext<S>): C;
  /**
   * The conditioning that stands for 'none', for guidance and condition dropout; like a batch's it is still to be encoded.
   *
   * @param cond Conditioning as the batch gives it, for the shapes.
   * @returns Conditioning of the same shapes; entries that 'none' keeps are passed through.
   */
  nullCond?(cond: C): C;
}
