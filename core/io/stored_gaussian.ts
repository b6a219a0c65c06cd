import { type Gaussian, gaussianOf } from "../metrics/frechet.ts";
import type { MatrixSource } from "./matrix_source.ts";

/** A Gaussian with the number of vectors that it was fitted to. */
interface Counted extends Gaussian {
  readonly count: number;
}

/** Join two fits as if all vectors had been fitted at once (Chan, Golub, LeVeque 1983). */
function join(a: Counted, b: Counted): Counted {
  const width = a.mean.length;
  const count = a.count + b.count;
  const shift = b.mean.map((value, i) => value - a.mean[i]!);
  const between = (a.count * b.count) / count;
  return {
    count,
    mean: a.mean.map((value, i) => value + shift[i]! * (b.count / count)),
    covariance: a.covariance.map((value, at) => {
      const product = shift[Math.floor(at / width)]! * shift[at % width]!;
      return (value * (a.count - 1) + b.covariance[at]! * (b.count - 1) + between * product) / (count - 1);
    }),
  };
}

/**
 * Fit mean and unbiased covariance to all rows of a matrix that may be larger than memory.
 *
 * @param source A dense matrix, `[N, D]` with N at least 2.
 * @param progress Told after each block how many rows of how many are read.
 * @returns The Gaussian, in float64.
 * @throws {TypeError} If the matrix is sparse.
 * @throws {RangeError} If there are fewer than 2 rows.
 */
export async function storedGaussian(
  source: MatrixSource,
  progress: (done: number, total: number) => void,
): Promise<Gaussian> {
  let all: Counted | undefined;
  for await (const { start, rows } of source.blocks()) {
    if ("kind" in rows) throw new TypeError(`Cannot fit ${source.name}: it is sparse, expected a dense matrix`);
    const count = rows.shape[0]!;
    // A covariance needs two vectors; one alone is a mean without spread.
    const own = count > 1
      ? gaussianOf(rows)
      : { mean: Float64Array.from(rows.data), covariance: new Float64Array(rows.data.length ** 2) };
    all = all === undefined ? { ...own, count } : join(all, { ...own, count });
    progress(start + count, source.shape[0]!);
  }
  if (all === undefined || all.count < 2) {
    throw new RangeError(`Cannot fit ${source.name}: it has ${all?.count ?? 0} rows, expected at least 2`);
  }
  return { mean: all.mean, covariance: all.covariance };
}
