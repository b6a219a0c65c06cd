import { fileURLToPath } from "node:url";
import { C_LIBRARIES } from "../../core/backend/c_library.ts";

/** Variables that say where temporary files go. */
export const TEMPORARY_VARIABLES: readonly string[] = ["TMPDIR", "TMP", "TEMP"];

/** Says where a cluster keeps its libraries. */
export const LIBRARY_VARIABLE = "LD_LIBRARY_PATH";

/**
 * What the launcher itself is allowed. It may start anything, since on Windows programs cannot replace one another; it
 * reads nothing but its command line, and for `sample` and `eval` the configuration of the run.
 */
export const LAUNCHER_PERMISSIONS: readonly string[] = [
  "--allow-read",
  "--allow-net",
  "--allow-run",
  `--allow-env=${[...TEMPORARY_VARIABLES, LIBRARY_VARIABLE].join(",")}`,
  `--allow-ffi=${C_LIBRARIES.join(",")}`,
];

/** A command line. */
export interface LaunchCommand {
  /** Program to run. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
}

/**
 * The command that runs a program of this package with the permissions that its arguments need, as the tasks do.
 *
 * @param program Module below the root of the checkout, for example `"experiments/main.ts"`.
 * @param args Its arguments.
 * @returns This Deno with the launcher.
 */
export function launchCommand(program: string, args: readonly string[]): LaunchCommand {
  const launcher = new URL("./main.ts", import.meta.url);
  const entry = launcher.protocol === "file:" ? fileURLToPath(launcher) : launcher.href;
  return {
    command: Deno.execPath(),
    args: ["run", "--quiet", "--no-prompt", ...LAUNCHER_PERMISSIONS, entry, program, ...args],
  };
}
