import { BackendError } from "../errors.ts";
import { LAUNCHER_VARIABLES, launcherOf } from "./launcher.ts";
import { mpiCandidates, openMpi } from "./mpi.ts";
import { ONE_RANK, type Ranks, ranksOf } from "./ranks.ts";

/** Variables that are read. */
const VARIABLES = [...LAUNCHER_VARIABLES, "MORPHOGEN_MPI"].join();

function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    throw new BackendError(
      `Cannot tell how this process was started: reading ${name} is not allowed, run with --allow-env=${VARIABLES}`,
    );
  }
}

/**
 * Join the processes that `mpirun` or `srun` started together.
 *
 * The launcher decides which library is looked for; the variable `MORPHOGEN_MPI` names a file instead. A process that was
 * started by itself is the only rank and needs no library.
 *
 * @param env Reads a variable of the environment.
 * @returns The ranks.
 * @throws {BackendError} If there is no MPI library, or it does not see the processes that were started.
 */
export function openRanks(env: (name: string) => string | undefined = readVariable): Ranks {
  const launcher = launcherOf(env);
  if (launcher === undefined) return ONE_RANK;
  const file = env("MORPHOGEN_MPI");
  const channel = openMpi(file === undefined ? mpiCandidates(Deno.build.os, launcher.family) : [file]);
  if (channel.size === launcher.size) return ranksOf(channel);
  const { size, name } = channel;
  channel.close();
  throw new BackendError(
    `Cannot train on ${launcher.size} processes: ${launcher.name} started that many and ${name} sees ${size}; start them ` +
      "with the mpirun of that library or with srun --mpi=pmi2 or pmix, or name another library by MORPHOGEN_MPI",
  );
}
