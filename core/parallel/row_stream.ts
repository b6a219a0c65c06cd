import type { HostRng, Rng } from "../rng/mod.ts";
import { slice, type Tensor } from "../tensor/mod.ts";

/** Some rows of a batch. */
export interface RowWindow {
  /** First row. */
  readonly first: number;
  /** Number of rows. */
  readonly rows: number;
  /** Rows of the whole batch. */
  readonly of: number;
}

/**
 * Take rows of a tensor.
 *
 * @param x Tensor whose first axis are rows.
 * @param window Which rows.
 * @returns A new tensor.
 */
export function windowOf(x: Tensor, { first, rows }: RowWindow): Tensor {
  return slice(x, [first, ...x.shape.slice(1).map(() => 0)], [rows, ...x.shape.slice(1)]);
}

function refuse(what: string): never {
  throw new TypeError(`Cannot draw ${what} for some rows of a batch: expected draws that each belong to one row`);
}

/**
 * Draw for some rows of a batch what a stream would draw for them in the whole batch.
 *
 * Everything is drawn for the whole batch and cut, so it saves no time; it makes the rows' draws independent of how rows
 * are shared. Draws that belong to no row (permutations, choices) are refused.
 *
 * @param rng The whole batch's stream.
 * @param window Which rows.
 * @returns The stream; draws throw a `TypeError` if their shape does not begin with the number of rows.
 */
export function rowStream(rng: Rng, window: RowWindow): Rng {
  const { first, rows, of } = window;
  const cut = (shape: readonly number[], draw: (whole: readonly number[]) => Tensor): Tensor =>
    shape[0] === rows ? windowOf(draw([of, ...shape.slice(1)]), window) : refuse(`shape [${shape.join(", ")}]`);
  const cutHost = (size: number, draw: (whole: number) => Float32Array): Float32Array => {
    const each = size / rows;
    return Number.isInteger(each)
      ? draw(each * of).slice(first * each, (first + rows) * each)
      : refuse(`${size} values`);
  };
  const one = (name: string, parameter: number | ArrayLike<number>): number =>
    typeof parameter === "number" ? parameter : refuse(`values of ${parameter.length} ${name}`);
  const host: HostRng = Object.freeze({
    normal: (size: number) => cutHost(size, (whole) => rng.host.normal(whole)),
    uniform: (size: number) => cutHost(size, (whole) => rng.host.uniform(whole)),
    gamma: (size: number, shape: number | ArrayLike<number>, scale: number | ArrayLike<number>) =>
      cutHost(size, (whole) => rng.host.gamma(whole, one("shapes", shape), one("scales", scale))),
    poisson: (size: number, rate: number | ArrayLike<number>) =>
      cutHost(size, (whole) => rng.host.poisson(whole, one("rates", rate))),
    permutation: () => refuse("a permutation"),
    choice: () => refuse("a choice"),
  });
  return Object.freeze({
    fold: (tag: string | number) => rowStream(rng.fold(tag), window),
    normal: (shape: readonly number[]) => cut(shape, (whole) => rng.normal(whole)),
    uniform: (shape: readonly number[]) => cut(shape, (whole) => rng.uniform(whole)),
    bernoulli: (shape: readonly number[], probability: number, value?: number) =>
      cut(shape, (whole) => rng.bernoulli(whole, probability, value)),
    gamma: (shape: readonly number[], alpha: number | ArrayLike<number>, scale: number | ArrayLike<number>) =>
      cut(shape, (whole) => rng.gamma(whole, one("shapes", alpha), one("scales", scale))),
    poisson: (shape: readonly number[], rate: number | ArrayLike<number>) =>
      cut(shape, (whole) => rng.poisson(whole, one("rates", rate))),
    host,
  });
}
