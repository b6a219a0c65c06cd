import type { Cond, State, Tensor } from "../../core/mod.ts";

/** Images: `img` `[B, H, W, C]`, values in [0, 1]. */
export type Picture = State & { readonly img: Tensor };

/**
 * What an image is drawn for: `expression` `[B, C, G]`, ln(1 + counts per million) or what the data hold instead; `cells`
 * `[B, C]`, 1 for cells and 0 for padding; `measured` `[B, C, G]`, 1 for measured genes, if the encoder sees them. Once
 * encoded `embedding` `[B, E]`.
 */
export type CellCond = Cond & { readonly expression: Tensor; readonly cells: Tensor };

/** Name of the encoding in the conditioning. */
export const EMBEDDING = "embedding";
/** Name of the mask of measured genes in the conditioning. */
export const MEASURED = "measured";
