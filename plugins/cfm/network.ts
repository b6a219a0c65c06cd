import { type Backbone, type CellCond, cellNetwork, type Cells, type ConditionEmbedding } from "../../core/mod.ts";
import type { CfmConfig } from "./method.ts";

/**
 * A multilayer perceptron on features, time and condition that puts out a velocity.
 *
 * @param config Sizes of the network.
 * @param features Features per cell (G).
 * @param condition How conditions are embedded; absent without conditions.
 * @returns The backbone; its null condition is all zeros.
 */
export function cfmNetwork(
  { network: { conditionDim: _, ...sizes } }: CfmConfig,
  features: number,
  condition: ConditionEmbedding | undefined,
): Backbone<Cells, CellCond, Cells> {
  return cellNetwork<"velocity", Cells>(
    {
      ...sizes,
      features,
      nullRow: false,
      heads: { velocity: features },
      zeroHeads: [],
      ...(condition === undefined ? {} : { condition }),
    },
    ({ velocity }): Cells => ({ x: velocity }),
  );
}
