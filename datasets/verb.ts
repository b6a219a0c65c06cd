import { ConfigError } from "../core/mod.ts";
import { type FlagTable, type FlagValues, helpOfFlags, parseFlags } from "../core/config/flags.ts";

/** A verb of `deno task data`. */
export interface Verb {
  /** Verb and paths, for example `"info PATH"`. */
  readonly usage: string;
  /** One line for the list of verbs. */
  readonly about: string;
  /**
   * Describe the verb.
   *
   * @returns Usage, and one line per flag.
   */
  help(): string;
  /**
   * Do what the verb says.
   *
   * @param args Arguments after the verb.
   * @returns The exit code.
   * @throws {ConfigError} If the arguments are wrong.
   * @throws {DataError} If the data cannot be used.
   */
  run(args: readonly string[]): Promise<number>;
}

/** How a verb is called. */
export interface VerbShape<F extends FlagTable> {
  /** Verb and paths, for example `"info PATH"`. */
  readonly usage: string;
  /** One line for the list of verbs. */
  readonly about: string;
  /** Its flags. */
  readonly flags: F;
  /** More for its help, for example what it makes. */
  readonly more?: readonly string[];
}

/**
 * Take apart what follows a verb.
 *
 * @typeParam F Flags of the verb.
 * @param shape How the verb is called.
 * @param args Arguments after the verb.
 * @returns As many paths as the usage names, and the values of the flags.
 * @throws {ConfigError} If there are more or fewer paths, or a flag does not fit.
 */
export function parseVerb<F extends FlagTable>(
  { usage, flags: table }: VerbShape<F>,
  args: readonly string[],
): { readonly paths: readonly string[]; readonly flags: FlagValues<F> } {
  const { names, flags } = parseFlags(args, table);
  const [verb, ...wanted] = usage.split(" ");
  if (names.length === wanted.length && !names.includes("")) return { paths: names, flags };
  throw new ConfigError(`Cannot run "${verb}" with ${names.length} paths: expected ${usage}`);
}

/**
 * Make a verb.
 *
 * @typeParam F Its flags.
 * @param shape How it is called.
 * @param work What it does.
 * @returns The verb.
 */
export function verb<F extends FlagTable>(
  shape: VerbShape<F>,
  work: (paths: readonly string[], flags: FlagValues<F>) => Promise<void>,
): Verb {
  const { usage, about, flags, more = [] } = shape;
  return Object.freeze({
    usage,
    about,
    help: () => {
      const sentence = `${about.charAt(0).toUpperCase()}${about.slice(1)}.`;
      return [`Usage: deno task data ${usage} [flags]`, "", sentence, ...more, "", helpOfFlags(flags)].join("\n");
    },
    run: async (args: readonly string[]) => {
      const parsed = parseVerb(shape, args);
      await work(parsed.paths, parsed.flags);
      return 0;
    },
  });
}
