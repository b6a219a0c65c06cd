/** Families of MPI libraries, which differ in what a handle is. */
export type MpiFamily = "Open MPI" | "MPICH";

/** What the environment says of who started this process. */
export interface Launcher {
  /** Processes that were started together. */
  readonly size: number;
  /** The family that the launcher belongs to; absent if it serves both. */
  readonly family?: MpiFamily;
  /** Name for messages. */
  readonly name: string;
}

/** Variables by which launchers make themselves known. */
export const LAUNCHER_VARIABLES: readonly string[] = [
  "OMPI_COMM_WORLD_SIZE",
  "PMI_SIZE",
  "PMIX_RANK",
  "SLURM_STEP_NUM_TASKS",
];

/**
 * Tell from the environment how this process was started.
 *
 * @example Usage
 * ```ts
 * import { launcherOf } from "@morphogen/morphogen";
 *
 * const launcher = launcherOf((name) => name === "PMI_SIZE" ? "4" : undefined);
 * if (launcher?.size !== 4 || launcher.family !== "MPICH") throw new Error("not recognised");
 * ```
 *
 * @param env Reads a variable.
 * @returns The launcher; undefined if the process was started by itself.
 */
export function launcherOf(env: (name: string) => string | undefined): Launcher | undefined {
  const whole = (name: string): number | undefined => {
    const text = env(name);
    return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  };
  const open = whole("OMPI_COMM_WORLD_SIZE");
  if (open !== undefined) return { size: open, family: "Open MPI", name: "mpirun of Open MPI" };
  const steps = whole("SLURM_STEP_NUM_TASKS");
  const pmi = whole("PMI_SIZE");
  if (pmi !== undefined) {
    return steps === undefined
      ? { size: pmi, family: "MPICH", name: "mpirun of MPICH" }
      : { size: pmi, family: "MPICH", name: "srun --mpi=pmi2" };
  }
  if (steps === undefined) return undefined;
  if (env("PMIX_RANK") !== undefined) return { size: steps, family: "Open MPI", name: "srun --mpi=pmix" };
  return { size: steps, name: "srun" };
}
