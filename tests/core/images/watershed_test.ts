import { distanceInside, type LabelImage, regionShapes, splitTouching } from "../../../core/mod.ts";
import { assert, assertEquals } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { assertClose } from "../../vectors/arrays.ts";

function maskOf(height: number, width: number, isIn: (row: number, column: number) => boolean): LabelImage {
  const labels = Int32Array.from(
    { length: height * width },
    (_, at) => isIn(Math.floor(at / width), at % width) ? 1 : 0,
  );
  return { height, width, labels };
}

const disc = (r: number, c: number, radius: number) => (row: number, column: number): boolean =>
  (row - r) ** 2 + (column - c) ** 2 <= radius ** 2;

const PROGRAM = `
import json, sys
import numpy as np
from scipy.ndimage import distance_transform_edt
mask = np.array(json.loads(sys.argv[1])).reshape(json.loads(sys.argv[2]))
print(json.dumps(distance_transform_edt(mask).ravel().tolist()))
`;

Deno.test({
  name: "distanceInside() agrees with SciPy's exact distance transform",
  ignore: !hasPython("scipy.ndimage"),
  fn: () => {
    const mask = maskOf(17, 23, (r, c) => (7 * r + 5 * c + r * c) % 11 !== 0 || disc(8, 11, 5)(r, c));
    const expected = runPython(PROGRAM, [
      JSON.stringify([...mask.labels]),
      JSON.stringify([mask.height, mask.width]),
    ]) as number[];
    assertClose(distanceInside(mask), expected, 1e-9);
  },
});

Deno.test("splitTouching() parts two discs where they meet and leaves one disc whole", () => {
  const [left, right] = [disc(12, 10, 7), disc(12, 21, 7)];
  const both = maskOf(25, 32, (r, c) => left(r, c) || right(r, c));
  const made = splitTouching(both, 4);
  const shapes = regionShapes(made);
  assertEquals(shapes.length, 2);
  assertEquals(shapes[0]!.area + shapes[1]!.area, both.labels.filter((label) => label > 0).length);
  assert(Math.abs(shapes[0]!.column - 10) < 1 && Math.abs(shapes[1]!.column - 21) < 1, JSON.stringify(shapes));
  assertEquals(regionShapes(splitTouching(maskOf(25, 32, left), 4)).length, 1);
});

Deno.test("splitTouching() labels every pixel of a mask, and an empty one not at all", () => {
  const odd = maskOf(20, 20, (r, c) => (r * 3 + c * c) % 7 > 1);
  const made = splitTouching(odd, 2);
  assertEquals(made.labels.map((label) => label > 0 ? 1 : 0), odd.labels);
  assert(splitTouching(maskOf(5, 5, () => false), 2).labels.every((label) => label === 0));
});
