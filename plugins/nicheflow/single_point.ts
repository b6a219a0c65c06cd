import {
  type ApplyContext,
  applyLayerNorm,
  applyLinear,
  type Backbone,
  concat,
  integerTimeFeatures,
  layerNormParams,
  linearParams,
  type Params,
  relu,
  type Rng,
  slice,
  spreadOverPoints,
  type Tensor,
} from "../../core/mod.ts";
import type { Niche, NicheCond } from "./niche.ts";

/** Sizes of the single-point network. */
export interface SinglePointSizes {
  /** Features per cell (G). */
  readonly features: number;
  /** Coordinates per cell (D). */
  readonly coordinates: number;
  /** Time points (S). */
  readonly times: number;
  /** Width of each of the seven embeddings. */
  readonly hidden: number;
  /** Number of time frequencies. */
  readonly timeDim: number;
  /**
   * Factor on the first weights of the coordinates' embedding.
   *
   * @default {1}
   */
  readonly coordinateGain?: number;
}

/**
 * The network of SPFlow (section 5.2): source cell i conditions target cell i, each pair on its own.
 *
 * @param sizes Sizes.
 * @returns The backbone; it needs as many source as target cells.
 */
export function singlePointNetwork(sizes: SinglePointSizes): Backbone<Niche, NicheCond, Niche> {
  const { features, coordinates, times, hidden, timeDim } = sizes;
  const width = 7 * hidden;
  return Object.freeze({
    init: (rng: Rng): Params => ({
      emb_x: linearParams(rng.fold("emb_x"), features, hidden),
      emb_coord: linearParams(rng.fold("emb_coord"), coordinates, hidden, sizes.coordinateGain),
      emb_ohe: linearParams(rng.fold("emb_ohe"), times, hidden),
      time_embedding: { out_linear: linearParams(rng.fold("time_embedding"), 2 * timeDim, hidden) },
      mlp: {
        0: layerNormParams(width),
        1: linearParams(rng.fold("mlp/1"), width, width),
        3: linearParams(rng.fold("mlp/3"), width, features + coordinates),
      },
    }),
    apply(params: Params, xt: Niche, t: Tensor, cond: NicheCond, _ctx: ApplyContext<Niche>): Niche {
      const [batch, points] = xt.x.shape as [number, number];
      if (cond.sourceX.shape[1] !== points) {
        throw new TypeError(
          `Cannot pair cells: ${cond.sourceX.shape[1]} source cells but ${points} target cells, SPFlow needs as many`,
        );
      }
      const time = (row: Tensor): Tensor => spreadOverPoints(applyLinear(params, "emb_ohe", row), points);
      const flowTime = applyLinear(params, "time_embedding/out_linear", integerTimeFeatures(t, timeDim));
      const joined = concat([
        applyLinear(params, "emb_x", cond.sourceX),
        applyLinear(params, "emb_coord", cond.sourcePos),
        time(cond.sourceTime),
        applyLinear(params, "emb_x", xt.x),
        applyLinear(params, "emb_coord", xt.pos),
        time(cond.targetTime),
        spreadOverPoints(flowTime, points),
      ], 2);
      const h = relu(applyLinear(params, "mlp/1", applyLayerNorm(params, "mlp/0", joined)));
      const out = applyLinear(params, "mlp/3", h);
      return {
        x: slice(out, [0, 0, 0], [batch, points, features]),
        pos: slice(out, [0, 0, features], [batch, points, coordinates]),
      };
    },
  });
}
