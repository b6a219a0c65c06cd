import {
  type Cond,
  type Data,
  fromHost,
  type HostArray,
  type LossTerm,
  type RowAddress,
  type Tensor,
} from "../../../core/mod.ts";
import type { GeneFlowConfig } from "../config.ts";
import { readMasks } from "../masks.ts";
import { pixelScale } from "../pixel_scale.ts";
import type { CellCond, Picture } from "../picture.ts";
import { graphSpatialLoss } from "./graph_loss.ts";
import { nucleusWindows } from "./nucleus_windows.ts";
import { releasedSpatialLoss } from "./released_loss.ts";
import { segmentationLoss } from "./segmentation_loss.ts";

/** Names of the nuclei of real images in the conditioning. */
const NAMES = { windows: "nucleusWindows", present: "nuclei", edges: "nucleusEdges", threshold: "nucleusThreshold" };

/** Tops of the distance to the background nearer than this are one nucleus, and what a nucleus may grow by, in pixels. */
const [SPLIT, REACH] = [3, 2];

/**
 * What the spatial loss needs to know of real images, found where batches are made.
 *
 * @param config The method's configuration.
 * @param images Real images, `[B, H, W, C]`.
 * @param data Where they are from: it may say where nuclei are.
 * @param rows Their rows.
 * @returns Entries of the conditioning; none unless the loss is that of segmented nuclei.
 */
export async function spatialCond(
  config: GeneFlowConfig,
  images: HostArray,
  data: Data,
  rows: readonly RowAddress[],
): Promise<Cond> {
  const { spatial, nuclei: { stain, masks: _, ...rest } } = config;
  if (spatial.kind !== "segmentation") return {};
  const options = {
    ...rest,
    nuclei: stain,
    split: SPLIT,
    reach: REACH,
    most: spatial.nuclei,
    neighbours: spatial.neighbours,
  };
  const found = nucleusWindows(images, options, await readMasks(data, config, rows));
  return {
    [NAMES.windows]: fromHost(found.windows),
    [NAMES.present]: fromHost(found.present),
    [NAMES.edges]: fromHost(found.edges),
    [NAMES.threshold]: fromHost(found.threshold),
  };
}

function entry(cond: Cond, name: string): Tensor {
  const found = cond[name];
  if (found !== undefined) return found;
  throw new TypeError(`Cannot compare nuclei: the conditioning has no "${name}"; add what spatialCond() returns`);
}

function lossOf(
  { spatial, nuclei }: GeneFlowConfig,
): (generated: Tensor, real: Tensor, cond: Cond) => Tensor {
  switch (spatial.kind) {
    case "segmentation":
      return (generated, real, cond) =>
        segmentationLoss(generated, real, {
          windows: entry(cond, NAMES.windows),
          present: entry(cond, NAMES.present),
          edges: entry(cond, NAMES.edges),
          threshold: entry(cond, NAMES.threshold),
        }, { nuclei: nuclei.stain, channel: nuclei.channel });
    case "released":
      return releasedSpatialLoss;
    default:
      return (generated, real) => graphSpatialLoss(generated, real, spatial);
  }
}

/**
 * The spatial loss on the image that a velocity stands for; it ramps in over training steps.
 *
 * @param config The method's configuration.
 * @returns The term.
 */
export function spatialTerm(config: GeneFlowConfig): LossTerm<Picture, CellCond, Picture> {
  const { weight, start, ramp } = config.spatial;
  const loss = lossOf(config);
  const { toImages } = pixelScale(config);
  return {
    value: (prediction, { xt, t, x1 }, { path, cond }) =>
      loss(toImages(path.toTarget("velocity", prediction, xt, t).img), toImages(x1.img), cond),
    weight: (step) => weight * Math.min(1, Math.max(0, (step - start) / ramp)),
  };
}
