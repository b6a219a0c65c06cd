/**
 * Writes the stores of this folder from the tables they come from:
 * `deno run --allow-read --allow-write datasets/embedded/build.ts FOLDER`, where FOLDER holds one folder of
 * files per data set. README.md says where the tables are from.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { writeAnnData } from "../../core/io/anndata_writer.ts";
import { axolotl } from "./axolotl.ts";
import { celegans } from "./celegans.ts";
import { drosophila } from "./drosophila.ts";
import { emt } from "./emt.ts";
import { olfactoryBulb } from "./olfactory_bulb.ts";
import { osmfish } from "./osmfish.ts";
import type { MakeTable } from "./tables.ts";
import { u2os } from "./u2os.ts";
import { zebrafish } from "./zebrafish.ts";

/** Stores of this folder: how the table of each is made. */
export const STORES: Readonly<Record<string, MakeTable>> = {
  "axolotl-brain-regeneration": axolotl,
  "celegans-embryo-4d": celegans,
  "drosophila-embryo-bdtnp": drosophila,
  "emt-tgfb1-latent": emt,
  "mouse-cortex-osmfish": osmfish,
  "mouse-olfactory-bulb-st-he": olfactoryBulb,
  "u2os-fkhr-translocation": u2os,
  "zebrafish-embryo-stereoseq-pcs": zebrafish,
};

/**
 * Write embedded stores.
 *
 * @param folder Folder with one folder of files per data set.
 * @param out Folder that the stores are written to.
 * @param names Stores to write; absent means all.
 */
export async function build(
  folder: string,
  out: string,
  names: readonly string[] = Object.keys(STORES),
): Promise<void> {
  for (const name of names) {
    await writeAnnData(`${out}/${name}.zarr`, await STORES[name]!(folder), { zarrFormat: 2 });
  }
}

if (import.meta.main) {
  const [folder, out = fileURLToPath(new URL(".", import.meta.url))] = Deno.args;
  if (folder === undefined) {
    console.error("Usage: build.ts FOLDER [OUT], where FOLDER holds one folder of files per data set");
    Deno.exit(2);
  }
  await build(folder, out);
}
