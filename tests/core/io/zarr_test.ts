import { createHash } from "node:crypto";
import { DataError } from "../../../core/errors.ts";
import { openZarr, readArray, readRows, readTexts } from "../../../core/io/zarr.ts";
import type { ZarrArray } from "../../../core/io/zarr_array.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { hasShared, readSharedJson, sharedPath } from "../../shared.ts";

interface ExpectedArray {
  readonly shape: readonly number[];
  readonly kind: string;
  readonly sha256_le_c_order?: string;
  readonly sha256_utf8_lines?: string;
}

interface ExpectedStore {
  readonly arrays: Readonly<Record<string, ExpectedArray>>;
}

const FIXTURES = "data/reader-fixtures-zarr/";

/** Types that no codec or reader here covers; a fixture of another kind must be read. */
const UNSUPPORTED: readonly string[] = ["variable_length_bytes"];

async function openArray(store: string, path: string): Promise<ZarrArray> {
  const root = await openZarr(sharedPath(`${FIXTURES}${store}`));
  const node = root.kind === "group" && path !== "" ? await root.member(path) : root;
  assert(node?.kind === "array", `${store} has no array "${path}"`);
  return node;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Undoes the narrowing of types, since the expected hashes are of the stored bytes. */
function storedBytes(data: ArrayLike<number>, dtype: string): Uint8Array {
  const values = dtype === "int64"
    ? BigInt64Array.from(data as number[], BigInt)
    : dtype === "uint64"
    ? BigUint64Array.from(data as number[], BigInt)
    : dtype === "float16"
    ? Float16Array.from(data as number[])
    : data as Float32Array;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

async function hashOf(array: ZarrArray): Promise<string> {
  if (array.values === "texts") return sha256(new TextEncoder().encode((await readTexts(array)).join("\n")));
  return sha256(storedBytes((await readArray(array)).data, array.dtype));
}

if (hasShared) {
  const expected = readSharedJson(`${FIXTURES}expected.json`) as Readonly<Record<string, ExpectedStore>>;
  for (const [store, { arrays }] of Object.entries(expected)) {
    Deno.test(`readArray() gives the reference values of ${store}`, async () => {
      for (const [path, wanted] of Object.entries(arrays)) {
        const array = await openArray(store, path);
        assertEquals(array.shape, wanted.shape, path);
        if (UNSUPPORTED.includes(array.dtype) || array.values === "records") continue;
        const hash = await hashOf(array);
        assertEquals(hash, wanted.sha256_le_c_order ?? wanted.sha256_utf8_lines, `${path} (${array.dtype})`);
      }
    });
  }
}
