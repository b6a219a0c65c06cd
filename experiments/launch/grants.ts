import { dirname } from "node:path";
import { STUDIES } from "../registry.ts";
import { type Words, wordsOf } from "./words.ts";

/** What a program may do besides reading files; an empty list is nothing. */
export interface Grants {
  /** Files and folders that it may write, with what they hold. */
  readonly write: readonly string[];
  /** Whether it may write temporary files. */
  readonly temporary: boolean;
  /** Whether it computes, by libraries of the machine. */
  readonly compute: boolean;
  /** Whether it is one of several processes that train together. */
  readonly ranks: boolean;
  /** Whether it starts further processes of Deno. */
  readonly start: boolean;
  /** Texts in which addresses stand that it may contact. */
  readonly texts: readonly string[];
  /** Files in which further ones stand. */
  readonly configs: readonly string[];
  /** Module of a plugin from outside, if it is one. */
  readonly plugin: string | undefined;
}

const NOTHING: Grants = {
  write: [],
  temporary: false,
  compute: false,
  ranks: false,
  start: false,
  texts: [],
  configs: [],
  plugin: undefined,
};

function trimmed(path: string): string {
  return path.replace(/(?<=.)[\/\\]+$/, "");
}

/**
 * A file or folder that is written beside its place and then renamed, under the names that it has meanwhile; the folder
 * around it where these cannot be known.
 */
function replaced(path: string, pid: number | undefined): readonly string[] {
  const target = trimmed(path);
  return pid === undefined
    ? [dirname(target)]
    : [target, `${target}.partial`, `${target}.partial-${pid}`, `${target}.replaced-${pid}`];
}

function last({ flags }: Words, flag: string): string | undefined {
  return flags.get(flag)?.at(-1);
}

function ofExperiment(args: readonly string[]): Grants {
  const words = wordsOf(args);
  const { names, flags } = words;
  if (names.length === 0 || flags.has("help")) return { ...NOTHING, plugin: last(words, "plugin") };
  return {
    write: [last(words, "out") ?? "runs"],
    temporary: flags.has("dry-run") || flags.has("data"),
    compute: true,
    ranks: flags.has("parallel"),
    start: flags.has("sweep") || Object.hasOwn(STUDIES, names[0]!),
    texts: args,
    configs: flags.get("config") ?? [],
    plugin: last(words, "plugin"),
  };
}

function ofRun(args: readonly string[], pid: number | undefined): Grants {
  const words = wordsOf(args);
  const [verb, run] = words.names;
  if (run === undefined || words.flags.has("help")) return NOTHING;
  if (verb === "compare") {
    const page = last(words, "html");
    return { ...NOTHING, write: page === undefined ? [] : replaced(page, pid) };
  }
  const out = last(words, "out");
  const write = [trimmed(run), ...(out === undefined ? [] : [out])];
  if (verb === "report") return { ...NOTHING, write };
  return {
    ...NOTHING,
    write,
    temporary: true,
    compute: true,
    texts: args,
    configs: [`${trimmed(run)}/config.json`],
    plugin: last(words, "plugin"),
  };
}

function ofData(args: readonly string[], pid: number | undefined): Grants {
  const { names: [verb, source, target], flags } = wordsOf(args);
  if (source === undefined || flags.has("help")) return NOTHING;
  const reading = { ...NOTHING, temporary: true, texts: args };
  if (verb === "patches" || verb === "features") {
    const store = trimmed(source);
    return { ...reading, write: [store, `${store}.adding`] };
  }
  const writes = (verb === "import" || verb === "prep") && target !== undefined;
  return { ...reading, write: writes ? replaced(target, pid) : [] };
}

/** What the programs of the tasks may do, by their modules below the root of the checkout. */
const PROGRAMS: Readonly<Record<string, (args: readonly string[], pid: number | undefined) => Grants>> = {
  "experiments/main.ts": ofExperiment,
  "experiments/runs.ts": ofRun,
  "datasets/main.ts": ofData,
};

/**
 * Find what a program needs to be allowed for a command line, and no more.
 *
 * @param program Module below the root of the checkout.
 * @param args Its arguments.
 * @param pid Process number that it will have, which is part of the names of files that are not complete yet; absent if
 * it is not known yet.
 * @returns What it may do.
 * @throws {TypeError} If it is no program of a task.
 */
export function grantsOf(program: string, args: readonly string[], pid: number | undefined): Grants {
  if (Object.hasOwn(PROGRAMS, program)) return PROGRAMS[program]!(args, pid);
  throw new TypeError(`Cannot launch "${program}": expected ${Object.keys(PROGRAMS).join(" or ")}`);
}
