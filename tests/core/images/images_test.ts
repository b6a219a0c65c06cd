import {
  coOccurrence,
  type GreyImage,
  greyOf,
  type HostArray,
  hostArray,
  labelComponents,
  matchHistogram,
  otsuThreshold,
  regionShapes,
  RELEASED_OFFSETS,
  toByte,
  TRUE_OFFSETS,
} from "../../../core/mod.ts";
import { nucleusMask, segmentNuclei } from "../../../plugins/geneflow/nuclei.ts";
import { fillSmall, removeSmall } from "../../../core/images/components.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { formulaValues } from "../../plugins/geneflow/formula.ts";
import { array, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/geneflow.json" with { type: "json" };

const FORMULA: GreyImage = { height: 16, width: 16, values: Uint8Array.from(formulaValues(16, 16, 1, 0, 256)) };
const STAIRCASE: GreyImage = {
  height: 32,
  width: 24,
  values: Uint8Array.from({ length: 32 * 24 }, (_, at) => Math.floor((3 * Math.floor(at / 24) + 2 * (at % 24)) / 9)),
};

Deno.test("the formula of the test images is that of the vectors", () => {
  const { check_float, check_uint8 } = vectors.formula_image;
  const at = (modulus: number): number => formulaValues(4, 6, 2, 2, modulus)[(3 * 6 + 5) * 2 + 1]!;
  assertAlmostEquals(at(32) / 31, check_float.value, 1e-9);
  assertEquals(at(256), check_uint8.value);
});

Deno.test("greyOf() reproduces rgb_to_gray_uint8 of geneflow", () => {
  const { samples, truncation_examples } = vectors.rgb_to_gray_uint8;
  for (const { rgb, gray } of samples) {
    // A little more than the byte, so that rounding down gives it back.
    const image = hostArray(Float64Array.from(rgb, (value) => (value + 1e-6) / 255), [1, 1, 3]);
    assertEquals(greyOf(image).values[0], gray);
  }
  for (const [value, byte] of truncation_examples) assertEquals(toByte(value!), byte);
  const pair = hostArray(Float64Array.of(0.2, 0.8), [1, 1, 2]);
  assertEquals(greyOf(pair, 1).values[0], 204);
  assertThrows(() => greyOf(pair, 2), TypeError, "channel 2");
});

Deno.test("otsuThreshold() reproduces otsu of geneflow", () => {
  const { values, threshold, inverted_mask, formula_16x16_uint8_k0, staircase_32x24 } = vectors.otsu;
  const grey = Uint8Array.from(flat(values));
  assertEquals(otsuThreshold(grey), threshold);
  assertEquals(Array.from(grey, (value) => value <= threshold ? 1 : 0), flat(inverted_mask));
  assertEquals(otsuThreshold(FORMULA.values), formula_16x16_uint8_k0);
  assertEquals(otsuThreshold(STAIRCASE.values), staircase_32x24);
});

Deno.test("coOccurrence() reproduces glcm of geneflow", () => {
  const { glcm } = vectors;
  const small = { height: 4, width: 4, values: Uint8Array.from(flat(glcm.image)) };
  const compare = (
    image: GreyImage,
    offsets: typeof TRUE_OFFSETS,
    expected: Readonly<Record<string, number>>,
  ): void => {
    const made = coOccurrence(image, offsets);
    assertClose(
      [made.contrast, made.dissimilarity, made.homogeneity, made.energy],
      ["contrast", "dissimilarity", "homogeneity", "energy"].map((name) => expected[name]!),
      1e-9,
      1e-9,
    );
  };
  for (const [offset, expected] of Object.entries(glcm.per_offset_row_col)) {
    const [down, right] = JSON.parse(offset.replace("(", "[").replace(")", "]")) as [number, number];
    compare(small, [[down, right]], expected);
  }
  compare(small, RELEASED_OFFSETS, glcm.mean_released_angles);
  compare(small, TRUE_OFFSETS, glcm.mean_true_angles);
  for (const [image, name] of [[FORMULA, "formula_16x16_uint8_k0"], [STAIRCASE, "staircase_32x24"]] as const) {
    compare(image, RELEASED_OFFSETS, glcm[name].released);
    compare(image, TRUE_OFFSETS, glcm[name].true);
  }
  assertEquals([RELEASED_OFFSETS, TRUE_OFFSETS], [glcm.released_offsets, glcm.true_offsets]);
  assertThrows(() => coOccurrence({ height: 1, width: 4, values: new Uint8Array(4) }), RangeError, "1 x 4");
});

Deno.test("regionShapes() reproduces morphometrics of geneflow", () => {
  for (const expected of vectors.morphometrics.shapes) {
    const labels = Int32Array.from(expected.rows.flatMap((row) => [...row].map(Number)));
    const [shape, ...others] = regionShapes({ height: expected.rows.length, width: expected.rows[0]!.length, labels });
    assertEquals(others, []);
    assertEquals(shape!.area, expected.area);
    const { row, column, perimeter, circularity, eccentricity, solidity } = shape!;
    assertClose(
      [row, column, perimeter, circularity, eccentricity, solidity],
      [...expected.centroid, expected.perimeter, expected.circularity, expected.eccentricity, expected.solidity],
      1e-6,
    );
  }
});

/** The synthetic picture with five nuclei, one of which has a hole. */
function nucleusPicture(): HostArray<Float64Array> {
  const { size, background_rgb, nucleus_rgb, ellipses_cy_cx_ry_rx_theta: ellipses } = vectors.nucleus_pipeline;
  const isIn = (i: number, j: number, ellipse: readonly number[]): boolean => {
    const [cy, cx, ry, rx, theta] = ellipse as [number, number, number, number, number];
    const y = (i - cy) * Math.cos(theta) + (j - cx) * Math.sin(theta);
    const x = -(i - cy) * Math.sin(theta) + (j - cx) * Math.cos(theta);
    return (y / ry) ** 2 + (x / rx) ** 2 <= 1;
  };
  const data = Float64Array.from({ length: size * size * 3 }, (_, at) => {
    const [i, j, c] = [Math.floor(at / 3 / size), Math.floor(at / 3) % size, at % 3];
    const nucleus = ellipses.slice(0, 5).some((each) => isIn(i, j, each)) && !isIn(i, j, ellipses[5]!);
    return ((nucleus ? nucleus_rgb : background_rgb)[c]! + (7 * i + 13 * j) % 9 - 4) / 255;
  });
  return hostArray(data, [size, size, 3]);
}

Deno.test("segmentNuclei() reproduces nucleus_pipeline of geneflow", () => {
  const { nucleus_pipeline: expected } = vectors;
  const picture = nucleusPicture();
  const { height, width, values } = greyOf(picture);
  for (const [i, j, grey] of expected.gray_checks) assertEquals(values[i! * width + j!], grey);
  assertEquals(otsuThreshold(values), expected.otsu);
  const count = ({ labels }: { labels: Int32Array }): number => labels.filter((label) => label > 0).length;
  const mask = { height, width, labels: Int32Array.from(values, (value) => value <= expected.otsu ? 1 : 0) };
  assertEquals(count(mask), expected.pixels_below);
  const large = removeSmall(mask, 50);
  assertEquals(count(large), expected.after_small_objects);
  assertEquals(count(fillSmall(large, 100)), expected.after_small_holes);
  assertEquals(nucleusMask(picture), fillSmall(large, 100));
  const shapes = regionShapes(segmentNuclei(picture));
  assertEquals(shapes.length, expected.n_nuclei);
  shapes.forEach((shape, i) => {
    const nucleus = expected.nuclei[i]!;
    assertClose(
      [shape.area, shape.row, shape.column, shape.perimeter, shape.circularity, shape.eccentricity, shape.solidity],
      [
        nucleus.area,
        ...nucleus.centroid,
        nucleus.perimeter,
        nucleus.circularity,
        nucleus.eccentricity,
        nucleus.solidity,
      ],
      1e-6,
    );
  });
});

Deno.test("labelComponents() joins corners only if asked", () => {
  const mask = { height: 2, width: 3, labels: Int32Array.of(1, 0, 1, 0, 1, 0) };
  assertEquals(labelComponents(mask, 4).count, 3);
  assertEquals(labelComponents(mask, 8).count, 1);
});

Deno.test("matchHistogram() reproduces histogram_match of geneflow", () => {
  const { source, target, output } = vectors.histogram_match;
  const image = (values: readonly unknown[]) => ({ ...array(values), shape: [2, 3, 1] });
  assertClose(matchHistogram(image(source), image(target)).data, flat(output), 1e-6);
  assertThrows(() => matchHistogram(image(source), hostArray(new Float32Array(4), [1, 2, 2])), TypeError, "channels");
});
