import { ConfigError, watchSignals } from "../../core/mod.ts";
import type { FlagTable, FlagValues } from "../../core/config/flags.ts";
import { importAs } from "../import_as.ts";
import { DATASETS } from "../registry.ts";
import { type Verb, verb } from "../verb.ts";
import { JSON_FLAG, SOURCE_FLAGS, sourceOptionsOf } from "./arguments.ts";
import { identityOf } from "./identity.ts";
import { checkTarget, importStore } from "./import_store.ts";
import { describeSource } from "./info.ts";
import { progressLine } from "./progress.ts";
import { openSource } from "./recognise.ts";

const FLAGS = {
  ...SOURCE_FLAGS,
  "zarr-format": { kind: "choice", choices: ["2", "3"], help: "version of the Zarr format (default: 2)" },
  "chunk-rows": { kind: "integer", value: "N", least: 1, help: "rows of a chunk (default: about 1 MiB)" },
  "overwrite": { kind: "switch", help: "replace OUT.zarr if it is there" },
  "as": { kind: "text", value: "NAME", help: "load SOURCE as this data set does; see below" },
  "set": { kind: "list", value: "KEY=VALUE", help: "change one setting of the data set; repeatable" },
  "seed": { kind: "integer", value: "N", least: 0, help: "seed of what the data set draws (default: 0)" },
  ...JSON_FLAG,
} as const satisfies FlagTable;

type Flags = FlagValues<typeof FLAGS>;

/** Flags that mean nothing with `--as`, and without it. */
const PLAIN = ["layer", "raw", "coordinates", "table", "genome", "zarr-format", "chunk-rows"] as const;
const LOADED = ["set", "seed"] as const;

function refuse(flags: Flags, names: readonly (keyof Flags)[], problem: string): void {
  const given = names.find((name) => {
    const value = flags[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  if (given !== undefined) throw new ConfigError(`Flag "--${given}" ${problem}`);
}

async function importPlain(location: string, target: string, flags: Flags): Promise<void> {
  const options = sourceOptionsOf(flags);
  await checkTarget(target, flags.overwrite);
  using signals = watchSignals({ notify: console.error });
  using line = progressLine("importing", "rows");
  using source = await openSource(location, { ...options, say: line.say });
  const identity = await identityOf(location, { ...options });
  const chunkRows = flags["chunk-rows"];
  await importStore(source, target, {
    zarrFormat: flags["zarr-format"] === "3" ? 3 : 2,
    overwrite: flags.overwrite,
    identity,
    signals,
    progress: line.report,
    say: line.say,
    ...(chunkRows !== undefined && { chunkRows }),
  });
  const info = { ...describeSource(source), path: target };
  if (flags.json) console.log(JSON.stringify(info));
  else line.say(`${source.format}: ${info.cells} cells x ${info.features} features written to ${target}`);
}

/** `import SOURCE OUT.zarr`. */
export const importVerb: Verb = verb({
  usage: "import SOURCE OUT.zarr",
  about: "bring data in: a file, folder or address becomes an AnnData-Zarr store",
  flags: FLAGS,
  more: [
    "SOURCE is an .h5ad, .loom, 10x .h5, .csv or .tsv file, a 10x, Visium or Xenium folder, or an AnnData- or",
    "SpatialData-Zarr store; files and stores may be http(s) addresses. Python opens OUT.zarr by anndata.read_zarr.",
    "Interrupted, the same command goes on.",
    "",
    "With --as, SOURCE is what the data set takes by --data, and OUT.zarr holds its sections, splits, labels, features",
    "and images, for --set dataset.name=imported --data OUT.zarr. Data sets:",
    ...Object.keys(DATASETS).map((name) => `  ${name}`),
  ],
}, async ([source, target], flags) => {
  const { as: dataset, set, seed = 0, overwrite, json } = flags;
  if (dataset === undefined) {
    refuse(flags, LOADED, "goes with --as NAME only");
    return await importPlain(source!, target!, flags);
  }
  refuse(flags, PLAIN, "does not go with --as");
  await importAs({ source: source!, target: target!, dataset, set, seed, overwrite, json });
});
