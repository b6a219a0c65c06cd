import { DataError, hostArray, type NumericArray, type RowSource } from "../../core/mod.ts";
import { readBytes } from "../read_bytes.ts";

/** What a `.npy` file holds. */
export interface NpyArray {
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Values in row-major order; 64-bit integers as float64, float16 as float32, truth values as uint8. */
  readonly values: NumericArray | readonly string[];
}

/** `\x93NUMPY` */
const MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** How the values of a `.npy` file lie. */
interface NpyHeader {
  /** Type as NumPy writes it, for example `"<f4"`. */
  readonly dtype: string;
  /** Whether columns lie together instead of rows. */
  readonly fortran: boolean;
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Place of the first value, bytes from the start. */
  readonly start: number;
}

/** The header is a Python dictionary (NumPy enhancement proposal 1, versions 1 to 3). */
function parseHeader(text: string, start: number): NpyHeader {
  const dtype = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (dtype === undefined || fortran === undefined || shape === undefined) {
    throw new RangeError("its header is not one of a plain array, save it by numpy.save without structured types");
  }
  const lengths = shape.split(",").map((part) => part.trim()).filter((part) => part !== "");
  return { dtype, fortran: fortran === "True", shape: lengths.map((part) => parseInt(part)), start };
}

/** IEEE 754 half precision. */
function halfToNumber(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 1 ? -1 : 1, bits >> 10 & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

type Reader = (view: DataView, at: number, little: boolean) => number;

/** Makes an array of a type, and reads one value of it. */
const TYPES: Readonly<Record<string, readonly [make: (length: number) => NumericArray, read: Reader]>> = {
  f2: [(n) => new Float32Array(n), (view, at, little) => halfToNumber(view.getUint16(at, little))],
  f4: [(n) => new Float32Array(n), (view, at, little) => view.getFloat32(at, little)],
  f8: [(n) => new Float64Array(n), (view, at, little) => view.getFloat64(at, little)],
  i1: [(n) => new Int8Array(n), (view, at) => view.getInt8(at)],
  i2: [(n) => new Int16Array(n), (view, at, little) => view.getInt16(at, little)],
  i4: [(n) => new Int32Array(n), (view, at, little) => view.getInt32(at, little)],
  i8: [(n) => new Float64Array(n), (view, at, little) => Number(view.getBigInt64(at, little))],
  u1: [(n) => new Uint8Array(n), (view, at) => view.getUint8(at)],
  u2: [(n) => new Uint16Array(n), (view, at, little) => view.getUint16(at, little)],
  u4: [(n) => new Uint32Array(n), (view, at, little) => view.getUint32(at, little)],
  u8: [(n) => new Float64Array(n), (view, at, little) => Number(view.getBigUint64(at, little))],
  b1: [(n) => new Uint8Array(n), (view, at) => view.getUint8(at)],
};

function textAt(view: DataView, at: number, kind: string, width: number, little: boolean): string {
  const codes = Array.from(
    { length: width },
    (_, i) => kind === "U" ? view.getUint32(at + i * 4, little) : view.getUint8(at + i),
  );
  while (codes.at(-1) === 0) codes.pop();
  return kind === "U" ? String.fromCodePoint(...codes) : new TextDecoder().decode(Uint8Array.from(codes));
}

/** Places of the stored values in row-major order. */
function* storedOrder({ fortran, shape }: NpyHeader): Generator<number> {
  const count = shape.reduce((a, b) => a * b, 1);
  if (!fortran || shape.length < 2) {
    for (let i = 0; i < count; i++) yield i;
    return;
  }
  const stride = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  const index = shape.map(() => 0);
  for (let i = 0; i < count; i++) {
    yield index.reduce((sum, value, axis) => sum + value * stride[axis]!, 0);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
}

function valuesOf(bytes: Uint8Array, header: NpyHeader): NumericArray | readonly string[] {
  const [order, kind, width] = [header.dtype[0], header.dtype[1]!, Number(header.dtype.slice(2))];
  const little = order !== ">";
  const isText = kind === "U" || kind === "S";
  const type = TYPES[header.dtype.slice(1)];
  if (!isText && type === undefined) {
    throw new RangeError(`its type is "${header.dtype}", expected numbers or texts, save it as float32`);
  }
  const size = kind === "U" ? width * 4 : width;
  const count = header.shape.reduce((a, b) => a * b, 1);
  if (bytes.length !== count * size) {
    const expected = `expected ${count * size} for shape [${header.shape.join(", ")}] of ${header.dtype}`;
    throw new RangeError(`it has ${bytes.length} bytes of values, ${expected}, it is truncated, copy it again`);
  }
  if (header.dtype[1] === "u" && size === 1 && !header.fortran) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = storedOrder(header);
  if (type === undefined) return Array.from(places, (place) => textAt(view, place * size, kind, width, little));
  const [make, read] = type;
  const values = make(count);
  let i = 0;
  for (const place of places) values[i++] = read(view, place * size, little);
  return values;
}

function headerIn(bytes: Uint8Array): NpyHeader {
  if (bytes.length < 12 || !MAGIC.every((byte, i) => bytes[i] === byte)) {
    throw new RangeError("it does not begin as numpy.save writes it, give a .npy file");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (start + length > bytes.length) throw new RangeError("it ends in its header, it is truncated, copy it again");
  return parseHeader(new TextDecoder().decode(bytes.subarray(start, start + length)), start + length);
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const missing = cause instanceof Deno.errors.NotFound;
    const problem = missing ? "there is no such file, check the path" : (cause as Error).message;
    throw new DataError(`Cannot read "${path}": ${problem}`, { cause });
  }
}

/**
 * Read an array that `numpy.save` wrote; unpacks names that end in `.gz`.
 *
 * @param location Path or http(s) address of the file.
 * @returns The array.
 * @throws {DataError} If the file is absent, truncated, or holds Python objects or records.
 */
export function readNpy(location: string): Promise<NpyArray> {
  return attempt(location, async () => {
    const bytes = await readBytes(location);
    const header = headerIn(bytes);
    return { shape: header.shape, values: valuesOf(bytes.subarray(header.start), header) };
  });
}

/**
 * Rows of an array of bytes that `numpy.save` wrote, read as they are asked for; the file need not fit in memory.
 *
 * @param path The file, of type uint8 in C order.
 * @returns The rows.
 * @throws {DataError} If the file is absent, truncated or of another type or order.
 */
export function npyByteRows(path: string): Promise<RowSource> {
  return attempt(path, async () => {
    using file = await Deno.open(path);
    const head = new Uint8Array(4096);
    const { shape, dtype, fortran, start } = headerIn(head.subarray(0, await file.read(head) ?? 0));
    if (!/^[|<>=]?u1$/.test(dtype) || fortran) {
      throw new RangeError(`it holds ${dtype}${fortran ? " in Fortran order" : ""}, expected uint8 in C order`);
    }
    const [rows = 0, size] = [shape[0], shape.slice(1).reduce((a, b) => a * b, 1)];
    const found = (await file.stat()).size - start;
    if (found !== rows * size) {
      throw new RangeError(`it has ${found} bytes of values, expected ${rows * size}, it is truncated, copy it again`);
    }
    return Object.freeze({
      shape,
      read: (index: ArrayLike<number> = Int32Array.from({ length: rows }, (_, i) => i)) =>
        attempt(path, async () => {
          using open = await Deno.open(path);
          const data = new Uint8Array(index.length * size);
          for (let i = 0; i < index.length; i++) {
            const row = index[i]!;
            if (!(row >= 0 && row < rows)) throw new RangeError(`row ${row} is asked for, it has ${rows}`);
            await open.seek(start + row * size, Deno.SeekMode.Start);
            for (let at = i * size; at < (i + 1) * size;) {
              const count = await open.read(data.subarray(at, (i + 1) * size));
              if (count === null) throw new RangeError("it ends early, it was changed while it was read");
              at += count;
            }
          }
          return hostArray(data, [index.length, ...shape.slice(1)]);
        }),
    });
  });
}
