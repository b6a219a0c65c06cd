import {
  add,
  applyLinear,
  type Backbone,
  type Cells,
  concat,
  type Cond,
  linearParams,
  noiseLevelFeatures,
  type Params,
  type Rng,
  silu,
  type Tensor,
} from "../../core/mod.ts";
import type { TemplateConfig } from "./config.ts";

/**
 * A residual network on the features of a cell and the path time: your own component, to be replaced.
 *
 * @param sizes Sizes of the network.
 * @param features Features per cell (G).
 * @returns The backbone; it puts out a velocity `x`, `[B, G]`.
 */
export function templateNetwork(
  { hidden, blocks, timeDim }: TemplateConfig["network"],
  features: number,
): Backbone<Cells, Cond, Cells> {
  return Object.freeze({
    init: (rng: Rng): Params => ({
      blocks: Array.from({ length: blocks }, (_, i) => linearParams(rng.fold("block").fold(i), hidden, hidden)),
      input: linearParams(rng.fold("input"), features + timeDim, hidden),
      output: linearParams(rng.fold("output"), hidden, features),
    }),
    apply(params: Params, { x }: Cells, t: Tensor): Cells {
      let h = silu(applyLinear(params, "input", concat([x, noiseLevelFeatures(t, timeDim)], 1)));
      for (let i = 0; i < blocks; i++) h = add(h, silu(applyLinear(params, `blocks/${i}`, h)));
      return { x: applyLinear(params, "output", h) };
    },
  });
}
