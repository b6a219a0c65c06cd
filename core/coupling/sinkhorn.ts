/** When to stop, and how blurred the plan is. */
export interface SinkhornOptions {
  /** Entropy weight, in units of the cost. @default {0.05} */
  readonly epsilon?: number;
  /** Most iterations; one scales columns, then rows. @default {1000} */
  readonly maxIterations?: number;
  /** Stop when the L2 norm of the column-mass error falls below it. @default {1e-9} */
  readonly tolerance?: number;
}

/** An entropic plan and how it was reached. */
export interface SinkhornResult {
  /** Mass moved from each row to each column, row-major `[rows, columns]`, summing to 1. */
  readonly plan: Float64Array;
  /** Iterations used. */
  readonly iterations: number;
  /** Whether the tolerance was met. */
  readonly converged: boolean;
  /** Whether the plan lost its mass to rounding (costs beyond 1e13 epsilon) and the uniform plan stands in for it. */
  readonly uniform: boolean;
}

/** Scalings stay within exp(+-LIMIT) before they are absorbed into the potentials. */
const LIMIT = 60;
/** Kernel entries below it are zero: with LIMIT they add less than rounding, and subnormal numbers are slow. */
const FLUSH = 1e-200;

/**
 * Entropic optimal transport with uniform masses, log-domain stabilized.
 *
 * Iterates column scaling, then row scaling (Cuturi 2013) on a kernel that absorbs the scalings into log potentials
 * before they overflow (Schmitzer 2019), so any epsilon > 0 works; rows are exact and columns within the tolerance.
 * For the opposite order transpose the cost.
 *
 * @example Usage
 * ```ts
 * import { sinkhorn } from "@morphogen/morphogen";
 *
 * const { plan, converged } = sinkhorn(Float64Array.of(0, 1, 1, 0), 2, 2, { epsilon: 0.5 });
 * if (!converged || Math.abs(plan[0] - 0.5 / (1 + Math.exp(-2))) > 1e-6) throw new Error(String(plan));
 * ```
 *
 * @param cost Costs, row-major `[rows, columns]`.
 * @param rows Number of rows.
 * @param columns Number of columns.
 * @param options Entropy weight and stop rule.
 * @returns The plan, iterations and whether it converged.
 * @throws {RangeError} If sizes disagree, a cost is not finite or an option is not positive.
 */
export function sinkhorn(
  cost: Float64Array,
  rows: number,
  columns: number,
  options: SinkhornOptions = {},
): SinkhornResult {
  const { epsilon = 0.05, maxIterations = 1000, tolerance = 1e-9 } = options;
  if (cost.length !== rows * columns || cost.length === 0) {
    throw new RangeError(`Cannot couple ${rows} rows with ${columns} columns: cost holds ${cost.length} values`);
  }
  const bad = cost.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new RangeError(`Cannot couple rows: cost ${bad} is ${cost[bad]}, expected finite numbers`);
  if (!(epsilon > 0)) throw new RangeError(`Cannot couple rows: epsilon is ${epsilon}, expected a number > 0`);
  if (!(maxIterations >= 1)) {
    throw new RangeError(`Cannot couple rows: maxIterations is ${maxIterations}, expected at least 1`);
  }
  const f = new Float64Array(rows);
  const g = new Float64Array(columns);
  columnPotentials(cost, f, g, epsilon);
  rowPotentials(cost, f, g, epsilon);
  const kernel = new Float64Array(cost.length);
  const u = new Float64Array(rows);
  const v = new Float64Array(columns);
  const masses = new Float64Array(columns);
  absorb(cost, f, g, u, v, kernel, epsilon);
  addColumnMasses(kernel, u, masses);
  let iterations = 1;
  let error = columnError(masses, v);
  while (error >= tolerance && iterations < maxIterations) {
    for (let j = 0; j < columns; j++) v[j] = 1 / (columns * masses[j]!);
    scaleRows(kernel, u, v, masses);
    iterations++;
    error = columnError(masses, v);
    if (outgrown(u) || outgrown(v)) {
      absorb(cost, f, g, u, v, kernel, epsilon);
      addColumnMasses(kernel, u, masses);
    }
  }
  absorb(cost, f, g, u, v, kernel, epsilon);
  const total = kernel.reduce((sum, mass) => sum + mass, 0);
  const uniform = !(Math.abs(total - 1) < 1e-3);
  return Object.freeze({
    plan: uniform ? kernel.fill(1 / cost.length) : kernel,
    iterations,
    converged: error < tolerance && !uniform,
    uniform,
  });
}

