import { type HostArray, hostArray } from "../../../core/host_array.ts";
import {
  anchorPlot,
  arrowMap,
  barChart,
  dotChart,
  dotMap,
  dotMapFrames,
  type Figure,
  type Frame,
  heatMap,
  lineChart,
  type ReportInput,
  scatterPlot,
} from "../../../core/report/mod.ts";

/** A name that breaks markup unless it is escaped. */
export const NASTY = `<b>"A" & 'B'</b>\u0007`;

/**
 * Numbers that look random and are the same everywhere (a Weyl sequence).
 *
 * @param n How many.
 * @param step Irrational step.
 * @returns Values in [0, 1).
 */
export function weyl(n: number, step = Math.SQRT2): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => ((i + 1) * step) % 1);
}

/**
 * Points that fill the rectangle [0, 2) x [0, 1).
 *
 * @param n How many.
 * @param shift Added to both coordinates.
 * @returns Shape `[n, 2]`.
 */
export function points(n: number, shift = 0): HostArray {
  const [a, b] = [weyl(n), weyl(n, Math.sqrt(3))];
  return hostArray(
    Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? 2 * a[i >> 1]! : b[i >> 1]!) + shift),
    [n, 2],
  );
}

/**
 * Categories of points, the first more frequent.
 *
 * @param n How many points.
 * @param k How many categories.
 * @returns Category of each point.
 */
export function codes(n: number, k: number): Int32Array {
  return Int32Array.from(weyl(n, Math.sqrt(5)), (u) => Math.floor(u * u * k));
}

function one(id: string, svg: string): Figure {
  return { id, title: `${id} ${NASTY}`, caption: NASTY, frames: [{ label: "", svg }] };
}

/** One figure of each kind, with names that must be escaped. */
export function sampleFigures(): readonly Figure[] {
  const categories = [NASTY, ...Array.from({ length: 27 }, (_, i) => `type ${i}`)];
  const panel = { title: NASTY, points: points(3000), category: codes(3000, 28), background: points(2000, 0.1) };
  const frames: readonly Frame[] = dotMapFrames({
    title: "flow",
    categories,
    unit: "µm",
    frames: Array.from({ length: 5 }, (_, i) => ({
      label: `t = ${(i / 4).toFixed(2)}`,
      panels: [{ ...panel, points: points(1000, i / 10), category: codes(1000, 28) }],
    })),
  });
  const x = Array.from({ length: 3000 }, (_, i) => i);
  const groups = categories.slice(0, 6);
  const values = weyl(6);
  return [
    one("map", dotMap({ title: NASTY, panels: [panel, panel, panel], categories, unit: NASTY })),
    one(
      "values",
      dotMap({ title: NASTY, panels: [{ title: "v", points: points(500), value: weyl(500) }], valueUnit: NASTY }),
    ),
    { ...one("flow", ""), frames },
    one(
      "loss",
      lineChart({
        title: NASTY,
        xLabel: NASTY,
        yLabel: NASTY,
        series: [{ name: NASTY, x, y: weyl(3000), faint: true }, { name: NASTY, x, y: weyl(3000), dashed: true }],
        logY: true,
        markers: [{ x: 100, label: NASTY }],
      }),
    ),
    one(
      "anchors-again",
      anchorPlot({
        title: NASTY,
        rows: [{ name: NASTY, value: 0.5, spread: 0.1, better: "lower", anchors: { [NASTY]: 1 } }],
      }),
    ),
    one(
      "bars",
      barChart({
        title: NASTY,
        valueLabel: NASTY,
        groups,
        series: [{ name: NASTY, values, spread: values }, { name: "b", values }],
        references: [{ label: NASTY, value: 0.3 }],
      }),
    ),
    one(
      "dots",
      dotChart({ title: NASTY, valueLabel: NASTY, groups, series: [{ name: NASTY, values, spread: values }] }),
    ),
    one(
      "confusion",
      heatMap({
        title: NASTY,
        rows: categories,
        columns: categories,
        values: hostArray(weyl(28 * 28), [28, 28]),
        rowLabel: NASTY,
        columnLabel: NASTY,
        normalise: "row",
      }),
    ),
    one(
      "scatter",
      scatterPlot({
        title: NASTY,
        xLabel: NASTY,
        yLabel: NASTY,
        series: [{ name: NASTY, points: points(300) }, { name: "b", points: points(300) }],
        equal: true,
        diagonal: true,
        trajectories: [points(20)],
      }),
    ),
    one(
      "arrows",
      arrowMap({
        title: NASTY,
        from: points(50),
        to: points(50, 0.2),
        category: codes(50, 28),
        categories,
        background: points(500),
        unit: NASTY,
      }),
    ),
  ];
}

/** A report with all there is, and markup in every text. */
export function sampleReport(): ReportInput {
  const metric = { name: NASTY, description: NASTY, better: "higher", value: 0.5, spread: 0.01 } as const;
  return {
    title: NASTY,
    summary: [NASTY, "Second paragraph."],
    notes: [NASTY],
    metrics: [{ ...metric, anchors: { oracle: 0.9, [NASTY]: 0.1 } }, { ...metric, name: "plain", anchors: {} }],
    published: [{ title: NASTY, data: NASTY, columns: [NASTY], rows: [{ name: NASTY, values: [NASTY] }] }],
    figures: sampleFigures(),
    config: { [NASTY]: NASTY, nested: { list: [1, 2], deep: [{ lr: 3e-4 }], none: null, empty: {} } },
    citations: [{
      role: NASTY,
      citation: {
        title: NASTY,
        authors: NASTY,
        year: 2025,
        url: `https://example.org/?a="b"`,
        licence: NASTY,
        source: NASTY,
      },
    }, { role: "Data", citation: { title: "t", authors: "a", year: 2022, url: "javascript:alert(1)" } }],
    environment: { [NASTY]: NASTY },
    rerun: [NASTY],
  };
}
