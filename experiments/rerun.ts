import { diffConfig } from "../core/mod.ts";
import { ownDataset, resolve, type Resolved } from "./resolve.ts";
import { quoted } from "./shell_word.ts";

/** Text that `--set` reads back as the same value. */
function written(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  try {
    JSON.parse(value);
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

/**
 * Write down what makes settings differ from what the experiment says by itself, whether it came from `--set`, `--steps`,
 * a preset or a file.
 *
 * @param resolved Experiment and settings.
 * @returns Settings `path=value` in an order in which they can be applied; the seed is not among them.
 */
export async function overridesOf(resolved: Resolved): Promise<readonly string[]> {
  const { experiment, settings, plugin, location } = resolved;
  const names = [
    ["preset", settings.preset, experiment.preset ?? ""],
    ["dataset.name", settings.dataset.name, ownDataset(experiment, location)],
    ["plugin.name", settings.plugin.name, experiment.plugin],
  ] as const;
  const set = names.flatMap(([path, value, own]) => value === own ? [] : [`${path}=${written(value)}`]);
  const args = { set, config: undefined, data: location, seed: settings.seed, steps: undefined };
  const plain = await resolve(experiment, args, plugin);
  const changed = diffConfig(plain.settings, settings).map(({ path, b }) => `${path}=${written(b)}`);
  return [...set, ...changed];
}

/** A run as `rerunCommands` sees it. */
export interface Rerun {
  /** Name of the experiment. */
  readonly experiment: string;
  /** Run folder. */
  readonly folder: string;
  /** Settings `path=value`. */
  readonly set: readonly string[];
  /** Seed. */
  readonly seed: number;
  /** What the user brought as data. */
  readonly data?: string | undefined;
  /** Plugin from outside. */
  readonly plugin?: string | undefined;
  /** Checkpoint or run that training started from. */
  readonly from?: string | undefined;
}

/**
 * Write the commands that train the same model again, and that evaluate this one again.
 *
 * @param run The run.
 * @returns One command per line, quoted for a shell.
 */
export function rerunCommands({ experiment, folder, set, seed, data, plugin, from }: Rerun): readonly string[] {
  const flag = (name: string, value: string | undefined): string[] => value === undefined ? [] : [`--${name}`, value];
  const train = [
    ...flag("data", data),
    ...flag("plugin", plugin),
    ...flag("from", from),
    ...set.flatMap((setting) => flag("set", setting)),
    ...flag("seed", String(seed)),
  ];
  const line = (...parts: readonly string[]): string => parts.map(quoted).join(" ");
  return [
    line("deno", "task", "exp", experiment, ...train),
    line("deno", "task", "eval", folder, ...flag("plugin", plugin)),
  ];
}
