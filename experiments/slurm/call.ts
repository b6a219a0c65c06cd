import { ConfigError } from "../../core/errors.ts";

/** How a command of Slurm ended. */
export interface Called {
  /** Whether its exit code was 0. */
  readonly success: boolean;
  /** Standard output. */
  readonly out: string;
  /** Standard error, without the names of programs in front of its lines. */
  readonly complaint: string;
}

/**
 * Call one of Slurm's commands.
 *
 * @param command Its name.
 * @param args Its arguments.
 * @returns How it ended.
 * @throws {ConfigError} If there is no such command here, or no permission to start one.
 */
export async function callSlurm(command: string, args: readonly string[]): Promise<Called> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args], stdin: "null" }).output();
    const text = new TextDecoder();
    const lines = text.decode(stderr).split("\n").map((line) => line.replace(/^\w+: (error|fatal): /, "").trim());
    return { success, out: text.decode(stdout), complaint: lines.filter((line) => line !== "").join("; ") };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new ConfigError(
        `Cannot find ${command}: expected Slurm's commands on PATH; run this on a login node of the cluster, ` +
          "or run the sweep here with deno task exp NAME --sweep",
        { cause: error },
      );
    }
    throw error;
  }
}
