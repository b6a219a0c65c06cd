/**
 * The command line behind `deno task data`.
 *
 * @module
 */
import { unknownName } from "../core/mod.ts";
import { featuresVerb, patchesVerb } from "./images/verbs.ts";
import { reportFailure } from "./import/failure.ts";
import { importVerb } from "./import/import_verb.ts";
import { infoVerb } from "./import/info_verb.ts";
import { validateVerb } from "./import/validate_verb.ts";
import { prepHelp } from "./preprocess/arguments.ts";
import { prepCommand } from "./preprocess/command.ts";
import type { Verb } from "./verb.ts";

const VERBS: Readonly<Record<string, Verb>> = {
  import: importVerb,
  info: infoVerb,
  validate: validateVerb,
  patches: patchesVerb,
  features: featuresVerb,
  prep: {
    usage: "prep IN.zarr OUT.zarr STEP...",
    about: "filter, normalize, choose genes, find components: steps in order, recorded in uns",
    help: prepHelp,
    run: (args) => prepCommand(args),
  },
};

function helpOfVerbs(): string {
  const verbs = Object.values(VERBS);
  const width = Math.max(...verbs.map(({ usage }) => usage.length));
  const lines = verbs.map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}`);
  return ["Usage: deno task data VERB ...", "", ...lines, "", "deno task data VERB --help lists its flags."].join("\n");
}

function asksForHelp(arg: string | undefined): boolean {
  return arg === "--help" || arg === "-h";
}

/**
 * Run a command line.
 *
 * @param args Arguments after the task's name.
 * @returns The exit code: 0 done, 1 the input or the command failed, 2 wrong usage, 130 or 143 interrupted.
 */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || asksForHelp(name)) {
      console.log(helpOfVerbs());
      return name === undefined ? 2 : 0;
    }
    if (!Object.hasOwn(VERBS, name)) throw unknownName("verb", name, Object.keys(VERBS));
    if (!rest.some(asksForHelp)) return await VERBS[name]!.run(rest);
    console.log(VERBS[name]!.help());
    return 0;
  } catch (error) {
    return reportFailure(error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
