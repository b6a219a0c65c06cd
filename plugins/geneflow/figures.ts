import { type Figure, type HostArray, hostArray, imageGrid, type PartSpec, withColourKey } from "../../core/mod.ts";
import type { GeneFlowConfig } from "./config.ts";
import type { PictureSamples } from "./samples.ts";

/** Images side by side in a line. */
const COLUMNS = 8;
/** What an image is drawn for, by `condition`. */
const DRAWN: Readonly<Record<GeneFlowConfig["condition"], string>> = {
  expression: "from their expression",
  time: "for the time or dose of their section",
};
/** Lines of pairs. */
const PAIRS = 4;

function imageAt({ data, shape }: HostArray, i: number): HostArray {
  const size = data.length / shape[0]!;
  return hostArray(data.subarray(i * size, (i + 1) * size), shape.slice(1));
}

/** Images of some numbers. */
function pick(images: HostArray, numbers: readonly number[]): readonly HostArray[] {
  return numbers.map((i) => imageAt(images, i));
}

function pairs({ real, generated }: PictureSamples, condition: GeneFlowConfig["condition"], images: PartSpec): Figure {
  const count = real.shape[0]!;
  const frames = Array.from({ length: Math.min(PAIRS, Math.ceil(count / COLUMNS)) }, (_, frame) => {
    const all = Math.min(count, PAIRS * COLUMNS);
    const numbers = Array.from({ length: COLUMNS }, (_, i) => frame * COLUMNS + i).filter((i) => i < all)
      .map((i) => Math.floor((i + 0.5) * count / all));
    return {
      label: `cells ${numbers[0]! + 1} to ${numbers.at(-1)! + 1}`,
      svg: imageGrid({
        title: "Real and generated images of the same cells",
        rows: [
          { label: "Real", images: pick(real, numbers) },
          { label: "Generated", images: pick(generated, numbers) },
        ],
      }),
    };
  });
  return {
    id: "real-and-generated",
    title: "Real and generated images",
    caption: withColourKey(
      `Above the real image of some cells, below what was generated ${DRAWN[condition]}; evenly over all rows.`,
      images,
    ),
    frames,
  };
}

function wayFromNoise({ way, real }: PictureSamples, images: PartSpec): Figure {
  const count = way[0]!.images.shape[0]!;
  const numbers = Array.from({ length: count }, (_, i) => i);
  return {
    id: "from-noise",
    title: "From noise to image",
    caption: withColourKey(
      "States on the way from noise (t = 0) to the image (t = 1), cut to the range of images; below the real one.",
      images,
    ),
    frames: [{
      label: "",
      svg: imageGrid({
        title: "States on the way from noise to image",
        rows: [
          ...way.map(({ t, images }) => ({ label: `t = ${t.toFixed(2)}`, images: pick(images, numbers) })),
          { label: "Real", images: pick(real, numbers) },
        ],
      }),
    }],
  };
}

/**
 * Draw the method's figures.
 *
 * @param samples Real and drawn images.
 * @param config The method's configuration.
 * @param images What the images are.
 * @returns Figures in the order of the report.
 */
export function pictureFigures(
  samples: PictureSamples,
  { model, condition }: Pick<GeneFlowConfig, "model" | "condition">,
  images: PartSpec,
): readonly Figure[] {
  const way = model === "regression" || samples.way.length < 2 ? [] : [wayFromNoise(samples, images)];
  return [pairs(samples, condition, images), ...way];
}
