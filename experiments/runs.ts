/**
 * The commands over runs that exist: `deno task sample`, `eval`, `report` and `compare`.
 *
 * @module
 */
import { ConfigError, type SignalWatch, unknownName, watchSignals } from "../core/mod.ts";
import { writeFileAtomic } from "../core/io/atomic.ts";
import { renderReport } from "../core/report/mod.ts";
import type { BackendName } from "./arguments.ts";
import { comparisonPage, comparisonText, differencesOf, readFinishedRuns } from "./compare_runs.ts";
import { evalRun } from "./eval_run.ts";
import { reportFailure } from "./failure.ts";
import { type FlagTable, helpOfFlags, type ParsedFlags, parseFlags } from "../core/config/flags.ts";
import { loadPlugin } from "./load_plugin.ts";
import { measuredText, measureRun } from "./measure_run.ts";
import { publishedOf, publishedText } from "./published.ts";
import { type ReopenOptions, requireRecord } from "./reopen.ts";
import { readReport } from "./report_file.ts";
import {
  COMPARE_FLAGS,
  EVAL_FLAGS,
  folderName,
  onlyRun,
  REPORT_FLAGS,
  SAMPLE_FLAGS,
  slideRequestOf,
} from "./run_flags.ts";
import { sampleRun } from "./sample_run.ts";
import { say } from "./say.ts";
import { overSeeds } from "./seed_groups.ts";
import { resultText, show } from "./show.ts";
import { slideRun } from "./slide_run.ts";
import { partOf, STORE_FLAGS, STREAM_FLAGS } from "./stream_flags.ts";
import { streamRun } from "./stream_run.ts";

const ALL_SAMPLE_FLAGS = { ...STREAM_FLAGS, ...SAMPLE_FLAGS };
const ALL_EVAL_FLAGS = { ...STORE_FLAGS, ...EVAL_FLAGS };

type ModelFlags = ParsedFlags<typeof EVAL_FLAGS>["flags"];

async function modelOptions(
  { repeats, data, backend = "auto", plugin }: Pick<ModelFlags, "repeats" | "data" | "backend" | "plugin">,
  signals: SignalWatch,
): Promise<ReopenOptions> {
  const loaded = plugin === undefined ? undefined : await loadPlugin(plugin);
  return {
    repeats,
    data,
    backend: backend as BackendName,
    plugin: loaded?.plugin,
    experiments: loaded?.experiments,
    signals,
    say,
  };
}

async function sampleMany(
  run: string,
  count: number,
  { part, seed, out, repeats, slide, json }: ParsedFlags<typeof ALL_SAMPLE_FLAGS>["flags"],
  options: ReopenOptions,
): Promise<void> {
  const other = repeats !== undefined ? "repeats" : slide !== undefined ? "slide" : undefined;
  if (other !== undefined) throw new ConfigError(`Flag "--${other}" does not go with --count: leave one of them out`);
  const { path, drawn, missing } = await streamRun(run, { ...options, count, part: partOf(part), seed, out });
  const text = missing === 0
    ? `samples: ${path}`
    : `${drawn} cells drawn, ${missing} blocks of ${path} are still to come`;
  show(json, { run, samples: [path], drawn, missing }, text);
}

async function sample({ names, flags }: ParsedFlags<typeof ALL_SAMPLE_FLAGS>): Promise<void> {
  const { seed, out, json } = flags;
  const run = onlyRun("sample", names);
  const request = slideRequestOf(flags);
  if (flags.part !== undefined && flags.count === undefined) {
    throw new ConfigError('Flag "--part" is for a number of cells: say how many by --count');
  }
  using signals = watchSignals({ notify: say });
  const common = await modelOptions(flags, signals);
  if (flags.count !== undefined) return await sampleMany(run, flags.count, flags, common);
  const options = { ...common, seed, out };
  if (request !== undefined) {
    const files = await slideRun(run, request, options);
    show(json, { run, ...files }, `slide: ${files.slide}\npicture: ${files.picture}`);
    return;
  }
  const samples = await sampleRun(run, options);
  show(json, { run, samples }, samples.map((path) => `samples: ${path}`).join("\n"));
}

async function evaluate({ names, flags }: ParsedFlags<typeof ALL_EVAL_FLAGS>): Promise<void> {
  const run = onlyRun("evaluate", names);
  if (flags.samples !== undefined && flags.repeats !== undefined) {
    throw new ConfigError('Flag "--repeats" does not go with --samples: what is in a store is not drawn again');
  }
  using signals = watchSignals({ notify: say });
  const options = await modelOptions(flags, signals);
  if (flags.samples !== undefined) {
    const measured = await measureRun(run, flags.samples, { ...options, set: flags.set });
    show(flags.json, measured, measuredText(measured));
    return;
  }
  const result = await evalRun(run, { ...options, set: flags.set, specifier: flags.plugin });
  show(flags.json, result, resultText(result));
}

async function report({ names, flags }: ParsedFlags<typeof REPORT_FLAGS>): Promise<void> {
  const run = onlyRun("report on", names);
  await requireRecord(run);
  const path = `${run}/report.html`;
  await writeFileAtomic(path, renderReport(await readReport(run)));
  show(flags.json, { run, report: path }, `report: ${path}`);
}

async function compare({ names, flags }: ParsedFlags<typeof COMPARE_FLAGS>): Promise<void> {
  const runs = await readFinishedRuns(names.map(folderName));
  const groups = overSeeds(runs);
  if (flags.html !== undefined) {
    await writeFileAtomic(flags.html, await comparisonPage(groups));
    say(`comparison: ${flags.html}`);
  }
  const results = runs.map(({ name, folder, result }) => ({ name, ...result, run: folder }));
  const means = groups.map(({ name, runs, detail }) => ({ name, runs: runs.map(({ folder }) => folder), detail }));
  const published = await publishedOf(groups);
  const text = [comparisonText(groups), publishedText(published)].filter((part) => part !== "").join("\n\n");
  show(flags.json, { runs: results, groups: means, differences: differencesOf(runs), published }, text);
}

/** Parse the arguments of a verb, then run it or show its help. */
function command<F extends FlagTable>(
  usage: string,
  table: F,
  run: (parsed: ParsedFlags<F>) => Promise<void>,
): (args: readonly string[]) => Promise<void> {
  return async (args) => {
    const parsed = parseFlags(args, table);
    if ((parsed.flags as Readonly<Record<string, unknown>>)["help"] === true) {
      console.log(`Usage: deno task ${usage} [flags]\n\n${helpOfFlags(table)}`);
    } else await run(parsed);
  };
}

const VERBS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = Object.freeze({
  sample: command("sample RUN", ALL_SAMPLE_FLAGS, sample),
  eval: command("eval RUN", ALL_EVAL_FLAGS, evaluate),
  report: command("report RUN", REPORT_FLAGS, report),
  compare: command("compare RUN RUN...", COMPARE_FLAGS, compare),
});

/**
 * Run a command line.
 *
 * @param args The verb, then its arguments.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const [verb = "", ...rest] = args;
    const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (run === undefined) throw unknownName("command", verb, Object.keys(VERBS));
    await run(rest);
    return 0;
  } catch (error) {
    return reportFailure(error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
