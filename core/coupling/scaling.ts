/** A plan in the making: mass (i, j) is `u[i] * kernel[i, j] * v[j]`, kernel = exp((f + g - cost) / epsilon). */
export interface Scaling {
  /** Costs, row-major `[rows, columns]`. */
  readonly cost: Float64Array;
  /** Entropy weight, in units of the cost. */
  readonly epsilon: number;
  /** Log potentials of the rows, in units of the cost. */
  readonly f: Float64Array;
  /** Log potentials of the columns. */
  readonly g: Float64Array;
  /** Scalings of the rows since the potentials last took them in. */
  readonly u: Float64Array;
  /** Scalings of the columns. */
  readonly v: Float64Array;
  /** Kernel entries, row-major `[rows, columns]`. */
  readonly kernel: Float64Array;
  /** Sums over the rows of `u[i] * kernel[i, j]`. */
  readonly masses: Float64Array;
}

/** Scalings stay within this factor of 1 before the potentials take them in. */
const LIMIT = 1e26;
/** Kernel entries below it are zero: with LIMIT they add less than rounding, and subnormal numbers are slow. */
const FLUSH = 1e-200;

/**
 * Start a scaling problem with one iteration in the log domain, after which no row or column of the kernel vanishes.
 *
 * @param cost Finite costs, row-major `[rows, columns]`.
 * @param rows Number of rows.
 * @param columns Number of columns.
 * @param epsilon Entropy weight, > 0.
 * @returns The state after scaling columns, then rows.
 */
export function startScaling(cost: Float64Array, rows: number, columns: number, epsilon: number): Scaling {
  const f = new Float64Array(rows);
  const g = new Float64Array(columns);
  const top = new Float64Array(columns).fill(-Infinity);
  const sum = new Float64Array(columns);
  for (let at = 0, i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) top[j] = Math.max(top[j]!, -cost[at]!);
  }
  for (let at = 0, i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) sum[j]! += Math.exp((-cost[at]! - top[j]!) / epsilon);
  }
  for (let j = 0; j < columns; j++) g[j] = -top[j]! - epsilon * Math.log(columns * sum[j]!);
  for (let base = 0, i = 0; i < rows; i++, base += columns) {
    let most = -Infinity;
    let total = 0;
    for (let j = 0; j < columns; j++) most = Math.max(most, g[j]! - cost[base + j]!);
    for (let j = 0; j < columns; j++) total += Math.exp((g[j]! - cost[base + j]! - most) / epsilon);
    f[i] = -most - epsilon * Math.log(rows * total);
  }
  const u = new Float64Array(rows).fill(1);
  const v = new Float64Array(columns).fill(1);
  const state = { cost, epsilon, f, g, u, v, kernel: new Float64Array(cost.length), masses: new Float64Array(columns) };
  absorb(state);
  return state;
}

/**
 * Scale the columns, then the rows, to their uniform masses.
 *
 * @param state State to advance.
 */
export function scaleOnce(state: Scaling): void {
  const { u, v, kernel, masses } = state;
  const columns = v.length;
  for (let j = 0; j < columns; j++) v[j] = 1 / (columns * masses[j]!);
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
    // The next column masses are added up while the row is in cache.
    for (j = 0; j < columns; j++) masses[j]! += scale * kernel[base + j]!;
  }
  if (outgrown(u) || outgrown(v)) absorb(state);
}

/**
 * Move the scalings into the potentials and rebuild the kernel, which then is the plan itself.
 *
 * @param state State to rebuild; its scalings become 1.
 */
export function absorb({ cost, epsilon, f, g, u, v, kernel, masses }: Scaling): void {
  for (let i = 0; i < f.length; i++) f[i]! += epsilon * Math.log(u[i]!);
  for (let j = 0; j < g.length; j++) g[j]! += epsilon * Math.log(v[j]!);
  u.fill(1);
  v.fill(1);
  masses.fill(0);
  for (let at = 0, i = 0; i < f.length; i++) {
    for (let j = 0; j < g.length; j++, at++) {
      const entry = Math.exp((f[i]! + g[j]! - cost[at]!) / epsilon);
      kernel[at] = entry < FLUSH ? 0 : entry;
      masses[j]! += kernel[at]!;
    }
  }
}

/**
 * L2 norm of what the columns hold beyond their uniform mass.
 *
 * @param state State after the rows were scaled.
 * @returns The error; 0 if all columns hold 1 / columns.
 */
export function columnError({ masses, v }: Scaling): number {
  let sum = 0;
  for (let j = 0; j < v.length; j++) sum += (masses[j]! * v[j]! - 1 / v.length) ** 2;
  return Math.sqrt(sum);
}

function outgrown(scaling: Float64Array): boolean {
  return scaling.some((value) => !(value < LIMIT && value > 1 / LIMIT));
}
