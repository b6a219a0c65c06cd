import { hostArray, writeAnnData, type ZarrFormat } from "../../../core/mod.ts";

/**
 * Write a small table with coordinates.
 *
 * @param path Folder of the store.
 * @param places Coordinates of its rows.
 * @param zarrFormat Version of the Zarr format.
 */
export async function writeSpots(
  path: string,
  places: readonly (readonly [number, number])[],
  zarrFormat: ZarrFormat = 2,
): Promise<void> {
  const count = places.length;
  await writeAnnData(path, {
    obs: { index: places.map((_, i) => `SPOT-${i}`), columns: {} },
    var: { index: ["gene"], columns: {} },
    X: hostArray(Float32Array.from({ length: count }, (_, i) => i), [count, 1]),
    layers: {},
    obsm: { spatial: hostArray(Float64Array.from(places.flat()), [count, 2]) },
    varm: {},
    obsp: {},
    uns: { title: "spots" },
  }, { zarrFormat });
}

/**
 * List all files below a folder, with their sizes.
 *
 * @param folder The folder.
 * @returns Lines in sorted order.
 */
export async function listing(folder: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) lines.push(...(await listing(`${folder}/${name}`)).map((line) => `${name}/${line}`));
    else lines.push(`${name} ${(await Deno.stat(`${folder}/${name}`)).size}`);
  }
  return lines.sort();
}
