import { type GreyImage, hostArray, labelComponents, otsuThreshold, regionSizes } from "../../../core/mod.ts";
import {
  measureImages,
  measureMorphology,
  MORPHOLOGY_NAMES,
  morphologyTable,
} from "../../../plugins/spatia/morphology.ts";
import { releasedCrop } from "../../../plugins/spatia/crop.ts";
import { maskRatio, median } from "../../../plugins/spatia/ratio.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { EXACT, vectors } from "./setup.ts";

/** Names in the vectors. */
const NAMES = [
  "area",
  "perimeter",
  "eccentricity",
  "solidity",
  "mean_intensity",
  "max_intensity",
  "min_intensity",
  "std_mask",
  "major_axis_length",
  "minor_axis_length",
];

function greyImage(rows: readonly (readonly number[])[]): GreyImage {
  return { height: rows.length, width: rows[0]!.length, values: Uint8Array.from(rows.flat()) };
}

Deno.test("morphology agrees with the vectors", () => {
  const { in: given, out } = vectors.morphology_features!;
  const image = greyImage(given.grey);
  assertEquals(otsuThreshold(image.values), out.otsu_threshold);
  const mask = Int32Array.from(image.values, (value) => value > out.otsu_threshold ? 1 : 0);
  assertEquals(mask.reduce((sum, value) => sum + value, 0), out.mask_pixels);
  const { labels, count } = labelComponents({ ...image, labels: mask }, 8);
  assertEquals([...regionSizes(labels, count)].sort((a, b) => b - a), out.components);
  const { values, valid } = measureMorphology(image, "bright");
  assert(valid);
  assertClose(values, NAMES.map((name) => out.features[name]), EXACT);
  assertClose([values[0]! / values[3]!], [out.convex_area], EXACT);
});

Deno.test("dark cells are found by the inverse, and a crop of one grey value shows none", () => {
  const rows: number[][] = vectors.morphology_features!.in.grey;
  const inverse = rows.map((row) => row.map((value) => 255 - value));
  const [bright, dark] = [measureMorphology(greyImage(rows), "bright"), measureMorphology(greyImage(inverse), "dark")];
  const shape = [0, 1, 2, 3, 7, 8, 9];
  assertClose(shape.map((i) => dark.values[i]!), shape.map((i) => bright.values[i]!), EXACT);
  assertClose([dark.values[4]!], [255 - bright.values[4]!], EXACT);
  const none = measureMorphology(greyImage([[7, 7], [7, 7]]), "bright");
  assertEquals([none.valid, ...none.values], [false, ...MORPHOLOGY_NAMES.map(() => 0)]);
});

Deno.test("profiles without a cell are left out of the table", () => {
  const rows: number[][] = vectors.morphology_features!.in.grey;
  const [height, width] = [rows.length, rows[0]!.length];
  const values = [...flat(rows).map((value) => (value + 0.5) / 255), ...new Array<number>(height * width).fill(0)];
  const images = hostArray(Float32Array.from(values), [2, height, width, 1]);
  const { values: table, cells } = morphologyTable(measureImages(images, { channel: 0, foreground: "bright" }));
  assertEquals([...cells], [0]);
  assertEquals(table.shape, [1, 10]);
  assertEquals(table.data[0], vectors.morphology_features!.out.features.area);
});

/** A crop with a disc of a nucleus in channel 1, and a signal within and around it in channel 0. */
function crop(inside: number, outside: number, background: number): Float32Array {
  const side = 32;
  return Float32Array.from({ length: side * side * 2 }, (_, at) => {
    const place = Math.floor(at / 2);
    const distance = Math.hypot(Math.floor(place / side) - 15.5, place % side - 15.5);
    if (at % 2 === 1) return distance < 6 ? 0.8 : 0.05;
    const value = distance < 6 ? inside : distance < 13 ? outside : background;
    return (value + 0.5) / 255;
  });
}

Deno.test("maskRatio() compares the signal in the nucleus with that around it", () => {
  const options = { signal: 0, mask: 1, ring: 5 };
  const ratioOf = (inside: number, outside: number): number =>
    maskRatio(hostArray(crop(inside, outside, 10), [32, 32, 2]), options);
  assertClose([ratioOf(109, 29), ratioOf(29, 109)], [5, 0.2], 1e-6);
  assert(Number.isNaN(maskRatio(hostArray(new Float32Array(32 * 32 * 2), [32, 32, 2]), options)));
  assertEquals([median([3, 1, 2]), median([4, 1, 2, 3]), median([])], [2, 2.5, NaN]);
});

Deno.test("releasedCrop() agrees with the vectors", () => {
  const { in: given, out } = vectors.xenium_crop!;
  const { x_centroid: x, y_centroid: y, x_min, x_max, y_min, y_max } = given;
  const place = releasedCrop({ x, y, box: [x_min, x_max, y_min, y_max] }, given.um_per_px, given.grid);
  const { row, column, half } = place;
  assertEquals([row, column, half], [out.row, out.col, out.half_side]);
  assertEquals([[row - half, row + half], [column - half, column + half]], [out.row_range, out.col_range]);
  assertEquals([place.gridRow, place.gridColumn], [out.grid_row, out.grid_col]);
  assertEquals(releasedCrop({ x, y }, given.um_per_px, given.grid).half, 32);
  assertEquals(releasedCrop({ x, y, box: [x, x, y, y] }, given.um_per_px, given.grid).half, 4);
});
