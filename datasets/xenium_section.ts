import type { RowSource, SparseMatrix } from "../core/mod.ts";

/** Images of a section, each with the cells that it is conditioned on. */
export interface XeniumPictures {
  /** Name of each image: its cell or patch. */
  readonly names: readonly string[];
  /** Cells of each image, rows of the section. */
  readonly cells: readonly Int32Array[];
  /** Centre of each image in pixels, x and y in turn; absent where only its cells tell where it lies. */
  readonly centres?: Float64Array;
  /** Bytes `[n, H, W, C]`. */
  readonly images: RowSource;
  /** Names of the channels. */
  readonly channels: readonly string[];
}

/** A Xenium section with images in the frame of its stain, from whatever layout it was read. */
export interface XeniumSection {
  /** Name of its folder or archive. */
  readonly name: string;
  /** Names of the cells. */
  readonly cells: readonly string[];
  /** Genes of the panel. */
  readonly genes: readonly string[];
  /** ln(1 + counts per million), `[cells, genes]`, compressed by row. */
  readonly expression: SparseMatrix;
  /** Places of the cells in pixels of the stain's image, x and y in turn. */
  readonly places: Float64Array;
  /** Counts of each cell; absent if the source does not say. */
  readonly totals?: Float64Array | undefined;
  /** Type of each cell, undefined where it is unknown; absent if the source has none. */
  readonly types?: readonly (string | undefined)[] | undefined;
  /** Its images. */
  readonly pictures: XeniumPictures;
}

/** What is read of a section. */
export interface XeniumOptions {
  /** `cell`: an image around each cell. `patch`: images with all cells that lie in them. */
  readonly images: "cell" | "patch";
  /** Leading channels to take. */
  readonly channels: number;
  /** Told what was left out. */
  readonly note: (sentence: string) => void;
}
