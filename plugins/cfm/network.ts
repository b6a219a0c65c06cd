import {
  type ApplyContext,
  applyLinear,
  type Backbone,
  concat,
  type Cond,
  cos,
  linearParams,
  mul,
  type Params,
  reshape,
  type Rng,
  silu,
  sin,
  type State,
  type Tensor,
  tensor,
  zeros,
} from "../../core/mod.ts";

/** Cells as points in feature space: `x` `[B, G]`. */
export type Cells = State & { readonly x: Tensor };

/** What a cell is drawn for: a one-hot of its condition, `[B, K]`; K may be 0. */
export type CellCond = Cond & { readonly condition: Tensor };

/** Sizes of the network. */
export interface NetworkSizes {
  /** Features per cell (G). */
  readonly features: number;
  /** Number of conditions (K), 0 for none. */
  readonly conditions: number;
  /** Hidden width. */
  readonly hidden: number;
  /** Hidden layers. */
  readonly layers: number;
  /** Time frequencies. */
  readonly timeDim: number;
}

/** Highest angular frequency of the time features, in radians per unit of path time. */
const TOP_FREQUENCY = 100;

/** Sines and cosines at geometrically spaced frequencies from 1 to {@linkcode TOP_FREQUENCY}. */
function timeFeatures(t: Tensor, count: number): Tensor {
  const frequencies = Float32Array.from({ length: count }, (_, k) => TOP_FREQUENCY ** (k / Math.max(1, count - 1)));
  const angles = mul(reshape(t, [t.size, 1]), tensor(frequencies, [1, count]));
  return concat([sin(angles), cos(angles)], 1);
}

/**
 * A multilayer perceptron on features, time features and condition.
 *
 * @param sizes Sizes.
 * @returns The backbone; its null condition is all zeros.
 */
export function cellNetwork(sizes: NetworkSizes): Backbone<Cells, CellCond, Cells> {
  const { features, conditions, hidden, layers, timeDim } = sizes;
  const inputs = features + 2 * timeDim + conditions;
  return Object.freeze({
    init: (rng: Rng): Params => ({
      hidden: Array.from(
        { length: layers },
        (_, i) => linearParams(rng.fold("hidden").fold(i), i === 0 ? inputs : hidden, hidden),
      ),
      out: linearParams(rng.fold("out"), hidden, features),
    }),
    apply(params: Params, xt: Cells, t: Tensor, cond: CellCond, _ctx: ApplyContext<Cells>): Cells {
      const parts = [xt.x, timeFeatures(t, timeDim), ...(conditions === 0 ? [] : [cond.condition])];
      let h = concat(parts, 1);
      for (let i = 0; i < layers; i++) h = silu(applyLinear(params, `hidden/${i}`, h));
      return { x: applyLinear(params, "out", h) };
    },
    nullCond: (cond: CellCond): CellCond => ({ ...cond, condition: zeros(cond.condition.shape) }),
  });
}
