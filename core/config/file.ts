import { ConfigError } from "../errors.ts";
import { isRecord, show } from "./schema.ts";

/**
 * Read a configuration file for {@linkcode mergeConfig}.
 *
 * @param path JSON file with some keys of the configuration, or the `config.json` of a run, whose configuration is taken.
 * @returns The partial configuration.
 * @throws {ConfigError} If the file is missing or is not a JSON object.
 */
export async function readConfigFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : String(error);
    throw new ConfigError(`Cannot read configuration "${path}": ${reason}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`Cannot read configuration "${path}": it is not valid JSON (${reason})`, { cause: error });
  }
  if (!isRecord(value)) {
    throw new ConfigError(`Cannot read configuration "${path}": expected a JSON object, got ${show(value)}`);
  }
  const ofRun = typeof value["format"] === "number" && typeof value["experiment"] === "string";
  return ofRun && isRecord(value["config"]) ? value["config"] : value;
}
