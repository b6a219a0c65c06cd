// @ts-types="./import/std_cli.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import {
  applyOverrides,
  ConfigError,
  type Data,
  DataError,
  freezeDeep,
  nearestName,
  unknownName,
} from "../core/mod.ts";
import { reportFailure } from "./import/failure.ts";
import { checkTarget } from "./import/import_store.ts";
import { progressLine } from "./import/progress.ts";
import type { AnyDataset } from "./mod.ts";
import { DATASETS } from "./registry.ts";
import { writeData } from "./write_data.ts";

interface Request {
  readonly source: string;
  readonly target: string;
  readonly dataset: string;
  readonly set: readonly string[];
  readonly seed: number;
  readonly overwrite: boolean;
  readonly json: boolean;
}

const FLAGS: readonly string[] = ["as", "set", "seed", "overwrite", "json", "help"];

/**
 * The help of `deno task data import --as`.
 *
 * @returns Usage and one line per flag.
 */
export function importAsHelp(): string {
  return [
    "Usage: deno task data import SOURCE OUT.zarr --as NAME [--set key=value] [--seed N] [--overwrite] [--json]",
    "",
    "Loads SOURCE as data set NAME does and writes sections, splits, labels, features and images as one AnnData-Zarr",
    "store, which Python opens by anndata.read_zarr and experiments by --set dataset.name=imported --data OUT.zarr.",
    "",
    "  --as NAME        data set whose files SOURCE has: " + Object.keys(DATASETS).join(", "),
    "  --set key=value  change one setting of the data set; repeatable",
    "  --seed N         seed of what is drawn (default: 0)",
    "  --overwrite      replace OUT.zarr if it is there",
    "  --json           print the result as one JSON object on stdout",
  ].join("\n");
}

function checkFlags(args: readonly string[]): void {
  for (const arg of args) {
    const flag = arg.split("=", 1)[0]!;
    if (!flag.startsWith("-") || flag === "-h" || FLAGS.includes(flag.slice(2))) continue;
    const guess = nearestName(flag, FLAGS.map((name) => `--${name}`));
    const help = guess === undefined ? "it does not go with --as" : `did you mean "${guess}"?`;
    throw new ConfigError(`Unknown flag "${flag}", ${help}`);
  }
}

/** The command line; undefined if only the help is asked for. */
function requestOf(args: readonly string[]): Request | undefined {
  checkFlags(args);
  const found = parseArgs([...args], {
    string: ["_", "as", "set", "seed"],
    boolean: ["overwrite", "json", "help"],
    collect: ["set"],
    alias: { h: "help" },
  });
  if (found["help"] === true) return undefined;
  const [source, target, ...more] = found._.map(String);
  if (source === undefined || target === undefined || more.length > 0) {
    throw new ConfigError(
      `Cannot run "import" with ${found._.length} paths: expected import SOURCE OUT.zarr --as NAME`,
    );
  }
  const dataset = found["as"];
  if (typeof dataset !== "string" || dataset === "") throw new ConfigError('Flag "--as" needs a value: --as NAME');
  const seed = Number(found["seed"] ?? 0);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ConfigError(`Flag "--seed" expects a whole number of at least 0, got "${found["seed"]}"`);
  }
  const set = Array.isArray(found["set"]) ? found["set"].map(String) : [];
  return { source, target, dataset, set, seed, overwrite: found["overwrite"] === true, json: found["json"] === true };
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
  { source, seed }: Request,
  say: (sentence: string) => void,
): Promise<Data> {
  const warn = (sentence: string): void => say(`WARNING: ${sentence}`);
  const data = await dataset.load(config, { location: source, seed, note: say, warn });
  if (data.source === source) return data;
  throw new DataError(
    `Cannot import "${source}" as "${dataset.name}": that data set reads no files, it is ${data.source}`,
  );
}

async function run(request: Request): Promise<void> {
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

/**
 * The command `deno task data import SOURCE OUT.zarr --as NAME`: make the store of a data set.
 *
 * @param args Arguments after `import`; see {@linkcode importAsHelp}.
 * @returns The exit code: 0 done, 1 the data cannot be used (nothing is written), 2 wrong usage.
 */
export async function importAs(args: readonly string[]): Promise<number> {
  try {
    const request = requestOf(args);
    if (request === undefined) console.log(importAsHelp());
    else await run(request);
    return 0;
  } catch (error) {
    return reportFailure(error);
  }
}
