import { applyOverrides, ConfigError, type Data, DataError, freezeDeep, unknownName } from "../core/mod.ts";
import { checkTarget } from "./import/import_store.ts";
import { progressLine } from "./import/progress.ts";
import type { AnyDataset } from "./mod.ts";
import { DATASETS } from "./registry.ts";
import { writeData } from "./write_data.ts";

/** What `deno task data import --as` is asked for. */
export interface ImportAsRequest {
  /** What the data set takes by `--data`. */
  readonly source: string;
  /** Path of the store to write. */
  readonly target: string;
  /** Name of the data set. */
  readonly dataset: string;
  /** Changes of its configuration, `key=value`. */
  readonly set: readonly string[];
  /** Seed of what is drawn. */
  readonly seed: number;
  /** Whether a store of that name is replaced. */
  readonly overwrite: boolean;
  /** Whether the result is printed as JSON. */
  readonly json: boolean;
}

function configOf({ name, defaults, check }: AnyDataset, set: readonly string[]): unknown {
  const config = freezeDeep(applyOverrides(defaults, set));
  const [problem] = check(config);
  if (problem === undefined) return config;
  throw new ConfigError(`Cannot use data set "${name}": ${problem}`);
}

async function loaded(
  dataset: AnyDataset,
  config: unknown,
  { source, seed }: ImportAsRequest,
  say: (sentence: string) => void,
): Promise<Data> {
  const warn = (sentence: string): void => say(`WARNING: ${sentence}`);
  const data = await dataset.load(config, { location: source, seed, note: say, warn });
  if (data.source === source) return data;
  throw new DataError(
    `Cannot import "${source}" as "${dataset.name}": that data set reads no files, it is ${data.source}`,
  );
}

/**
 * Load files as a data set does, and write what it makes of them as one AnnData-Zarr store.
 *
 * @param request What is asked for.
 * @throws {ConfigError} If there is no such data set or setting.
 * @throws {DataError} If the data cannot be used; nothing is written.
 * @throws {CheckpointError} If the store cannot be written.
 */
export async function importAs(request: ImportAsRequest): Promise<void> {
  const { source, target, dataset: name, set, seed, overwrite, json } = request;
  const open = Object.hasOwn(DATASETS, name) ? DATASETS[name] : undefined;
  if (open === undefined) throw unknownName("data set", name, Object.keys(DATASETS));
  await checkTarget(target, overwrite);
  const dataset = await open();
  const configuration = configOf(dataset, set);
  using line = progressLine("importing", "rows");
  const data = await loaded(dataset, configuration, request, line.say);
  await writeData(target, data, { dataset: name, configuration, seed }, line.report);
  const rows = data.sections.reduce((sum, section) => sum + section.rows, 0);
  const parts = Object.fromEntries(Object.entries(data.spec.parts).map(([part, { shape }]) => [part, shape]));
  if (json) console.log(JSON.stringify({ path: target, dataset: name, sections: data.sections.length, rows, parts }));
  else line.say(`${source}: ${data.sections.length} sections, ${rows} rows written to ${target}`);
}
