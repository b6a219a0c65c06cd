/**
 * The command behind `deno task parity`: run our code on the fixtures of the authors' programs and compare.
 *
 * @module
 */
import { type BackendName, chooseBackend } from "../../core/backend/mod.ts";
import { DataError, isMorphogenError } from "../../core/errors.ts";
import { type FlagTable, helpOfFlags, parseFlags } from "../../core/config/flags.ts";
import { type Check, type Line, runCheck } from "./compare.ts";
import { type Fixture, parseFixture } from "./fixture.ts";

/** Where fixtures lie unless a file is named: beside the checkout. */
const FIXTURES = new URL("../../../shared/fixtures/", import.meta.url);

/** Methods that are implemented: fixture to check, loaded when a fixture needs it. */
const METHODS: Readonly<Record<string, () => Promise<Readonly<Record<string, Check>>>>> = {
  geneflow: async () => (await import("./geneflow.ts")).GENEFLOW,
  gmflow: async () => (await import("./gmflow.ts")).GMFLOW,
  nicheflow: async () => (await import("./nicheflow.ts")).NICHEFLOW,
  spatia: async () => (await import("./spatia.ts")).SPATIA,
  stflow: async () => (await import("./stflow.ts")).STFLOW,
};

const FLAGS = {
  "fixture": { kind: "list", value: "METHOD[/NAME]|FILE", help: "what to check; repeatable (default: everything)" },
  "json": { kind: "switch", help: "one JSON object per line on stdout, everything else on stderr" },
  "backend": {
    kind: "choice",
    choices: ["auto", "webgpu", "native", "wasm", "cpu"],
    help: "where tensors are computed (default: auto)",
  },
  "help": { kind: "switch", help: "show this help" },
} as const satisfies FlagTable;

function exists(path: string | URL): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Files below a method's folder, sorted. */
function filesOf(root: URL, method: string): URL[] {
  const folder = new URL(`${method}/`, root);
  const names = exists(folder) ? [...Deno.readDirSync(folder)].map(({ name }) => name) : [];
  const files = names.filter((name) => name.endsWith(".safetensors")).sort().map((name) => new URL(name, folder));
  if (files.length > 0) return files;
  throw new DataError(
    `Cannot check parity: there are no fixtures in ${folder.pathname}, put them there or name a file with --fixture`,
  );
}

/** What `--fixture` names: a file, a method, or one problem of a method. */
function locate(root: URL, text: string): readonly (string | URL)[] {
  if (text.endsWith(".safetensors")) {
    if (exists(text)) return [text];
    throw new DataError(`Cannot check parity: there is no file ${text}`);
  }
  if (Object.hasOwn(METHODS, text)) return filesOf(root, text);
  const file = new URL(`${text}.safetensors`, root);
  if (exists(file)) return [file];
  throw new DataError(`Cannot check parity: there is no fixture "${text}" in ${root.pathname}`);
}

function open(path: string | URL): Fixture {
  try {
    return parseFixture(Deno.readFileSync(path));
  } catch (cause) {
    if (!isMorphogenError(cause)) throw cause;
    throw new DataError(`${cause.message} (${path instanceof URL ? path.pathname : path})`, { cause });
  }
}

/**
 * Run a fixture through our code.
 *
 * @param path The file.
 * @returns One line per tensor.
 */
export async function checkFixture(path: string | URL): Promise<Line[]> {
  const fixture = open(path);
  const method = Object.hasOwn(METHODS, fixture.method) ? METHODS[fixture.method] : undefined;
  if (method === undefined) {
    throw new DataError(
      `Cannot check ${fixture.name}: the methods with checks are ${Object.keys(METHODS).join(", ")}`,
    );
  }
  return await runCheck(fixture, (await method())[fixture.problem]);
}

/**
 * List the fixtures of all methods that are implemented.
 *
 * @param root Folder with one folder per method.
 * @returns The files.
 */
export function allFixtures(root: URL): readonly URL[] {
  return Object.keys(METHODS).flatMap((method) => filesOf(root, method));
}

function jsonOf({ note: _, ...line }: Line): string {
  return JSON.stringify(line);
}

function textOf({ fixture, check, max_abs, max_rel, tol, ok, note }: Line): string {
  const number = (value: number | null): string => (value === null ? "-" : value.toExponential(1)).padStart(8);
  const numbers = `abs ${number(max_abs)}  rel ${number(max_rel)}  tol ${number(tol)}`;
  return `${ok ? "ok  " : "FAIL"}  ${numbers}  ${fixture}  ${check}${note === undefined ? "" : `: ${note}`}`;
}

/**
 * The command.
 *
 * @param args Arguments.
 * @param root Folder with one folder per method.
 * @returns Exit code: 0 if everything agrees, 1 if not, 2 for wrong usage.
 */
export async function parity(args: readonly string[], root: URL = FIXTURES): Promise<number> {
  try {
    const { names, flags } = parseFlags(args, FLAGS);
    if (flags.help) {
      console.log(`Usage: deno task parity [flags]\n\n${helpOfFlags(FLAGS)}`);
      return 0;
    }
    const chosen = [...flags.fixture ?? [], ...names];
    const files = chosen.length === 0 ? allFixtures(root) : chosen.flatMap((text) => locate(root, text));
    const { name } = await chooseBackend((flags.backend ?? "auto") as BackendName);
    const lines: Line[] = [];
    for (const file of files) {
      for (const line of await checkFixture(file)) {
        lines.push(line);
        console.log(flags.json ? jsonOf(line) : textOf(line));
        if (flags.json && line.note !== undefined) console.error(`${line.fixture} ${line.check}: ${line.note}`);
      }
    }
    const bad = lines.filter(({ ok }) => !ok).length;
    console.error(
      `${lines.length} checks of ${files.length} fixtures on ${name}: ${bad === 0 ? "all ok" : `${bad} not ok`}`,
    );
    return bad === 0 ? 0 : 1;
  } catch (error) {
    if (!isMorphogenError(error)) throw error;
    console.error(error.message);
    return isMorphogenError(error, "ConfigError") ? 2 : 1;
  }
}

if (import.meta.main) Deno.exit(await parity(Deno.args));
