import { runFolder } from "../core/mod.ts";
import type { Resolved } from "./resolve.ts";

/**
 * The part of the settings that names the run folder: all but the seed, and the data.
 *
 * @param resolved Settings, and what the user brings as data.
 * @returns JSON value; the `config` of the run's record.
 */
export function identityOf({ settings, location = "" }: Pick<Resolved, "settings" | "location">): unknown {
  const { seed: _, ...rest } = settings;
  return { ...rest, data: location };
}

/**
 * Name the folder that settings lead to.
 *
 * @param resolved Experiment, settings and data.
 * @param out Folder of all run folders; absent means `runs`.
 * @returns The run folder.
 */
export async function folderOf(resolved: Resolved, out = "runs"): Promise<string> {
  const { experiment, settings } = resolved;
  return await runFolder({
    root: out,
    experiment: experiment.name,
    config: identityOf(resolved),
    seed: settings.seed,
  });
}
