import { hostArray } from "../../../core/host_array.ts";
import { categoricalColors, dotMap, dotMapFrames, pointBounds } from "../../../core/report/mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess, assertThrows } from "../../assert.ts";
import { codes, points, weyl } from "./samples.ts";
import { elements, parseXml, texts, type XmlElement } from "./well_formed.ts";

/** Positions of the dots of a path in pixels: relative moves, each with a zero-length line. */
function dotsOf(path: XmlElement): [number, number][] {
  const d = path.attributes.d!;
  assert(/^(?:m-?\d+[ -]\d+h0)+$/.test(d), d.slice(0, 80));
  let [x, y] = [0, 0];
  return [...d.matchAll(/m(-?\d+) ?(-?\d+)h0/g)].map(([, dx, dy]) => {
    [x, y] = [x + Number(dx), y + Number(dy)];
    return [x / 10, y / 10];
  });
}

function layersOf(root: XmlElement): readonly XmlElement[] {
  return elements(root, "g").filter(({ attributes }) => attributes.transform === "scale(0.1)");
}

function only<T>(items: readonly T[]): T {
  assertEquals(items.length, 1);
  return items[0]!;
}

Deno.test("dotMap() puts every dot where it belongs, with one scale for both axes", () => {
  const cloud = points(400);
  const root = parseXml(dotMap({ title: "map", panels: [{ title: "p", points: cloud }] }));
  const dots = dotsOf(only(elements(only(layersOf(root)), "path")));
  assertEquals(dots.length, 400);
  const byX = (list: [number, number][]): [number, number][] => list.toSorted((a, b) => a[0] - b[0]);
  const expected = byX(Array.from({ length: 400 }, (_, i) => [cloud.data[2 * i]!, cloud.data[2 * i + 1]!]));
  const drawn = byX(dots);
  const factor = (drawn[399]![0] - drawn[0]![0]) / (expected[399]![0] - expected[0]![0]);
  assertGreater(factor, 100);
  for (let i = 0; i < 400; i++) {
    assertAlmostEquals(drawn[i]![0] - drawn[0]![0], factor * (expected[i]![0] - expected[0]![0]), 0.2);
  }
  // y grows upwards, by the same factor
  const heights = (list: [number, number][]): number[] => list.map(([, y]) => y).sort((a, b) => a - b);
  const [up, down] = [heights(expected), heights(drawn)];
  assertAlmostEquals(down[399]! - down[0]!, factor * (up[399]! - up[0]!), 0.3);
  const highest = expected.findIndex(([, y]) => y === up[399]);
  assertAlmostEquals(drawn[highest]![1], down[0]!, 0.2);
});

Deno.test("dotMap() draws images downwards", () => {
  const pair = hostArray(Float32Array.of(0, 0, 1, 1), [2, 2]);
  const dots = (yAxis: "up" | "down"): [number, number][] =>
    dotsOf(only(elements(parseXml(dotMap({ title: "t", panels: [{ title: "p", points: pair }], yAxis })), "path")));
  const [up, down] = [dots("up"), dots("down")];
  const rises = (list: [number, number][]): boolean => (list[1]![0] - list[0]![0]) * (list[1]![1] - list[0]![1]) < 0;
  assertEquals([rises(up), rises(down)], [true, false]);
});

Deno.test("dotMap() spends about ten bytes a dot", () => {
  const categories = Array.from({ length: 28 }, (_, i) => `type ${i}`);
  const svg = dotMap({
    title: "budget",
    panels: [{ title: "10,000 cells", points: points(10_000), category: codes(10_000, 28) }],
    categories,
  });
  assertLess(svg.length, 108_000);
});

Deno.test("dotMap() colours by index, lists by frequency, draws the rare last, keeps the unlabelled", () => {
  const category = Int32Array.from([2, 2, 2, 0, 0, -1]);
  const root = parseXml(
    dotMap({ title: "t", panels: [{ title: "p", points: points(6), category }], categories: ["a", "b", "c"] }),
  );
  const colors = categoricalColors(3);
  const layers = layersOf(root).map(({ attributes }) => [attributes["data-group"], attributes.stroke]);
  assertEquals(layers, [["-1", "#9aa3ad"], ["2", colors[2]], ["0", colors[0]]]);
  const keys = elements(root, "g").filter(({ attributes }) => attributes.class === "mg-key");
  assertEquals(keys.map((key) => texts(key)[0]), ["c", "a", "no label"]);
  assertEquals(elements(root, "title").map(({ children }) => children.join("")).slice(1), ["no label", "c: 3", "a: 2"]);
});

