import { columnStats, hostArray, rng } from "../../../core/mod.ts";
import { fitScalings, scalingsOf, seenSlide } from "../../../plugins/stflow/features.ts";
import type { RawSlide } from "../../../plugins/stflow/slides.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { assertClose } from "../../vectors/arrays.ts";

function raw(name: string, shift: number): RawSlide {
  const rows = 50;
  const values = (width: number, seed: number) =>
    hostArray(rng(seed).fold(name).host.normal(rows * width).map((value) => 3 * value + shift), [rows, width]);
  return {
    name,
    split: "train",
    coords: hostArray(new Float32Array(2 * rows), [rows, 2]),
    y: hostArray(new Float32Array(rows), [rows, 1]),
    given: [values(2, 1), values(3, 2)],
  };
}

const [A, B] = [raw("a", 5), raw("b", -5)];
const NAMES = ["measures", "model"];

Deno.test("statistics are z-scored by the training spots, a model's features stay as they are", () => {
  const prepared = { images: fitScalings(NAMES, [A, B], (name) => name === "measures") };
  const scalings = scalingsOf(prepared, NAMES);
  const [a, b] = [seenSlide(A, scalings), seenSlide(B, scalings)];
  assertEquals(a.features!.shape, [50, 5]);
  const both = hostArray(Float32Array.of(...a.features!.data, ...b.features!.data), [100, 5]);
  const { mean, std } = columnStats(both);
  assertClose(mean.subarray(0, 2), [0, 0], 1e-5);
  assertClose(std.subarray(0, 2), [1, 1], 1e-5);
  assertEquals(a.features!.data.slice(2, 5), A.given[1]!.data.slice(0, 3));
});

Deno.test("statistics z-scored by their slide do not see how strongly it was stained", () => {
  const prepared = { images: fitScalings(NAMES, [A], () => false) };
  const kept = scalingsOf(prepared, NAMES);
  const slide = seenSlide(B, ["slide", kept[1]!]);
  const { mean, std } = columnStats(slide.features!);
  for (const column of [0, 1]) {
    assertAlmostEquals(mean[column]!, 0, 1e-5);
    assertAlmostEquals(std[column]!, 1, 1e-5);
  }
  assertEquals(slide.features!.data.slice(2, 5), B.given[1]!.data.slice(0, 3));
});

Deno.test("features that were not prepared are refused", () => {
  assertThrows(() => scalingsOf({}, NAMES), TypeError, "Cannot scale image features measures, model");
  assertEquals(scalingsOf({}, []), []);
  assertEquals(seenSlide({ ...A, given: [] }, []).features, undefined);
});
