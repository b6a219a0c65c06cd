import { createHash } from "node:crypto";
import { hasShared, readSharedJson, sharedPath } from "../../shared.ts";

/** What an independent decoder found in an array. */
export interface ExpectedArray {
  readonly shape: readonly number[];
  /** Stored type. */
  readonly kind: string;
  readonly head: readonly unknown[];
  readonly sha256_le_c_order?: string;
  readonly sha256_utf8_lines?: string;
}

/** What it found in a store, by path of the array. */
export interface ExpectedStore {
  readonly arrays: Readonly<Record<string, ExpectedArray>>;
}

const FIXTURES = "data/reader-fixtures-zarr/";

/** Where a conformance store lies. */
export function fixture(path: string): URL {
  return sharedPath(`${FIXTURES}${path}`);
}

/** All conformance stores; none where the shared folder is absent. */
export const EXPECTED: Readonly<Record<string, ExpectedStore>> = hasShared
  ? readSharedJson(`${FIXTURES}expected.json`) as Readonly<Record<string, ExpectedStore>>
  : {};

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const TYPES: Readonly<Record<string, (values: readonly number[]) => ArrayBufferView>> = {
  bool: (values) => Uint8Array.from(values),
  float16: (values) => Float16Array.from(values),
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  int8: (values) => Int8Array.from(values),
  int16: (values) => Int16Array.from(values),
  int32: (values) => Int32Array.from(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
  uint8: (values) => Uint8Array.from(values),
  uint16: (values) => Uint16Array.from(values),
  uint32: (values) => Uint32Array.from(values),
  uint64: (values) => BigUint64Array.from(values, BigInt),
};

/** Hash of numbers in their stored type: changes of type are undone, since the expected hashes are of the stored bytes. */
export function hashNumbers(data: ArrayLike<number>, kind: string): string {
  const { buffer, byteOffset, byteLength } = TYPES[kind]!(Array.from(data));
  return sha256(new Uint8Array(buffer, byteOffset, byteLength));
}

/** Hash of texts, one a line. */
export function hashTexts(texts: readonly string[]): string {
  return sha256(new TextEncoder().encode(texts.join("\n")));
}
