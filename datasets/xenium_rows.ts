import { DataError, type HostArray, hostArray, inMemory, type RowSource, selectRows } from "../core/mod.ts";
import type { XeniumSection } from "./xenium_section.ts";

/**
 * Genes that all sections have.
 *
 * @param sections The sections.
 * @returns Their common genes, in the order of the first section.
 * @throws {DataError} If there are none.
 */
export function sharedGenes(sections: readonly XeniumSection[]): readonly string[] {
  const [first, ...others] = sections as readonly [XeniumSection, ...XeniumSection[]];
  const sets = others.map(({ genes }) => new Set(genes));
  const shared = first.genes.filter((gene) => sets.every((set) => set.has(gene)));
  if (shared.length > 0) return shared;
  const panels = sections.map(({ name, genes }) =>
    `"${name}" (${genes.length} genes: ${[...genes.slice(0, 3), ...(genes.length > 3 ? ["..."] : [])].join(", ")})`
  );
  throw new DataError(
    `Cannot use sections ${panels.join(" and ")} together: their panels have no gene in common; expected symbols of ` +
      "one annotation in both",
  );
}

/**
 * Leave out images whose cells show none of the genes: nothing could be drawn for them.
 *
 * @param section The section.
 * @param images Numbers of its images.
 * @param genes Genes that are used.
 * @param note Told how many were left out.
 * @returns Numbers of the others.
 */
export function expressingImages(
  { name, expression, genes: panel, pictures }: XeniumSection,
  images: Int32Array,
  genes: readonly string[],
  note: (sentence: string) => void,
): Int32Array {
  const wanted = new Set(genes);
  const used = panel.map((gene) => wanted.has(gene));
  const shows = (cell: number): boolean => {
    for (let at = expression.indptr[cell]!; at < expression.indptr[cell + 1]!; at++) {
      if (expression.data[at] !== 0 && used[expression.indices[at]!]) return true;
    }
    return false;
  };
  const kept = images.filter((image) => pictures.cells[image]!.some(shows));
  const left = images.length - kept.length;
  if (left > 0) {
    note(`Left out ${left} of ${images.length} images of section "${name}": their cells show none of the genes`);
  }
  return kept;
}

/** Rows of the images of a section. */
export interface XeniumRows {
  /** Expression of the cells, `[n, G]` for one cell an image, else `[n, C, G]`, zeros where there are fewer. */
  readonly x: RowSource;
  /** Places of the cells, `[n, 2]` or `[n, C, 2]`, not a number where there are fewer. */
  readonly pos: RowSource;
  /** Images `[n, H, W, C]`. */
  readonly img: RowSource;
}

/** Dense rows of some genes. */
function expressionOf(
  { expression, genes }: XeniumSection,
  wanted: readonly string[],
): (cell: number, out: Float32Array) => void {
  const placeOf = new Map(wanted.map((gene, i) => [gene, i]));
  const column = genes.map((gene) => placeOf.get(gene) ?? -1);
  return (cell, out) => {
    for (let at = expression.indptr[cell]!; at < expression.indptr[cell + 1]!; at++) {
      const to = column[expression.indices[at]!]!;
      if (to >= 0) out[to] = expression.data[at]!;
    }
  };
}

/**
 * Rows of some images of a section, read as they are asked for.
 *
 * @param section The section.
 * @param images Numbers of its images.
 * @param genes Genes to take.
 * @param most Cells of an image at most; 0 for images of one cell, whose rows have no axis of cells.
 * @returns Rows in the order of the images.
 */
export function xeniumRows(
  section: XeniumSection,
  images: Int32Array,
  genes: readonly string[],
  most: number,
): XeniumRows {
  const cells = Array.from(images, (image) => section.pictures.cells[image]!);
  const room = Math.max(1, most);
  const write = expressionOf(section, genes);
  const axis = most === 0 ? [] : [most];
  const places = new Float32Array(cells.length * room * 2).fill(NaN);
  cells.forEach((own, i) =>
    own.forEach((cell, slot) => places.set(section.places.subarray(2 * cell, 2 * cell + 2), 2 * (i * room + slot)))
  );
  const read = (index: ArrayLike<number> = Int32Array.from(cells.keys())): Promise<HostArray> => {
    const data = new Float32Array(index.length * room * genes.length);
    Array.from(index, (row, i) =>
      cells[row]!.forEach((cell, slot) => {
        const from = (i * room + slot) * genes.length;
        write(cell, data.subarray(from, from + genes.length));
      }));
    return Promise.resolve(hostArray(data, [index.length, ...axis, genes.length]));
  };
  return {
    x: Object.freeze({ shape: [cells.length, ...axis, genes.length], read }),
    pos: inMemory(hostArray(places, [cells.length, ...axis, 2])),
    img: selectRows(section.pictures.images, images),
  };
}

/**
 * Centres of images: as they were cut, else the middle of what their cells span.
 *
 * @param section The section.
 * @param images Numbers of its images.
 * @returns Places in pixels, x and y in turn.
 */
export function imageCentres({ pictures, places }: XeniumSection, images: Int32Array): Float64Array {
  const { centres } = pictures;
  return Float64Array.from({ length: 2 * images.length }, (_, at) => {
    if (centres !== undefined) return centres[2 * images[at >> 1]! + at % 2]!;
    let [low, high] = [Infinity, -Infinity];
    for (const cell of pictures.cells[images[at >> 1]!]!) {
      const place = places[2 * cell + at % 2]!;
      [low, high] = [Math.min(low, place), Math.max(high, place)];
    }
    return (low + high) / 2;
  });
}
