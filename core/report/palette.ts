/**
 * Colours of categories and values, chosen to be seen on white and on near-black.
 *
 * The categorical table was searched, not drawn: five fixed hues, then the candidate of an OKLCH grid (lightness 0.46
 * to 0.82, chroma up to 0.17) whose smallest OKLab distance to the colours before it is largest. For the first nine
 * the distance is the smaller one under simulated deuteranopia and protanopia (Machado et al. 2009, severity 1), later
 * it is a mean of that and the unimpaired distance: nobody tells 40 colours apart without red and green, but the
 * common few stay apart.
 */
const CATEGORICAL: readonly string[] = [
  ...["#3b74b4", "#e0893b", "#45a693", "#a8234a", "#7cc4ec", "#b082f7", "#c3cf32", "#6938a7", "#8f7835", "#fea4d2"],
  ...["#086b16", "#de5f99", "#68524d", "#2fe5a2", "#a353ba", "#75b333", "#c94e0c", "#bda3a6", "#8a8295", "#3295f6"],
  ...["#e9bb82", "#239149", "#0052b4", "#955878", "#8d247b", "#477a6c", "#964d0c", "#a5d0b4", "#889cd7", "#c37c77"],
  ...["#e57fdd", "#a9a15c", "#7974e8", "#bca8fd", "#665891", "#f6819d", "#2b606d", "#65c18b", "#b678bc", "#4391b1"],
];

/** Stops of the sequential ramp; lightness falls steadily, and both ends are visible on white and on near-black. */
const SEQUENTIAL: readonly (readonly [number, number, number])[] = [
  [236, 205, 128],
  [240, 155, 92],
  [219, 95, 104],
  [162, 66, 140],
  [92, 65, 166],
];

function hex(red: number, green: number, blue: number): string {
  return "#" + [red, green, blue].map((v) => Math.round(v).toString(16).padStart(2, "0")).join("");
}

function shade(color: string, factor: number): string {
  const part = (i: number): number => Math.min(255, parseInt(color.slice(i, i + 2), 16) * factor);
  return hex(part(1), part(3), part(5));
}

/**
 * Colours for categories. The colour of an index never depends on how many categories there are, so a cell type keeps
 * its colour in all pictures that index it the same way.
 *
 * @example Usage
 * ```ts
 * import { categoricalColors } from "@morphogen/morphogen";
 *
 * const colors = categoricalColors(28);
 * if (new Set(colors).size !== 28) throw new Error("two categories share a colour");
 * ```
 *
 * @param n Number of categories; beyond 40 the colours repeat darker, beyond 80 lighter, then as they are.
 * @returns `n` colours as `#rrggbb`.
 */
export function categoricalColors(n: number): readonly string[] {
  const size = CATEGORICAL.length;
  return Array.from({ length: n }, (_, i) => {
    const round = Math.floor(i / size) % 3;
    return shade(CATEGORICAL[i % size]!, round === 0 ? 1 : round === 1 ? 0.68 : 1.3);
  });
}

/**
 * Colour of a value on a ramp from pale gold (low) over red to violet (high).
 *
 * @param t Position on the ramp; values outside [0, 1] take the colour of the nearer end, NaN that of the low end.
 * @returns The colour as `#rrggbb`.
 */
export function sequentialColor(t: number): string {
  const last = SEQUENTIAL.length - 1;
  const at = Math.min(Math.max(Number.isNaN(t) ? 0 : t, 0), 1) * last;
  const i = Math.min(Math.floor(at), last - 1);
  const [a, b] = [SEQUENTIAL[i]!, SEQUENTIAL[i + 1]!];
  const mix = (k: 0 | 1 | 2): number => a[k] + (b[k] - a[k]) * (at - i);
  return hex(mix(0), mix(1), mix(2));
}
