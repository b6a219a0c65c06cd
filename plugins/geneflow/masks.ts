import { type Data, DataError, type LabelImage, readPartOfRows, type RowAddress } from "../../core/mod.ts";
import type { GeneFlowConfig } from "./config.ts";

/** Part of the data with a label image per row, `[H, W]` or `[H, W, 1]`: 0 for background, else the number of a nucleus. */
export const MASKS = "nuclei";

/** The nuclei of one patch, numbered from 1 on: labels of a whole slide leave gaps. */
function numbered(values: Float32Array, height: number, width: number, where: () => string): LabelImage {
  const numbers = new Map<number, number>();
  const labels = Int32Array.from(values, (value) => {
    if (value === 0) return 0;
    if (!(value > 0 && Number.isInteger(value))) {
      throw new DataError(
        `Cannot use the mask of nuclei of ${where()}: it holds ${value}, expected 0 or a whole number`,
      );
    }
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, numbers.size + 1);
    return numbers.size;
  });
  return { height, width, labels };
}

function requireSize({ spec: { name, parts } }: Data): void {
  const [masks, images] = [parts[MASKS]!.shape, parts["img"]!.shape];
  const [height, width, depth = 1] = masks;
  if ((masks.length === 2 || masks.length === 3) && depth === 1 && height === images[0] && width === images[1]) return;
  throw new DataError(
    `Cannot use masks of nuclei of "${name}": they have shape [${masks}] beside images of shape [${images}], expected ` +
      "the same height and width; plugin.config.nuclei.masks=false does without",
  );
}

/**
 * Read where the nuclei of real images are, as the data say.
 *
 * @param data The data set.
 * @param config Whether masks are used.
 * @param rows Rows to read.
 * @returns One label image per row, numbers from 1 on; undefined if the data carry none, or they are not to be used.
 * @throws {DataError} If masks have another size than the images, or hold something else than labels.
 */
export async function readMasks(
  data: Data,
  { nuclei }: Pick<GeneFlowConfig, "nuclei">,
  rows: readonly RowAddress[],
): Promise<readonly LabelImage[] | undefined> {
  if (!nuclei.masks || data.spec.parts[MASKS] === undefined) return undefined;
  requireSize(data);
  const { data: values, shape } = await readPartOfRows(rows, MASKS);
  const [height, width] = shape.slice(1) as [number, number];
  const size = height * width;
  return rows.map(({ section, row }, i) => {
    const where = (): string => `row ${row} of section "${section.name}"`;
    return numbered(values.subarray(i * size, (i + 1) * size), height, width, where);
  });
}
