/** Flags of all tasks that take no value; a test compares them with the helps. */
export const SWITCHES: readonly string[] = [
  "dry-run",
  "fresh",
  "help",
  "json",
  "link",
  "list",
  "overwrite",
  "print-config",
  "raw",
  "spatial",
];

/** A command line, as far as permissions depend on it. */
export interface Words {
  /** Arguments that are no flags, in order. */
  readonly names: readonly string[];
  /** Values by flag; of switches, and of flags whose value is missing, the value is empty. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

/**
 * Tell names from flags, without the tables of the programs: to load these takes longer than to start them. What is wrong
 * with a command line is for the program to say.
 *
 * @param args Arguments of a program.
 * @returns Its names and flags.
 */
export function wordsOf(args: readonly string[]): Words {
  const names: string[] = [];
  const flags = new Map<string, string[]>();
  const rest = [...args];
  for (let arg; (arg = rest.shift()) !== undefined;) {
    const flag = /^--([^=]+)(?:=([^]*))?$/.exec(arg);
    if (flag === null) {
      if (arg === "--") return { names: [...names, ...rest], flags };
      if (!arg.startsWith("-") || arg === "-") names.push(arg);
      continue;
    }
    const [, name = "", given] = flag;
    const takesNext = given === undefined && !SWITCHES.includes(name) && rest[0]?.startsWith("--") === false;
    const value = given ?? (takesNext ? rest.shift()! : "");
    flags.set(name, [...flags.get(name) ?? [], value]);
  }
  return { names, flags };
}
