import { openZarr, readArray } from "../../core/io/zarr.ts";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { cutFiles, type DamageOptions, flipBytes } from "./damage.ts";
import { STORAGES, VALUES, writeArray } from "./stores.ts";

async function readAll(folder: string): Promise<Float32Array> {
  const array = await openZarr(folder);
  assert(array.kind === "array");
  const { data, shape } = await readArray(array);
  assertEquals([data.constructor.name, data.length, shape.join()], ["Float32Array", VALUES.length, array.shape.join()]);
  return data as Float32Array;
}

for (const [name, storage] of Object.entries(STORAGES)) {
  const outcome = storage.checked ? "refused" : "refused where they cannot be read, for the format has no checksum";
  Deno.test(`chunks that are damaged are ${outcome}: ${name}`, () =>
    inTempFolder(async (folder) => {
      const chunk = await writeArray(folder, storage);
      assertEquals(await readAll(folder), VALUES);
      const options: DamageOptions = {
        ...{ name, files: [chunk], unchecked: !storage.checked },
        read: () => readAll(folder),
        named: () => `Cannot read "${folder}": chunk `,
      };
      const { refused } = await flipBytes(options, 1000);
      if (storage.checked) assertGreater(refused, 950);
      assertEquals(await cutFiles(options, 100), { refused: 100, unharmed: 0, wrong: 0 });
    }));
}
