/** A cell in its section, in µm. */
export interface CellPlace {
  /** Centroid. */
  readonly x: number;
  /** Centroid. */
  readonly y: number;
  /** Bounding box, least and greatest x, least and greatest y; absent if unknown. */
  readonly box?: readonly [number, number, number, number];
}

/** Where a cell's crop lies in the section's image, in px. */
export interface CropPlace {
  /** Row of the centroid. */
  readonly row: number;
  /** Column of the centroid. */
  readonly column: number;
  /** Half the side of the crop: it reaches from `row - half` to `row + half`. */
  readonly half: number;
  /** Row of the grid niche that holds the centroid. */
  readonly gridRow: number;
  /** Its column. */
  readonly gridColumn: number;
}

/** Half side of crops without a box, and least half side, in px. */
const [UNKNOWN, LEAST] = [32, 4];

/**
 * Where the released program cuts the crop of a cell (section 2.3): the square around the centroid that reaches the furthest
 * side of the box, scaled to one size afterwards, so that the size of cells is lost.
 *
 * @param cell The cell.
 * @param micrometres µm per px; 0.2125 of Xenium.
 * @param grid Side of a grid niche, in px.
 * @returns The place; rows come from y, columns from x.
 */
export function releasedCrop({ x, y, box }: CellPlace, micrometres: number, grid: number): CropPlace {
  const pixel = (value: number): number => Math.trunc(value / micrometres);
  const [row, column] = [pixel(y), pixel(x)];
  const reach = box === undefined
    ? UNKNOWN
    : Math.max(...box.map((edge, i) => Math.abs(pixel(edge) - (i < 2 ? column : row))));
  return {
    row,
    column,
    half: Math.max(LEAST, reach),
    gridRow: Math.floor(row / grid),
    gridColumn: Math.floor(column / grid),
  };
}
