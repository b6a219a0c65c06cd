/** Typed arrays that hold numbers on the host. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A row-major array on the host; axis 0 counts rows (cells, spots, niches). */
export interface HostArray<T extends NumericArray = Float32Array> {
  /** Values in row-major order. */
  readonly data: T;
  /** Length of each axis. */
  readonly shape: readonly number[];
}

/**
 * Wrap values with a shape.
 *
 * @example Usage
 * ```ts
 * import { hostArray } from "@morphogen/morphogen";
 *
 * const points = hostArray(Float32Array.of(0, 0, 1, 0), [2, 2]);
 * if (points.shape[0] !== 2) throw new Error("unexpected shape");
 * ```
 *
 * @param data Values in row-major order.
 * @param shape Length of each axis.
 * @returns The array; `data` is kept, not copied.
 * @throws {RangeError} If the shape does not hold as many values as `data`.
 */
export function hostArray<T extends NumericArray>(data: T, shape: readonly number[]): HostArray<T> {
  const size = shape.reduce((a, b) => a * b, 1);
  if (size !== data.length) {
    throw new RangeError(`Cannot shape ${data.length} values as [${shape.join(", ")}], which holds ${size}`);
  }
  return Object.freeze({ data, shape });
}

/**
 * Number of values per row: the product of all axes after the first.
 *
 * @param shape Length of each axis.
 * @returns Values per row; 1 for a vector.
 */
export function rowSize(shape: readonly number[]): number {
  return shape.slice(1).reduce((a, b) => a * b, 1);
}

/**
 * Copy rows by index.
 *
 * @typeParam T Type of the values.
 * @param array Array with rows on axis 0.
 * @param index Rows to take, in order, repeats allowed.
 * @returns A new array of `index.length` rows.
 * @throws {RangeError} If an index is outside the array.
 */
export function takeRows<T extends NumericArray>(array: HostArray<T>, index: ArrayLike<number>): HostArray<T> {
  const size = rowSize(array.shape);
  const rows = array.shape[0] ?? 0;
  const Kind = array.data.constructor as new (length: number) => T;
  const data = new Kind(index.length * size);
  for (let i = 0; i < index.length; i++) {
    const row = index[i]!;
    if (!(row >= 0 && row < rows)) throw new RangeError(`Cannot take row ${row} of an array with ${rows} rows`);
    data.set(array.data.subarray(row * size, (row + 1) * size) as never, i * size);
  }
  return hostArray(data, [index.length, ...array.shape.slice(1)]);
}

/**
 * Join arrays along axis 0.
 *
 * @typeParam T Type of the values.
 * @param arrays At least one array; all axes but the first agree.
 * @returns A new array with all rows in order.
 * @throws {TypeError} If there is no array or the row shapes differ.
 */
export function concatRows<T extends NumericArray>(arrays: readonly HostArray<T>[]): HostArray<T> {
  const first = arrays[0];
  if (first === undefined) throw new TypeError("Cannot join zero arrays: the row shape is unknown");
  const tail = first.shape.slice(1);
  const Kind = first.data.constructor as new (length: number) => T;
  const data = new Kind(arrays.reduce((sum, a) => sum + a.data.length, 0));
  let offset = 0;
  let rows = 0;
  for (const array of arrays) {
    if (array.shape.slice(1).join() !== tail.join()) {
      throw new TypeError(`Cannot join rows of shape [${array.shape.slice(1)}] to rows of shape [${tail}]`);
    }
    data.set(array.data as never, offset);
    offset += array.data.length;
    rows += array.shape[0]!;
  }
  return hostArray(data, [rows, ...tail]);
}
