import type { NumericArray } from "../host_array.ts";
import type { NumberType } from "./zarr_array_document.ts";
import type { ArrayDraft } from "./zarr_writer.ts";

/** Numbers that are stored in chunks as they come. */
export interface NumberStream {
  /** Chunks that are stored. */
  readonly chunks: number;
  /**
   * Take numbers; whole chunks are stored, the rest waits.
   *
   * @param values The next numbers, of any type that fits the stored one.
   */
  push(values: NumericArray): Promise<void>;
  /** Store what waits, padded by zeros. */
  end(): Promise<void>;
}

type Buffer = NumericArray | BigInt64Array;

function bufferOf(type: NumberType, length: number): Buffer {
  switch (type) {
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
    case "int64":
      return new BigInt64Array(length);
    case "int32":
      return new Int32Array(length);
    case "uint32":
      return new Uint32Array(length);
    case "int16":
      return new Int16Array(length);
    case "uint16":
      return new Uint16Array(length);
    case "int8":
      return new Int8Array(length);
    default:
      return new Uint8Array(length);
  }
}

/** Writing the halves avoids one heap-allocated bigint per value; all platforms of Deno are little-endian. */
function setIntegers(buffer: BigInt64Array, values: NumericArray, at: number): void {
  const words = new Uint32Array(buffer.buffer, buffer.byteOffset, 2 * buffer.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isSafeInteger(value)) throw new RangeError(`Cannot store ${value} as a 64-bit integer`);
    words[2 * (at + i)] = value;
    words[2 * (at + i) + 1] = Math.floor(value / 2 ** 32);
  }
}

/**
 * Store numbers in chunks as they come.
 *
 * @param draft The array.
 * @param type Stored type.
 * @param chunkLength Values of a chunk.
 * @param first Chunks that an earlier process stored.
 * @returns The stream.
 */
export function numberStream(draft: ArrayDraft, type: NumberType, chunkLength: number, first: number): NumberStream {
  const buffer = bufferOf(type, chunkLength);
  let [chunks, filled] = [first, 0];
  const store = async (): Promise<void> => {
    await draft.chunk(chunks, buffer);
    [chunks, filled] = [chunks + 1, 0];
  };
  return Object.freeze({
    get chunks(): number {
      return chunks;
    },
    push: async (values: NumericArray) => {
      for (let at = 0; at < values.length;) {
        const part = values.subarray(at, at + chunkLength - filled);
        if (buffer instanceof BigInt64Array) setIntegers(buffer, part, filled);
        else buffer.set(part, filled);
        [at, filled] = [at + part.length, filled + part.length];
        if (filled === chunkLength) await store();
      }
    },
    end: async () => {
      if (filled === 0) return;
      if (buffer instanceof BigInt64Array) buffer.fill(0n, filled);
      else buffer.fill(0, filled);
      await store();
    },
  });
}
