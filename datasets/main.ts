/**
 * The command line behind `deno task data`.
 *
 * @module
 */
import { ConfigError, watchSignals } from "../core/mod.ts";
import { type DataArguments, dataHelp, parseArguments } from "./import/arguments.ts";
import { reportFailure } from "./import/failure.ts";
import { identityOf } from "./import/identity.ts";
import { checkTarget, importStore } from "./import/import_store.ts";
import { describeSource, formatInfo } from "./import/info.ts";
import { progressLine } from "./import/progress.ts";
import { openSource } from "./import/recognise.ts";
import type { SourceOptions } from "./import/source.ts";
import { validateSource } from "./import/validate.ts";

function sourceOptions({ layer, raw, coordinates, genome }: DataArguments): SourceOptions {
  if (layer !== undefined && raw) throw new ConfigError('Flags "--layer" and "--raw" both choose X, keep one of them');
  return {
    raw,
    ...(layer !== undefined && { layer }),
    ...(coordinates !== undefined && { coordinates }),
    ...(genome !== undefined && { genome }),
  };
}

async function importCommand(args: DataArguments): Promise<void> {
  const [location = "", target = ""] = args.paths;
  const options = sourceOptions(args);
  await checkTarget(target, args.overwrite);
  using signals = watchSignals({ notify: console.error });
  using source = await openSource(location, options);
  using line = progressLine("importing", "rows");
  const identity = await identityOf(location, { ...options });
  await importStore(source, target, {
    zarrFormat: args.zarrFormat,
    overwrite: args.overwrite,
    identity,
    signals,
    progress: line.report,
    say: line.say,
    ...(args.chunkRows !== undefined && { chunkRows: args.chunkRows }),
  });
  const info = { ...describeSource(source), path: target };
  if (args.json) console.log(JSON.stringify(info));
  else line.say(`${source.format}: ${info.cells} cells x ${info.features} features written to ${target}`);
}

async function infoCommand(args: DataArguments): Promise<void> {
  using source = await openSource(args.paths[0]!, sourceOptions(args));
  const info = describeSource(source);
  console.log(args.json ? JSON.stringify(info) : formatInfo(info));
}

async function validateCommand(args: DataArguments): Promise<void> {
  using source = await openSource(args.paths[0]!, sourceOptions(args));
  const notes: string[] = [];
  using line = progressLine("checking", "rows");
  await validateSource(source, {
    spatial: args.spatial,
    progress: line.report,
    note: (sentence) => {
      notes.push(sentence);
      line.say(sentence);
    },
  });
  const { location, obs, var: { index } } = source;
  const result = { path: location, valid: true, cells: obs.index.length, features: index.length, notes };
  console.log(
    args.json ? JSON.stringify(result) : `${location} is valid: ${result.cells} cells x ${result.features} features`,
  );
}

const COMMANDS = { import: importCommand, info: infoCommand, validate: validateCommand } as const;

/**
 * Run a command line.
 *
 * @param args Arguments after the task's name.
 * @returns The exit code: 0 done, 1 the input or the command failed, 2 wrong usage, 130 or 143 interrupted.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed.help || parsed.verb === undefined) {
      console.log(dataHelp());
      return parsed.help ? 0 : 2;
    }
    await COMMANDS[parsed.verb](parsed);
    return 0;
  } catch (error) {
    return reportFailure(error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
