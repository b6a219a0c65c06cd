import {
  type Backbone,
  type CellCond,
  cellNetwork,
  type CellNetworkSizes,
  type Cells,
  type ConditionEmbedding,
  reshape,
} from "../../core/mod.ts";
import { logSoftmax, type Mixture } from "./mixture.ts";

/** Sizes of the network. */
export interface GmNetworkSizes {
  /** Features of a cell (D). */
  readonly features: number;
  /** Components of the mixture (K). */
  readonly components: number;
  /** Hidden width. */
  readonly hidden: number;
  /** Hidden layers. */
  readonly layers: number;
  /** Width of the time embedding. */
  readonly timeDim: number;
  /** How stages are embedded. */
  readonly condition: ConditionEmbedding;
  /** Whether the last row of the table stands for no stage. */
  readonly nullRow: boolean;
  /** Whether a linear map leads from the features to every read-out. */
  readonly skip: boolean;
}

/**
 * A multilayer perceptron that puts out a mixture of velocities u = noise - data: means, one scale for all components, and
 * weights. Weights start uniform and the scale at 1.
 *
 * @param sizes Sizes.
 * @returns The backbone.
 */
export function gmNetwork(sizes: GmNetworkSizes): Backbone<Cells, CellCond, Mixture> {
  const { features, components, ...rest } = sizes;
  const network: CellNetworkSizes<"means" | "logits" | "scale"> = {
    ...rest,
    features,
    heads: { means: components * features, logits: components, scale: 1 },
    zeroHeads: ["logits", "scale"],
  };
  return cellNetwork(network, ({ means, logits, scale }): Mixture => ({
    means: reshape(means, [means.shape[0]!, components, features]),
    logStd: reshape(scale, [scale.shape[0]!]),
    logWeights: logSoftmax(logits),
  }));
}
