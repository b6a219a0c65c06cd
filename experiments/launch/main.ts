/**
 * What the tasks start first: it finds what a command line needs to be allowed, and lets the program take its place with
 * these permissions and no others.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { blasCandidates } from "../../core/backend/blas.ts";
import { C_LIBRARIES } from "../../core/backend/c_library.ts";
import { libraryFiles } from "../../core/backend/library_files.ts";
import { replaceProcess } from "../../core/backend/replace_process.ts";
import { ConfigError } from "../../core/errors.ts";
import { LAUNCHER_VARIABLES } from "../../core/parallel/launcher.ts";
import { LIBRARY_VARIABLE, TEMPORARY_VARIABLES } from "./command.ts";
import { type Grants, grantsOf } from "./grants.ts";
import { addressesIn, hostsBehind } from "./hosts.ts";

const ROOT = new URL("../../", import.meta.url);

/** Facts of the machine that `env.json` records. */
const FACTS = "hostname,osRelease,systemMemoryInfo";

/** Without the one, graphics drivers complain; libraries are found by the other. See core/backend. */
const VARIABLES: readonly string[] = ["XDG_RUNTIME_DIR", LIBRARY_VARIABLE];

/** Those by which processes of one training find each other, see core/parallel. */
const RANK_VARIABLES: readonly string[] = [...LAUNCHER_VARIABLES, "MORPHOGEN_MPI"];

/** Deno takes a comma for the end of a path, and knows no way to quote one. */
function listed(paths: readonly string[]): string {
  const odd = paths.find((path) => path.includes(","));
  if (odd === undefined) return paths.join(",");
  throw new ConfigError(
    `Cannot let this command write "${odd}": Deno's permissions end a path at a comma, choose a path without one`,
  );
}

/** The libraries that products of matrices are computed by; those of MPI are wherever a cluster keeps them. */
function libraries(): readonly string[] {
  const names = blasCandidates(Deno.build.os);
  const files = [...names.filter((name) => name.includes("/")), ...names.flatMap(libraryFiles), ...C_LIBRARIES];
  return [...new Set(files)].filter((file) => !file.includes(","));
}

function temporaryFolder(): string {
  const given = TEMPORARY_VARIABLES.map((name) => Deno.env.get(name)).find((path) => path !== undefined);
  return given ?? (Deno.build.os === "windows" ? "C:\\Windows\\Temp" : "/tmp");
}

/** Deno starts nothing by name where a variable could load another library into it: then it is any program or none. */
function starting(): string {
  return Deno.env.get(LIBRARY_VARIABLE) === undefined ? `--allow-run=${listed([Deno.execPath()])}` : "--allow-run";
}

async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}

async function flagsOf({ write, temporary, compute, ranks, start, texts, configs, plugin }: Grants): Promise<string[]> {
  const written = [...write, ...(temporary ? [temporaryFolder()] : [])];
  const addresses = addressesIn([...texts, ...await Promise.all(configs.map(textOf))]);
  const hosts = await hostsBehind(addresses);
  const modules = addressesIn([plugin ?? ""]).map(({ host }) => host);
  return [
    "--allow-read",
    ...(written.length > 0 ? [`--allow-write=${listed(written)}`] : []),
    ...(hosts.length > 0 ? [`--allow-net=${hosts.join(",")}`] : []),
    ...(modules.length > 0 ? [`--allow-import=${modules.join(",")}`] : []),
    `--allow-sys=${FACTS}`,
    ...(compute
      ? [
        ranks ? "--allow-ffi" : `--allow-ffi=${libraries().join(",")}`,
        `--allow-env=${[...VARIABLES, ...(ranks ? RANK_VARIABLES : [])].join(",")}`,
      ]
      : []),
    ...(start ? [starting()] : []),
  ];
}

/** Wait for a program in a process of its own, where none can take this one's place. */
async function supervise(args: readonly string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args] }).spawn();
  // Ctrl-C reaches the program by itself.
  Deno.addSignalListener("SIGINT", () => {});
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  return (await child.status).code;
}

async function main([program = "", ...args]: readonly string[]): Promise<number> {
  const module = ROOT.protocol === "file:" ? fileURLToPath(new URL(program, ROOT)) : new URL(program, ROOT).href;
  const commandOf = async (pid: number | undefined): Promise<readonly string[]> => {
    const grants = await flagsOf(grantsOf(program, args, pid));
    return ["run", "--quiet", "--no-prompt", ...grants, module, ...args];
  };
  if (Deno.build.os !== "windows") replaceProcess(Deno.execPath(), await commandOf(Deno.pid));
  return await supervise(await commandOf(undefined));
}

async function mainOrRefuse(args: readonly string[]): Promise<number> {
  try {
    return await main(args);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await mainOrRefuse(Deno.args));