Deno.test("dotMap() shows at most 30 types and counts the rest", () => {
  const categories = Array.from({ length: 36 }, (_, i) => `type ${i}`);
  const category = Int32Array.from({ length: 360 }, (_, i) => i % 36);
  const lines = texts(
    parseXml(dotMap({ title: "t", panels: [{ title: "p", points: points(360), category }], categories })),
  );
  assertEquals(lines.filter((line) => line.startsWith("type ")).length, 30);
  assert(lines.includes("and 6 rarer"));
});

Deno.test("dotMap() leaves far outliers outside and says how many", () => {
  const cloud = points(1000);
  const data = Float32Array.from(cloud.data);
  data.set([1e6, 0, NaN, 0], 0);
  const svg = dotMap({ title: "t", panels: [{ title: "p", points: hostArray(data, [1000, 2]) }] });
  assert(texts(parseXml(svg)).includes("n = 1,000, 2 outside"), "the heading does not mention them");
  assertLess(pointBounds([hostArray(data, [1000, 2])]).x[1], 2.2);
});

Deno.test("dotMap() shares one region among maps unless told not to", () => {
  const panels = [{ title: "a", points: points(50) }, { title: "b", points: points(50, 10) }];
  const spans = (shareAxes: boolean): number[] =>
    layersOf(parseXml(dotMap({ title: "t", panels, shareAxes }))).map((layer) => {
      const xs = dotsOf(only(elements(layer, "path"))).map(([x]) => x);
      return Math.max(...xs) - Math.min(...xs);
    });
  const [shared, own] = [spans(true), spans(false)];
  assertLess(shared[0]! * 3, own[0]!);
  assertAlmostEquals(own[0]!, own[1]!, 0.5);
});

Deno.test("dotMap() draws a scale bar of round length, only if the unit is known", () => {
  const panels = [{ title: "a", points: points(50) }];
  assert(texts(parseXml(dotMap({ title: "t", panels, unit: "µm" }))).includes("0.5 µm"));
  assert(!texts(parseXml(dotMap({ title: "t", panels }))).some((line) => line.includes("0.5")));
});

Deno.test("dotMap() bins values on the ramp", () => {
  const svg = dotMap({
    title: "t",
    panels: [{ title: "a", points: points(500), value: weyl(500) }],
    valueUnit: "counts",
  });
  const layers = layersOf(parseXml(svg));
  assertEquals(layers.length, 16);
  assertEquals(layers.flatMap((layer) => dotsOf(only(elements(layer, "path")))).length, 500);
  assert(texts(parseXml(svg)).includes("counts"));
});

Deno.test("dotMapFrames() keeps region, dots and legend the same in all frames", () => {
  const frames = dotMapFrames({
    title: "flow",
    categories: ["a", "b"],
    frames: [0, 1, 2].map((i) => ({
      label: `t = ${i}`,
      panels: [{ title: "p", points: points(100, i), category: codes(100, 2), background: points(300) }],
    })),
  });
  assertEquals(frames.map(({ label }) => label), ["t = 0", "t = 1", "t = 2"]);
  const roots = frames.map(({ svg }) => parseXml(svg));
  const background = roots.map((root) => elements(layersOf(root)[0]!, "path")[0]!.attributes.d);
  assertEquals(new Set(background).size, 1);
  assertEquals(new Set(roots.map((root) => layersOf(root).at(-1)!.attributes["stroke-width"])).size, 1);
  assertEquals(new Set(roots.map(({ attributes }) => attributes.viewBox)).size, 1);
});

Deno.test("dotMap() draws empty and degenerate maps", () => {
  for (const n of [0, 1, 2]) {
    const same = hostArray(new Float32Array(2 * n), [n, 2]);
    parseXml(
      dotMap({ title: "t", panels: [{ title: "p", points: same, category: new Int32Array(n) }], categories: ["a"] }),
    );
  }
  parseXml(dotMap({ title: "t", panels: [] }));
});

Deno.test("dotMap() refuses points that are not in the plane, and categories of another number", () => {
  const flat = hostArray(new Float32Array(6), [2, 3]);
  assertThrows(() => dotMap({ title: "t", panels: [{ title: "p", points: flat }] }), TypeError, "[2, 3]");
  const panel = { title: "p", points: points(3), category: [0] };
  assertThrows(() => dotMap({ title: "t", panels: [panel] }), TypeError, "1 categories");
});
