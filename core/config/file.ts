import { ConfigError } from "../errors.ts";
import { isRecord, show } from "./schema.ts";
import { BROKEN_SEAL, unseal } from "./seal.ts";

/**
 * Read a configuration file for {@linkcode mergeConfig}.
 *
 * @param path JSON file with some keys of the configuration, or the `config.json` of a run, whose configuration is taken.
 * @returns The partial configuration.
 * @throws {ConfigError} If the file is missing, is not a JSON object, or is the damaged `config.json` of a run.
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
    // What the engine quotes of the file may run over several lines.
    const reason = String((error as Error).message).replaceAll(/[\s\p{Cc}]+/gu, " ");
    throw new ConfigError(`Cannot read configuration "${path}": it is not valid JSON (${reason})`, { cause: error });
  }
  if (!isRecord(value)) {
    throw new ConfigError(`Cannot read configuration "${path}": expected a JSON object, got ${show(value)}`);
  }
  if (await unseal(value) === undefined) {
    throw new ConfigError(`Cannot read configuration "${path}": ${BROKEN_SEAL}`);
  }
  const ofRun = typeof value["format"] === "number" && typeof value["experiment"] === "string";
  return ofRun && isRecord(value["config"]) ? value["config"] : value;
}
