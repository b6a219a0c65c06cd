/**
 * Colours of categories and values, chosen to be seen on white and on near-black.
 *
 * The categorical table was searched, not drawn: five fixed hues, then the candidate of an OKLCH grid (lightness 0.52
 * to 0.80, chroma up to 0.18) whose smallest OKLab distance to the colours before it is largest. For the first nine
 * the distance is the smaller one under simulated deuteranopia and protanopia (Machado et al. 2009, severity 1), later
 * it is a mean of that and the unimpaired distance: nobody tells 40 colours apart without red and green, but the
 * common few stay apart.
 */
const CATEGORICAL: readonly string[] = [
  ...["#3d78ba", "#e0893b", "#3fa08c", "#b8305a", "#86c9ee", "#c182fc", "#a1ce7c", "#9f6700", "#efa6bb", "#8b40b2"],
  ...["#e961a0", "#207e27", "#9a728a", "#6cae1b", "#1aa2eb", "#5a6f64", "#a8a690", "#717df7", "#e55745", "#ebb432"],
  ...["#9b9edc", "#42cab4", "#778a2d", "#b869bf", "#f680dc", "#ca8183", "#d1a9fb", "#5157ce", "#715c95", "#728fb0"],
  ...["#965449", "#d6b894", "#a08863", "#b1409c", "#9260da", "#c73f15", "#35df8b", "#b4a744", "#7aaec0", "#bd6065"],
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
