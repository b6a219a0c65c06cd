import { clone, type Tensor, tidy, transpose, valueAndGrads } from "../../core/mod.ts";
import { dataOf, dispose } from "../../core/tensor/mod.ts";
import {
  centroidDistance,
  centroidsOf,
  neighbourDistances,
  structureDistance,
} from "../../plugins/geneflow/spatial/nucleus_graph.ts";
import { gradientMagnitude, patchMoments, releasedSpatialLoss } from "../../plugins/geneflow/spatial/released_loss.ts";
import { greyImages } from "../../plugins/geneflow/spatial/sobel.ts";
import { warmUpWeight } from "../../plugins/geneflow/spatial/warm_up.ts";
import type { LabelImage } from "../../core/mod.ts";
import type { Check } from "./compare.ts";
import { type Fixture, floats, integers, setting } from "./fixture.ts";
import { channelsFirst, channelsLast } from "./geneflow_setup.ts";
import { read, upload } from "./tensors.ts";

function labelsOf(fixture: Fixture, name: string): LabelImage {
  const [height, width] = fixture.tensors[name]!.shape as [number, number];
  return { height, width, labels: integers(fixture, name) };
}

/** The gradient and texture loss with its parts and gradient, the warm-up, and the distances of nuclei. */
export const checkSpatial: Check = async (fixture) => {
  const input = (name: string): Tensor => upload(channelsLast(floats(fixture, `in/${name}`)));
  const [channels, side] = fixture.tensors["in/generated"]!.shape.slice(1) as [number, number];
  const generated = input("generated");
  const { value, grads } = tidy(() =>
    valueAndGrads(() => ({ value: releasedSpatialLoss(generated, input("target")) }), [generated])
  );
  const [loss, grad] = [await dataOf(value), await dataOf(grads[0]!)];
  const made = await read(() => {
    const { mean, variance } = patchMoments(generated);
    const byChannel = (x: Tensor): Tensor => transpose(x, [0, 3, 1, 2]);
    return {
      "out/gradient_magnitude": clone(gradientMagnitude(greyImages(generated))),
      "out/texture_mean": byChannel(mean),
      "out/texture_var": byChannel(variance),
    };
  });
  dispose([generated, value, ...grads]);
  const warmUp = {
    start: setting(fixture, "start_epoch"),
    length: setting(fixture, "warmup_epochs"),
    offset: "released",
  } as const;
  const k = setting(fixture, "k_neighbors");
  const [a, b] = ["in/mask_a", "in/mask_b"].map((name) => centroidsOf(labelsOf(fixture, name)));
  const [first, second] = [neighbourDistances(a!, k), neighbourDistances(b!, k)];
  return {
    ...made,
    "out/loss": loss,
    "out/grad": channelsFirst(grad, channels, side ** 2),
    "out/warmup_weight": Array.from(integers(fixture, "in/epochs"), (epoch) => warmUpWeight(epoch, warmUp)),
    "out/centroids_a": a!.flat(),
    "out/centroids_b": b!.flat(),
    "out/graph_a": first,
    "out/graph_b": second,
    "out/centroid_distance": [centroidDistance(a!, b!)],
    "out/structure_distance": [structureDistance(first, second)],
  };
};
