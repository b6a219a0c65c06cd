// @ts-types="./std_cli.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { ConfigError } from "../errors.ts";
import { nearestName } from "./nearest.ts";

/** One command-line flag: how it is given, and what the help says about it. */
export type Flag =
  | { readonly kind: "switch"; readonly help: string }
  | { readonly kind: "text"; readonly value: string; readonly help: string }
  | { readonly kind: "list"; readonly value: string; readonly help: string }
  | { readonly kind: "number"; readonly value: string; readonly help: string }
  | { readonly kind: "integer"; readonly value: string; readonly least: number; readonly help: string }
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly help: string };

/** Flags of a command by name, without the dashes. */
export type FlagTable = Readonly<Record<string, Flag>>;

/** What a flag of a kind yields. */
export interface FlagValueOf {
  /** Whether it was given. */
  readonly switch: boolean;
  /** Its value, if it was given. */
  readonly text: string | undefined;
  /** All its values in order. */
  readonly list: readonly string[];
  /** Its value, if it was given. */
  readonly number: number | undefined;
  /** Its value, if it was given. */
  readonly integer: number | undefined;
  /** Its value, if it was given. */
  readonly choice: string | undefined;
}

/** Values by flag. */
export type FlagValues<F extends FlagTable> = { readonly [K in keyof F]: FlagValueOf[F[K]["kind"]] };

/** A parsed command line. */
export interface ParsedFlags<F extends FlagTable> {
  /** Arguments that are no flags, in order. */
  readonly names: readonly string[];
  /** Values by flag. */
  readonly flags: FlagValues<F>;
}

function exampleOf(name: string, flag: Flag): string {
  if (flag.kind === "switch") return `--${name}`;
  return `--${name} ${flag.kind === "choice" ? flag.choices.join("|") : flag.value}`;
}

/** Give every flag the form `--name=value` and turn away what does not belong. */
function normalize(args: readonly string[], table: FlagTable): string[] {
  const out: string[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [...out, ...args.slice(i)];
    if (!arg.startsWith("-") || arg === "-") {
      out.push(arg);
      continue;
    }
    const cut = arg.indexOf("=");
    const given = cut < 0 ? arg : arg.slice(0, cut);
    const name = given === "-h" ? "help" : given.slice(2);
    const flag = given.startsWith("--") || given === "-h" ? table[name] : undefined;
    if (flag === undefined || !Object.hasOwn(table, name)) {
      const guess = nearestName(given, Object.keys(table).map((known) => `--${known}`));
      const help = guess === undefined ? "--help lists all flags" : `did you mean "${guess}"?`;
      throw new ConfigError(`Unknown flag "${given}", ${help}`);
    }
    if (seen.has(name) && flag.kind !== "list" && flag.kind !== "switch") {
      throw new ConfigError(`Flag "--${name}" is given twice, keep one of them`);
    }
    seen.add(name);
    if (flag.kind === "switch") {
      if (cut >= 0) throw new ConfigError(`Flag "--${name}" takes no value, got "${arg.slice(cut + 1)}"`);
      // Spelled out, since the parser would take a following "true" or "false" for the value.
      out.push(`--${name}=true`);
      continue;
    }
    const value = cut >= 0 ? arg.slice(cut + 1) : args[++i];
    if (value === undefined || value === "" || (cut < 0 && value.startsWith("--"))) {
      throw new ConfigError(`Flag "--${name}" needs a value: ${exampleOf(name, flag)}`);
    }
    out.push(`--${name}=${value}`);
  }
  return out;
}

function readNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new ConfigError(`Flag "--${name}" expects a number, got "${text}"`);
}

function readInteger(name: string, text: string, least: number): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ConfigError(`Flag "--${name}" expects a whole number of at least ${least}, got "${text}"`);
}

function readChoice(name: string, text: string, choices: readonly string[]): string {
  if (choices.includes(text)) return text;
  const guess = nearestName(text, choices);
  const help = guess === undefined ? "" : `, did you mean "${guess}"?`;
  throw new ConfigError(`Flag "--${name}" expects one of ${choices.join(", ")}, got "${text}"${help}`);
}

/**
 * Parse a command line against a table of flags.
 *
 * @typeParam F The table.
 * @param args Arguments as the process received them; `--flag value` and `--flag=value` mean the same.
 * @param table Flags that exist.
 * @returns Names and flags.
 * @throws {ConfigError} If a flag is unknown, lacks its value, is given twice or has a value that does not fit.
 */
export function parseFlags<F extends FlagTable>(args: readonly string[], table: F): ParsedFlags<F> {
  const ofKind = (...kinds: readonly Flag["kind"][]): string[] =>
    Object.keys(table).filter((name) => kinds.includes(table[name]!.kind));
  const parsed = parseArgs(normalize(args, table), {
    boolean: ofKind("switch"),
    string: ["_", ...ofKind("text", "list", "number", "integer", "choice")],
    collect: ofKind("list"),
    alias: {},
  });
  const flags: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(table)) {
    const value = parsed[name];
    if (typeof value !== "string") flags[name] = value;
    else if (flag.kind === "number") flags[name] = readNumber(name, value);
    else if (flag.kind === "integer") flags[name] = readInteger(name, value, flag.least);
    else if (flag.kind === "choice") flags[name] = readChoice(name, value, flag.choices);
    else flags[name] = value;
  }
  return { names: parsed._.map(String), flags: flags as FlagValues<F> };
}

/**
 * Describe the flags of a command, one line each.
 *
 * @param table The flags.
 * @returns The lines, aligned.
 */
export function helpOfFlags(table: FlagTable): string {
  const rows = Object.entries(table).map(([name, flag]) => [exampleOf(name, flag), flag.help] as const);
  const width = Math.max(...rows.map(([example]) => example.length));
  return rows.map(([example, help]) => `  ${example.padEnd(width)}  ${help}`).join("\n");
}
