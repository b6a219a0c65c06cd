import { ConfigError } from "../core/errors.ts";

/** One swept key with its values, as they were typed. */
export interface Axis {
  /** Path of the key, or `seed`. */
  readonly path: string;
  /** Values in order. */
  readonly values: readonly string[];
}

/** One combination of values; `seed` is among them if it is swept. */
export type Point = Readonly<Record<string, string>>;

/** Split at commas that stand outside brackets and quotes, so that lists and texts can be values. */
function splitValues(text: string): string[] | undefined {
  const values: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!;
    if (letter === "\\" && quoted) i++;
    else if (letter === '"') quoted = !quoted;
    else if (quoted) continue;
    else if ("[{".includes(letter)) depth++;
    else if ("]}".includes(letter)) depth--;
    else if (letter === "," && depth === 0) {
      values.push(text.slice(start, i));
      start = i + 1;
    }
  }
  values.push(text.slice(start));
  return depth === 0 && !quoted ? values.map((value) => value.trim()) : undefined;
}

function parseAxis(text: string): Axis {
  const fail = (reason: string): never => {
    throw new ConfigError(`Cannot read sweep "${text}": ${reason}`);
  };
  const cut = text.indexOf("=");
  if (cut <= 0) return fail("expected path=value,value, for example train.lr=1e-3,1e-4");
  const path = text.slice(0, cut).trim();
  const values = splitValues(text.slice(cut + 1)) ?? fail("a bracket or quote is not closed");
  if (values.includes("")) return fail("a value is empty");
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) return fail(`the value ${twice} is there twice`);
  if (path === "seed") {
    const bad = values.find((value) => !/^\d+$/.test(value) || !Number.isSafeInteger(Number(value)));
    if (bad !== undefined) return fail(`expected seeds that are whole numbers of at least 0, got "${bad}"`);
  }
  return { path, values };
}

/**
 * Parse the axes of a sweep.
 *
 * @param sweeps Texts such as `train.lr=1e-3,1e-4`, `dims=[64],[64,64]` or `seed=1,2,3`.
 * @returns The axes in order.
 * @throws {ConfigError} If one has no values, an empty or repeated one, or there are two of one path.
 */
export function parseAxes(sweeps: readonly string[]): Axis[] {
  const axes = sweeps.map(parseAxis);
  const twice = axes.find(({ path }, i) => axes.findIndex((axis) => axis.path === path) < i);
  if (twice !== undefined) {
    throw new ConfigError(`Cannot sweep "${twice.path}" twice: put all its values into one --sweep`);
  }
  return axes;
}

/**
 * All combinations of values, the last axis running fastest.
 *
 * @param axes The axes.
 * @returns The points.
 */
export function combinations(axes: readonly Axis[]): Point[] {
  let points: Point[] = [{}];
  for (const { path, values } of axes) {
    points = points.flatMap((point) => values.map((value) => ({ ...point, [path]: value })));
  }
  return points;
}
