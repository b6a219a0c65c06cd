import { type HostArray, type Metric, peakSignalToNoise, structuralSimilarity } from "../../../core/mod.ts";
import { exchanged, imageAt, meanImage } from "./references.ts";

function pairMean(a: HostArray, b: HostArray, of: (x: HostArray, y: HostArray) => number): number {
  const count = a.shape[0]!;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += of(imageAt(a, i), imageAt(b, i)) / count;
  return sum;
}

/** Images that are compared pixel by pixel. */
export interface PixelSets {
  /** Real images, `[n, H, W, C]`. */
  readonly real: HostArray;
  /** Drawn images of the same cells. */
  readonly generated: HostArray;
  /** Real images of training sections. */
  readonly training: HostArray;
  /** Real images with their pixels exchanged. */
  readonly scrambled: HostArray;
}

/**
 * Compare each drawn image with the real one of the same cells, pixel by pixel.
 *
 * @param sets Images.
 * @returns Structural similarity and signal-to-noise ratio.
 */
export function pixelMetrics({ real, generated, training, scrambled }: PixelSets): readonly Metric[] {
  const others = { exchanged: exchanged(generated), "mean image": meanImage(training, real), scrambled };
  const metric = (name: string, description: string, of: (x: HostArray, y: HostArray) => number): Metric => ({
    name,
    value: pairMean(real, generated, of),
    better: "higher",
    description,
    anchors: Object.fromEntries(Object.entries(others).map(([key, images]) => [key, pairMean(real, images, of)])),
  });
  return [
    metric(
      "ssim",
      "structural similarity of an image with the real one of the same cells, mean over images",
      structuralSimilarity,
    ),
    metric(
      "psnr",
      "peak signal-to-noise ratio against the real image of the same cells, in decibels, mean over images",
      peakSignalToNoise,
    ),
  ];
}
