import {
  frechetDistance,
  type HostArray,
  hostArray,
  matchHistogram,
  peakSignalToNoise,
  structuralSimilarity,
} from "../../core/mod.ts";
import type { Check } from "./compare.ts";
import { type Fixture, floats } from "./fixture.ts";
import { channelsLast } from "./geneflow_setup.ts";

/** The images of a fixture, one `[H, W, C]` each. */
function imagesOf(fixture: Fixture, name: string): readonly HostArray[] {
  const { data, shape } = channelsLast(floats(fixture, name));
  const size = data.length / shape[0]!;
  return Array.from(
    { length: shape[0]! },
    (_, i) => hostArray(data.slice(i * size, (i + 1) * size), shape.slice(1)),
  );
}

/** Similarity of images, Fréchet distance of features, histogram matching. */
export const checkMetrics: Check = (fixture) => {
  const real = imagesOf(fixture, "in/real");
  // The evaluation cuts images to [0, 1] first.
  const generated = imagesOf(fixture, "in/generated").map(({ data, shape }) =>
    hostArray(data.map((value) => Math.min(1, Math.max(0, value))), shape)
  );
  return Promise.resolve({
    "out/ssim": real.map((image, i) => structuralSimilarity(image, generated[i]!)),
    "out/psnr": real.map((image, i) => peakSignalToNoise(image, generated[i]!)),
    "out/fid": [frechetDistance(floats(fixture, "in/features_real"), floats(fixture, "in/features_generated"))],
    "out/histogram_matched": real.flatMap((image, i) => [...matchHistogram(generated[i]!, image).data]),
  });
};
