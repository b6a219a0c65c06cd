import { type CouplingKernels, layOut, strideOf } from "./vector.ts";

/** A plan in the making: mass (i, j) is `u[i] * kernel[i, j] * v[j]`, kernel = exp((f + g - cost) / epsilon). */
export interface Scaling {
  /** Vector kernels; they own the memory of the arrays below that have a stride. */
  readonly kernels: CouplingKernels;
  /** Length of a row in memory; what is beyond the columns is 0. */
  readonly stride: number;
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
  /** Scalings of the columns, `[stride]`. */
  readonly v: Float64Array;
  /** Kernel entries, row-major `[rows, stride]`. */
  readonly kernel: Float64Array;
  /** Sums over the rows of `u[i] * kernel[i, j]`, `[stride]`. */
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
  const stride = strideOf(columns);
  const { kernels, arrays } = layOut(`Cannot couple ${rows} rows with ${columns} columns`, [
    rows * stride,
    rows,
    stride,
    stride,
  ]);
  const [kernel, u, v, masses] = arrays as [Float64Array, Float64Array, Float64Array, Float64Array];
  kernel.fill(0);
  u.fill(1);
  v.fill(1);
  const state: Scaling = { kernels, stride, cost, epsilon, f, g, u, v, kernel, masses };
  absorb(state);
  return state;
}

/**
 * Scale the columns, then the rows, to their uniform masses.
 *
 * @param state State to advance.
 */
export function scaleOnce(state: Scaling): void {
  const { kernels, stride, g, u, v, kernel, masses } = state;
  for (let j = 0; j < g.length; j++) v[j] = 1 / (g.length * masses[j]!);
  masses.fill(0);
  kernels.scaleRows(
    kernel.byteOffset,
    v.byteOffset,
    masses.byteOffset,
    u.byteOffset,
    u.length,
    u.length,
    stride * kernel.BYTES_PER_ELEMENT,
  );
  if (outgrown(u) || outgrown(v)) absorb(state);
}

/**
 * Move the scalings into the potentials and rebuild the kernel, which then is the plan itself.
 *
 * @param state State to rebuild; its scalings become 1.
 */
export function absorb({ stride, cost, epsilon, f, g, u, v, kernel, masses }: Scaling): void {
  for (let i = 0; i < f.length; i++) f[i]! += epsilon * Math.log(u[i]!);
  for (let j = 0; j < g.length; j++) g[j]! += epsilon * Math.log(v[j]!);
  u.fill(1);
  v.fill(1);
  masses.fill(0);
  for (let at = 0, i = 0; i < f.length; i++) {
    for (let j = 0, to = i * stride; j < g.length; j++, at++, to++) {
      const entry = Math.exp((f[i]! + g[j]! - cost[at]!) / epsilon);
      kernel[to] = entry < FLUSH ? 0 : entry;
      masses[j]! += kernel[to]!;
    }
  }
}

/**
 * The plan as the potentials say.
 *
 * @param state State whose scalings were just moved into the potentials.
 * @returns New array, row-major `[rows, columns]`.
 */
export function planOf({ stride, f, g, kernel }: Scaling): Float64Array {
  if (stride === g.length) return kernel.slice();
  const plan = new Float64Array(f.length * g.length);
  for (let i = 0; i < f.length; i++) plan.set(kernel.subarray(i * stride, i * stride + g.length), i * g.length);
  return plan;
}

/**
 * L2 norm of what the columns hold beyond their uniform mass.
 *
 * @param state State after the rows were scaled.
 * @returns The error; 0 if all columns hold 1 / columns.
 */
export function columnError({ g, masses, v }: Scaling): number {
  let sum = 0;
  for (let j = 0; j < g.length; j++) sum += (masses[j]! * v[j]! - 1 / g.length) ** 2;
  return Math.sqrt(sum);
}

function outgrown(scaling: Float64Array): boolean {
  for (let i = 0; i < scaling.length; i++) if (!(scaling[i]! < LIMIT && scaling[i]! > 1 / LIMIT)) return true;
  return false;
}