/** g such that every column of exp((f + g - cost) / epsilon) sums to 1 / columns. */
function columnPotentials(cost: Float64Array, f: Float64Array, g: Float64Array, epsilon: number): void {
  const columns = g.length;
  const top = new Float64Array(columns).fill(-Infinity);
  const sum = new Float64Array(columns);
  for (let at = 0, i = 0; i < f.length; i++) {
    for (let j = 0; j < columns; j++, at++) top[j] = Math.max(top[j]!, f[i]! - cost[at]!);
  }
  for (let at = 0, i = 0; i < f.length; i++) {
    for (let j = 0; j < columns; j++, at++) sum[j]! += Math.exp((f[i]! - cost[at]! - top[j]!) / epsilon);
  }
  for (let j = 0; j < columns; j++) g[j] = -top[j]! - epsilon * Math.log(columns * sum[j]!);
}

/** f such that every row of exp((f + g - cost) / epsilon) sums to 1 / rows. */
function rowPotentials(cost: Float64Array, f: Float64Array, g: Float64Array, epsilon: number): void {
  const columns = g.length;
  for (let base = 0, i = 0; i < f.length; i++, base += columns) {
    let top = -Infinity;
    let sum = 0;
    for (let j = 0; j < columns; j++) top = Math.max(top, g[j]! - cost[base + j]!);
    for (let j = 0; j < columns; j++) sum += Math.exp((g[j]! - cost[base + j]! - top) / epsilon);
    f[i] = -top - epsilon * Math.log(f.length * sum);
  }
}

/** Move the scalings into the potentials and rebuild the kernel from them; the scalings become 1. */
function absorb(
  cost: Float64Array,
  f: Float64Array,
  g: Float64Array,
  u: Float64Array,
  v: Float64Array,
  kernel: Float64Array,
  epsilon: number,
): void {
  for (let i = 0; i < f.length; i++) if (u[i]! > 0) f[i]! += epsilon * Math.log(u[i]!);
  for (let j = 0; j < g.length; j++) if (v[j]! > 0) g[j]! += epsilon * Math.log(v[j]!);
  u.fill(1);
  v.fill(1);
  for (let at = 0, i = 0; i < f.length; i++) {
    for (let j = 0; j < g.length; j++, at++) {
      const entry = Math.exp((f[i]! + g[j]! - cost[at]!) / epsilon);
      kernel[at] = entry < FLUSH ? 0 : entry;
    }
  }
}

function addColumnMasses(kernel: Float64Array, u: Float64Array, masses: Float64Array): void {
  masses.fill(0);
  for (let at = 0, i = 0; i < u.length; i++) {
    for (let j = 0; j < masses.length; j++, at++) masses[j]! += u[i]! * kernel[at]!;
  }
}

/** Row scaling for given column scalings; adds up the next column masses while the row is in cache. */
function scaleRows(kernel: Float64Array, u: Float64Array, v: Float64Array, masses: Float64Array): void {
  const columns = v.length;
  masses.fill(0);
  for (let base = 0, i = 0; i < u.length; i++, base += columns) {
    let even = 0;
    let odd = 0;
    let j = 0;
    for (; j + 1 < columns; j += 2) {
      even += kernel[base + j]! * v[j]!;
      odd += kernel[base + j + 1]! * v[j + 1]!;
    }
    if (j < columns) even += kernel[base + j]! * v[j]!;
    const scale = 1 / (u.length * (even + odd));
    u[i] = scale;
    for (j = 0; j < columns; j++) masses[j]! += scale * kernel[base + j]!;
  }
}

/** L2 norm of what the columns hold above 1 / columns, before they are scaled again. */
function columnError(masses: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < v.length; j++) sum += (masses[j]! * v[j]! - 1 / v.length) ** 2;
  return Math.sqrt(sum);
}

function outgrown(scaling: Float64Array): boolean {
  const top = Math.exp(LIMIT);
  return scaling.some((value) => !(value < top && value > 1 / top));
}
