import { hostArray } from "../../../core/host_array.ts";
import { anchorPlot, arrowMap, barChart, dotChart, heatMap, lineChart, scatterPlot } from "../../../core/report/mod.ts";
import { linePath } from "../../../core/report/line_path.ts";
import { runningMean } from "../../../core/report/smooth.ts";
import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { points, weyl } from "./samples.ts";
import { elements, parseXml, texts } from "./well_formed.ts";

Deno.test("lineChart() names curves at their ends without overlap, and thins 100,000 samples", () => {
  const x = Array.from({ length: 100_000 }, (_, i) => i);
  const names = Array.from({ length: 6 }, (_, i) => `curve ${i}`);
  const svg = lineChart({
    title: "t",
    xLabel: "step",
    yLabel: "loss",
    series: names.map((name, i) => ({ name, x, y: x.map((v) => Math.exp(-v / 2e4) + i * 1e-4) })),
    markers: [{ x: 99_000, label: "best" }],
  });
  assertLess(svg.length, 150_000);
  const labels = elements(parseXml(svg), "text").filter(({ children }) => children.join("").startsWith("curve"));
  const heights = labels.map(({ attributes }) => Number(attributes.y)).sort((a, b) => a - b);
  assertEquals(heights.length, 6);
  for (let i = 1; i < 6; i++) assert(heights[i]! - heights[i - 1]! >= 15, "names overlap");
});

Deno.test("lineChart() leaves out what a logarithmic axis cannot show", () => {
  const y = [1, 0, -1, NaN, 0.01];
  const svg = lineChart({
    title: "t",
    xLabel: "x",
    yLabel: "y",
    series: [{ name: "s", x: [0, 1, 2, 3, 4], y }],
    logY: true,
  });
  assert(!svg.includes("NaN") && !svg.includes("Infinity"));
  parseXml(lineChart({ title: "t", xLabel: "x", yLabel: "y", series: [] }));
  parseXml(lineChart({ title: "t", xLabel: "x", yLabel: "y", series: [{ name: "s", x: [1], y: [-1] }], logY: true }));
  assertThrows(
    () => lineChart({ title: "t", xLabel: "x", yLabel: "y", series: [{ name: "s", x: [1], y: [] }] }),
    TypeError,
    "1 positions and 0 values",
  );
});

Deno.test("linePath() keeps the extremes of each pixel column and breaks at gaps", () => {
  const same = (v: number): number => v;
  const n = 1000;
  const xs = Array.from({ length: n }, (_, i) => i / 100);
  const ys = Array.from(weyl(n), (v) => v * 90);
  ys[555] = 500;
  const path = linePath(xs, ys, same, same);
  assert(path.includes(" 500"), "the peak is lost");
  assertLess(path.split("L").length, 50);
  assertEquals(linePath([0, 1, 2, 3, 4], [1, 2, NaN, 3, 4], same, same), "M0 1L1 2M3 3L4 4");
  assertEquals(linePath([], [], same, same), "");
});

Deno.test({
  name: "runningMean() equals numpy's convolution",
  ignore: !hasPython("numpy"),
  fn: () => {
    const values = Array.from(weyl(40));
    const expected = runPython(
      `import json, sys, numpy as np
v = np.array(json.loads(sys.argv[1])); k = np.ones(7)
print(json.dumps((np.convolve(v, k, "same") / np.convolve(np.ones(v.size), k, "same")).tolist()))`,
      [JSON.stringify(values)],
    ) as number[];
    runningMean(values, 7).forEach((v, i) => assertAlmostEquals(v, expected[i]!, 1e-12));
  },
});

Deno.test("runningMean() skips gaps and refuses an empty window", () => {
  assertEquals([...runningMean([1, NaN, 3], 3)], [1, 2, 3]);
  assertEquals([...runningMean([NaN, NaN], 1)], [NaN, NaN]);
  assertThrows(() => runningMean([1], 0), RangeError);
});

Deno.test("anchorPlot() turns every track so that right is better", () => {
  const anchors = { oracle: 0.9, shuffled: 0.1 };
  const at = (better: "higher" | "lower", label: string): number => {
    const root = parseXml(anchorPlot({ title: "t", rows: [{ name: "m", value: 0.5, better, anchors }] }));
    const text = elements(root, "text").find(({ children }) => children.join("").startsWith(label))!;
    return Number(text.attributes.x);
  };
  assert(at("higher", "oracle") > at("higher", "shuffled"));
  assert(at("lower", "oracle") < at("lower", "shuffled"));
});

