import { categoricalColors, sequentialColor } from "../../../core/report/palette.ts";
import { assert, assertEquals, assertGreater, assertLess } from "../../assert.ts";

/** Linear red, green and blue of `#rrggbb`. */
function linear(hex: string): number[] {
  return [1, 3, 5].map((i) => {
    const v = parseInt(hex.slice(i, i + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
}

/** Contrast ratio of WCAG 2. */
function contrast(a: string, b: string): number {
  const light = (hex: string): number =>
    linear(hex).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i]!, 0.05);
  const [x, y] = [light(a), light(b)];
  return Math.max(x, y) / Math.min(x, y);
}

/** Deuteranopia of Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB. */
const DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]];

function oklab(rgb: readonly number[]): number[] {
  const dot = (row: readonly number[], v: readonly number[]): number => row.reduce((sum, w, i) => sum + w * v[i]!, 0);
  const cone = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ].map((row) => Math.cbrt(Math.max(0, dot(row, rgb))));
  return [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ].map((row) => dot(row, cone));
}

function nearest(colors: readonly string[], view: (rgb: number[]) => number[]): number {
  const labs = colors.map((hex) => oklab(view(linear(hex)).map((v) => Math.min(1, Math.max(0, v)))));
  return Math.min(
    ...labs.flatMap((a, i) => labs.slice(0, i).map((b) => 100 * Math.hypot(...a.map((v, k) => v - b[k]!)))),
  );
}

Deno.test("categoricalColors() gives 40 colours that differ, the first eight also without green cones", () => {
  const same = (rgb: number[]): number[] => rgb;
  const blind = (rgb: number[]): number[] => DEUTERANOPIA.map((row) => row.reduce((s, w, i) => s + w * rgb[i]!, 0));
  assertGreater(nearest(categoricalColors(40), same), 7);
  assertGreater(nearest(categoricalColors(8), same), 14);
  assertGreater(nearest(categoricalColors(8), blind), 8);
});

Deno.test("categoricalColors() depends on the index alone, and has no end", () => {
  assertEquals(categoricalColors(100).slice(0, 7), categoricalColors(7));
  assertEquals(new Set(categoricalColors(120)).size > 110, true);
  assertEquals(categoricalColors(0), []);
});

Deno.test("all colours are seen on white and on the dark page", () => {
  const ramp = Array.from({ length: 21 }, (_, i) => sequentialColor(i / 20));
  for (const color of [...categoricalColors(40), ...ramp]) {
    assert(/^#[0-9a-f]{6}$/.test(color), color);
    assertGreater(contrast(color, "#ffffff"), 1.45, color);
    assertGreater(contrast(color, "#1a1e23"), 2, color);
  }
});

Deno.test("sequentialColor() darkens steadily and keeps to its ends", () => {
  const tones = Array.from({ length: 101 }, (_, i) => oklab(linear(sequentialColor(i / 100)))[0]!);
  for (let i = 1; i < tones.length; i++) assertLess(tones[i]!, tones[i - 1]! + 0.002);
  assertGreater(tones[0]! - tones[100]!, 0.35);
  assertEquals(sequentialColor(-1), sequentialColor(0));
  assertEquals(sequentialColor(7), sequentialColor(1));
  assertEquals(sequentialColor(NaN), sequentialColor(0));
});
