import { fileURLToPath } from "node:url";

/** How a command ended. */
export interface Ended {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

/** A launcher of this machine. */
export interface Mpirun {
  /** Name for tests. */
  readonly name: string;
  /**
   * Start a program on several ranks.
   *
   * @param ranks Number of ranks.
   * @param args Arguments of Deno.
   * @param env More variables.
   * @returns The launcher's process.
   */
  start(ranks: number, args: readonly string[], env?: Readonly<Record<string, string>>): Deno.ChildProcess;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Ranks may outnumber cores and run as root, as in containers. */
const OPEN_MPI = {
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  OMPI_MCA_rmaps_base_oversubscribe: "1",
  OMPI_MCA_mpi_yield_when_idle: "1",
};

async function works(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

function launcher(name: string, program: string, env: Readonly<Record<string, string>>): Mpirun {
  return {
    name,
    start: (ranks, args, more = {}) =>
      new Deno.Command(program, {
        args: ["-n", `${ranks}`, Deno.execPath(), ...args],
        cwd: ROOT,
        env: { NO_COLOR: "1", OPENBLAS_NUM_THREADS: "1", ...env, ...more },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
  };
}

/**
 * Wait for a process.
 *
 * @param process The process, its output piped.
 * @returns How it ended.
 */
export async function ended(process: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await process.output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

async function found(): Promise<readonly Mpirun[]> {
  const known = [
    ["Open MPI", "mpirun.openmpi", OPEN_MPI],
    ["MPICH", "mpirun.mpich", {}],
  ] as const;
  const usable: Mpirun[] = [];
  for (const [name, program, env] of known) {
    if (await works(program)) usable.push(launcher(name, program, env));
    else console.warn(`SKIP: there is no ${program}, nothing is tested with ${name}`);
  }
  return usable;
}

/** Launchers that are installed; a missing one is said loudly. */
export const LAUNCHERS: readonly Mpirun[] = await found();
