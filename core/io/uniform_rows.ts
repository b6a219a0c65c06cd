import { DataError } from "../errors.ts";
import { type HostArray, hostArray } from "../host_array.ts";
import type { Rng } from "../rng/mod.ts";
import type { AnnDataStore } from "./anndata_store.ts";
import type { MatrixSource } from "./matrix_source.ts";

/**
 * Open the features of generated cells that are to be measured.
 *
 * @param store The store.
 * @param features Columns that are expected.
 * @returns `X`, dense and of at least 2 rows.
 * @throws {DataError} If it is something else.
 */
export function denseFeatures({ root, X }: AnnDataStore, features: number): MatrixSource {
  if (X?.kind === "dense" && X.shape[0]! >= 2 && X.shape.slice(1).join() === `${features}`) return X;
  const found = X === undefined ? "no X" : `X of shape [${X.shape.join(", ")}], ${X.kind}`;
  throw new DataError(`Cannot measure ${root.name}: it has ${found}, expected [at least 2, ${features}], dense`);
}

/** Rows that were drawn from one group. */
export interface DrawnGroup {
  /** Rows of the group. */
  readonly count: number;
  /** Those that were drawn, `[min(count, most), ...]`, in no order. */
  readonly rows: HostArray;
}

/** How rows are drawn. */
export interface UniformRowsOptions {
  /** Rows to draw of each group at most. */
  readonly most: number;
  /** Stream of the draw. */
  readonly rng: Rng;
  /**
   * Group of consecutive rows; absent if all are of group 0.
   *
   * @param from First row.
   * @param to Row after the last one.
   * @returns A number per row; rows with negative ones are left out.
   */
  groups?(from: number, to: number): Promise<ArrayLike<number>>;
  /**
   * Told after each block.
   *
   * @param done Rows read.
   * @param total Rows of the matrix.
   */
  progress(done: number, total: number): void;
}

/** Rows of one group so far: each is among those kept with equal probability. */
interface Reservoir {
  count: number;
  readonly kept: Float32Array[];
}

/** Fine enough to tell a billion rows apart. */
const STEPS = 2 ** 30;

/**
 * Draw rows uniformly without replacement while a matrix is read once from end to end (algorithm R, Vitter 1985), with
 * memory for a block and what is drawn.
 *
 * @param source A dense matrix.
 * @param options How many, stream, groups and progress.
 * @returns Rows by group.
 * @throws {TypeError} If the matrix is sparse.
 */
export async function uniformRows(
  source: MatrixSource,
  { most, rng, groups, progress }: UniformRowsOptions,
): Promise<ReadonlyMap<number, DrawnGroup>> {
  const found = new Map<number, Reservoir>();
  const tail = source.shape.slice(1);
  const width = tail.reduce((a, b) => a * b, 1);
  for await (const { start, rows } of source.blocks()) {
    if ("kind" in rows) {
      throw new TypeError(`Cannot draw rows of ${source.name}: it is sparse, expected a dense matrix`);
    }
    const size = rows.shape[0]!;
    const group = await groups?.(start, start + size);
    const chance = rng.fold(start).host.choice(STEPS, size, { replace: true });
    for (let i = 0; i < size; i++) {
      const of = group?.[i] ?? 0;
      if (of < 0) continue;
      const reservoir = found.get(of) ?? { count: 0, kept: [] };
      found.set(of, reservoir);
      reservoir.count++;
      const place = reservoir.kept.length < most
        ? reservoir.kept.length
        : Math.floor((chance[i]! / STEPS) * reservoir.count);
      if (place < most) reservoir.kept[place] = Float32Array.from(rows.data.subarray(i * width, (i + 1) * width));
    }
    progress(start + size, source.shape[0]!);
  }
  return new Map([...found].map(([of, { count, kept }]) => {
    const data = new Float32Array(kept.length * width);
    kept.forEach((row, i) => data.set(row, i * width));
    return [of, { count, rows: hostArray(data, [kept.length, ...tail]) }];
  }));
}
