import { DataError, type HostArray, hostArray, type RowSource, type SparseMatrix, takeRows } from "../core/mod.ts";
import { numberColumn, readCsv } from "./csv.ts";
import { cutPatches, patchArray } from "./images/cut_patches.ts";
import type { ImageSource } from "./images/image.ts";
import { openImage } from "./images/open_image.ts";
import { readLines, splitFields } from "./import/text_lines.ts";
import type { SourceFolder } from "./source_folder.ts";

/** One slide of STImage-1K4M. */
export interface StimageSlide {
  /** Name of the slide. */
  readonly name: string;
  /** Spot names, in the order of the count table. */
  readonly spots: readonly string[];
  /** Genes of the count table. */
  readonly genes: readonly string[];
  /** Counts `[spots, genes]`. */
  readonly counts: SparseMatrix;
  /** Spot centres `[N, 2]`, x and y in px of the image. */
  readonly centres: HostArray;
  /** Radius of a spot in px. */
  readonly radius: number;
  /** Finds the image; from an address it is fetched then. */
  readonly image: () => Promise<string>;
}

async function readCounts(path: string): Promise<Pick<StimageSlide, "spots" | "genes" | "counts">> {
  let genes: readonly string[] | undefined;
  const [spots, data, indices, indptr]: [string[], number[], number[], number[]] = [[], [], [], [0]];
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      const fields = splitFields(line, ",");
      if (genes === undefined) {
        genes = fields.slice(1);
        continue;
      }
      if (fields.length !== genes.length + 1) {
        throw new DataError(
          `Cannot read ${path}: line ${spots.length + 2} has ${fields.length} fields where the header has ${
            genes.length + 1
          }`,
        );
      }
      spots.push(fields[0]!);
      for (let gene = 1; gene < fields.length; gene++) {
        const count = Number(fields[gene]);
        if (!(count >= 0 && count < Infinity) || fields[gene] === "") {
          throw new DataError(
            `Cannot read ${path}: spot "${fields[0]}" has "${fields[gene]}" of gene "${
              genes[gene - 1]
            }", expected a count`,
          );
        }
        if (count === 0) continue;
        data.push(count);
        indices.push(gene - 1);
      }
      indptr.push(data.length);
    }
  }
  if (genes === undefined || spots.length === 0) throw new DataError(`Cannot read ${path}: it has no spots`);
  const sparse = { indptr: Int32Array.from(indptr), indices: Int32Array.from(indices), data: Float32Array.from(data) };
  return { spots, genes, counts: { kind: "csr", shape: [spots.length, genes.length], ...sparse } };
}

/**
 * Read a slide.
 *
 * @param folder Folder of one technology, with `image`, `coord` and `gene_exp`.
 * @param name Name of the slide.
 * @returns Counts and places; the image is not read.
 * @throws {DataError} If a file is absent or damaged, or a spot has no place.
 */
export async function readStimageSlide(folder: SourceFolder, name: string): Promise<StimageSlide> {
  const found = await readCounts(await folder.file(`gene_exp/${name}_count.csv`));
  const path = await folder.file(`coord/${name}_coord.csv`);
  const coord = await readCsv(path);
  const [[, barcodes] = ["", []]] = [...coord];
  const [x, y, r] = [numberColumn(coord, "xaxis"), numberColumn(coord, "yaxis"), numberColumn(coord, "r")];
  const place = new Map(barcodes.map((barcode, row) => [barcode, row]));
  const rows = found.spots.map((spot) => {
    const row = place.get(spot);
    if (row === undefined) throw new DataError(`Cannot find spot "${spot}" of slide "${name}" in ${path}`);
    return row;
  });
  const radius = r[rows[0]!]!;
  if (!(radius > 0) || rows.some((row) => r[row] !== radius)) {
    throw new DataError(`Cannot use ${path}: column "r" is not one radius above 0 for all spots`);
  }
  const centres = hostArray(Float32Array.from(rows.flatMap((row) => [x[row]!, y[row]!])), [rows.length, 2]);
  return { name, ...found, centres, radius, image: () => folder.file(`image/${name}.png`) };
}

/**
 * Patches of a slide, cut when they are asked for: the square around each spot whose half side is the spot's radius.
 *
 * @param slide The slide.
 * @param size Rows and columns of a patch.
 * @returns Patches `[N, size, size, 3]`, uint8; the image is opened by the first read and kept.
 */
export function spotPatches({ image: find, centres, radius }: StimageSlide, size: number): RowSource {
  const rows = centres.shape[0]!;
  let opened: Promise<ImageSource> | undefined;
  return Object.freeze({
    shape: [rows, size, size, 3],
    read: async (index?: ArrayLike<number>) => {
      const image = await (opened ??= find().then(openImage));
      const wanted = index === undefined ? centres : takeRows(centres, index);
      return await patchArray(await cutPatches(image, wanted, { size, pixels: 2 * radius, range: [0, 255] }));
    },
  });
}