Deno.test("anchorPlot() hangs close labels on lanes of their own", () => {
  const anchors = { oracle: 0.5, replicate: 0.501, "copy-source": 0.502, shuffled: 0 };
  const root = parseXml(anchorPlot({ title: "t", rows: [{ name: "m", value: 0.5, better: "higher", anchors }] }));
  const heights = elements(root, "text").filter(({ children }) => /^(oracle|rep|copy)/.test(children.join("")));
  assertEquals(new Set(heights.map(({ attributes }) => attributes.y)).size, 3);
});

Deno.test("anchorPlot() turns to logarithms for wide ranges and copes with NaN", () => {
  const rows = [
    { name: "wide", value: 0.1, better: "lower", anchors: { oracle: 0.001, prior: 10 } },
    { name: "broken", value: NaN, better: "lower", anchors: { oracle: NaN } },
  ] as const;
  const lines = texts(parseXml(anchorPlot({ title: "t", rows })));
  assert(lines.includes("lower is better, log scale"));
  assert(lines.includes("n/a"));
  parseXml(anchorPlot({ title: "t", rows: [] }));
});

Deno.test("barChart() draws bars as long as their values", () => {
  const svg = barChart({
    title: "t",
    valueLabel: "share",
    groups: ["a", "b", "c"],
    series: [{ name: "s", values: [0.1, 0.2, NaN] }],
  });
  const bars = elements(parseXml(svg), "rect").slice(1).map(({ attributes }) => Number(attributes.width));
  assertEquals(bars.length, 2);
  assertAlmostEquals(bars[1]! / bars[0]!, 2, 1e-3);
});

Deno.test("barChart() and dotChart() refuse series of another length, and draw negative values", () => {
  const series = [{ name: "s", values: [-1] }];
  parseXml(barChart({ title: "t", valueLabel: "v", groups: ["a"], series }));
  assertThrows(() => dotChart({ title: "t", valueLabel: "v", groups: ["a", "b"], series }), TypeError, "1 values");
  assert(!barChart({ title: "t", valueLabel: "v", groups: ["a"], series }).includes('width="-'));
});

Deno.test("heatMap() divides by rows or columns and tells each value", () => {
  const values = hostArray(Float64Array.of(3, 1, 0, 4), [2, 2]);
  const hover = (normalise: "row" | "column" | "none"): string[] =>
    elements(
      parseXml(
        heatMap({
          title: "t",
          rows: ["r", "s"],
          columns: ["c", "d"],
          values,
          rowLabel: "",
          columnLabel: "",
          normalise,
        }),
      ),
      "title",
    ).slice(1).map(({ children }) => children.join(""));
  assertEquals(hover("row"), ["r / c: 0.75", "r / d: 0.25", "s / d: 1.00"]);
  assertEquals(hover("column"), ["r / c: 1.00", "r / d: 0.20", "s / d: 0.80"]);
  assertEquals(hover("none"), ["r / c: 3", "r / d: 1", "s / d: 4"]);
  assertThrows(
    () => heatMap({ title: "t", rows: ["r"], columns: ["c"], values, rowLabel: "", columnLabel: "" }),
    TypeError,
    "[2, 2]",
  );
});

Deno.test("scatterPlot() gives both axes one scale in the plane", () => {
  const svg = scatterPlot({
    title: "t",
    xLabel: "x",
    yLabel: "y",
    series: [{ name: "s", points: points(500) }],
    equal: true,
  });
  const d = elements(parseXml(svg), "g")[0]!;
  let [x, y] = [0, 0];
  const dots = [...elements(d, "path")[0]!.attributes.d!.matchAll(/m(-?\d+) ?(-?\d+)h0/g)].map(([, dx, dy]) => {
    [x, y] = [x + Number(dx), y + Number(dy)];
    return [x, y] as const;
  });
  const span = (axis: 0 | 1): number => Math.max(...dots.map((p) => p[axis])) - Math.min(...dots.map((p) => p[axis]));
  assertAlmostEquals(span(0) / span(1), 2, 0.03);
});

Deno.test("arrowMap() points from starts to ends", () => {
  const from = hostArray(Float32Array.of(0, 0, 3, 0), [2, 2]);
  const to = hostArray(Float32Array.of(1, 0, 3, 2), [2, 2]);
  const path = elements(parseXml(arrowMap({ title: "t", from, to })), "path")[0]!.attributes.d!;
  const shafts = [...path.matchAll(/M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)M/g)].map((m) => m.slice(1).map(Number));
  assertEquals(shafts.length, 2);
  const [right, up] = shafts.map(([x0, y0, x1, y1]) => [x1! - x0!, y0! - y1!]);
  assert(right![0]! > 100 && Math.abs(right![1]!) < 0.2);
  assertAlmostEquals(up![1]!, 2 * right![0]!, 0.5);
  assertThrows(() => arrowMap({ title: "t", from, to: points(3) }), TypeError, "2 starts and 3 ends");
});
