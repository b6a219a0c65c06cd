import { DataError } from "../../core/errors.ts";
import { hostArray } from "../../core/host_array.ts";
import type { AnnData } from "../../core/io/anndata.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { writeAnnData } from "../../core/io/anndata_writer.ts";
import { readSafetensors, writeSafetensors } from "../../core/io/safetensors.ts";
import { assertEquals, assertGreater } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { cutFiles, type DamageOptions, filesIn, flipBytes } from "./damage.ts";

/** A table with every kind of element: numbers, texts, categories, a sparse matrix, scalars. */
function table(): AnnData {
  const rows = 12;
  const wave = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(i));
  const codes = Int32Array.from({ length: rows }, (_, i) => i % 2);
  return {
    obs: {
      index: Array.from({ length: rows }, (_, i) => `cell${i}`),
      columns: {
        weight: wave(rows),
        type: { kind: "categorical", codes, categories: ["a", "b"], ordered: false },
        note: Array.from({ length: rows }, (_, i) => `ü${i}`),
      },
    },
    var: { index: ["g", "h", "k"], columns: {} },
    X: {
      ...{ kind: "csr", shape: [rows, 3], indptr: Int32Array.from({ length: rows + 1 }, (_, i) => i) },
      ...{ indices: Int32Array.from({ length: rows }, (_, i) => i % 3), data: wave(rows) },
    },
    ...{ layers: {}, varm: {}, obsp: {} },
    obsm: { spatial: hostArray(wave(2 * rows), [rows, 2]) },
    uns: { number: 2.5, text: "Größe", list: ["x", "y"] },
  };
}

/** Read a store, and complain of what was left out, which is said aloud, as of what was refused. */
async function readWhole(store: string): Promise<unknown> {
  const leftOut: string[] = [];
  const found = await readAnnData(store, {
    onSkip: (path, reason) => leftOut.push(`"${path}" of "${store}": ${reason}`),
  });
  if (leftOut.length > 0) throw new DataError(leftOut.join("; "));
  return found;
}

const METADATA = /\/(zarr\.json|\.z\w+)$/;

for (const zarrFormat of [2, 3] as const) {
  const optionsFor = async (folder: string, part: "chunks" | "metadata"): Promise<DamageOptions> => {
    const store = `${folder}/t.zarr`;
    await writeAnnData(store, table(), { zarrFormat });
    const files = (await filesIn(store)).filter((path) => METADATA.test(path) === (part === "metadata"));
    return {
      name: `AnnData ${zarrFormat} ${part}`,
      files,
      read: () => readWhole(store),
      named: () => `"${store}"`,
    };
  };

  Deno.test(`every chunk of an AnnData store tells damage, format ${zarrFormat}`, () =>
    inTempFolder(async (folder) => {
      const options = await optionsFor(folder, "chunks");
      assertEquals(options.files.length, 13);
      assertGreater((await flipBytes(options, 1000)).refused, 990);
      assertEquals(await cutFiles(options, 100), { refused: 100, unharmed: 0, wrong: 0 });
    }));

  Deno.test(`damaged metadata of an AnnData store are refused, or read as they were, format ${zarrFormat}`, () =>
    inTempFolder(async (folder) => {
      const options = await optionsFor(folder, "metadata");
      // Nothing there has a checksum; what a flip leaves readable contradicts the chunks, or is a space or a default.
      assertGreater((await flipBytes(options, 1000)).refused, 500);
      assertGreater((await cutFiles(options, 100)).refused, 95);
    }));
}

Deno.test("safetensors tell damage", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/t.safetensors`;
    const tensors = {
      "enc/0/kernel": hostArray(Float32Array.from({ length: 24 }, (_, i) => Math.cos(i)), [4, 6]),
      "enc/0/bias": hostArray(Float64Array.of(1, 2, 3), [3]),
      codes: hostArray(Int16Array.of(-1, 5, 7, 9), [2, 2]),
      "empty": hostArray(new Float32Array(), [0, 3]),
    };
    await Deno.writeFile(path, writeSafetensors(tensors, { step: "20", note: "ä" }));
    const options: DamageOptions = {
      ...{ name: "safetensors", files: [path] },
      read: async () => {
        const found = readSafetensors(await Deno.readFile(path));
        // The name of a key that says the checksum is nobody's number.
        return { tensors: found.tensors, step: found.metadata["step"], note: found.metadata["note"] };
      },
      named: () => "Cannot read safetensors: ",
    };
    const { refused } = await flipBytes(options, 1000);
    assertGreater(refused, 900);
    assertEquals(await cutFiles(options, 100), { refused: 100, unharmed: 0, wrong: 0 });
  }));
