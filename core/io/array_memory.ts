import { DataError } from "../errors.ts";
import { bytesOfType, LARGEST_CHUNK } from "./codec_bounds.ts";

/** Texts need room for the list that holds them, however short they are. */
const LISTED = 8;

/** Memory that is assumed where Deno may not ask for it. */
const USUAL = 2 ** 36;

function machineMemory(): number {
  try {
    return Deno.systemMemoryInfo().total;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) return USUAL;
    throw cause;
  }
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toPrecision(3)} GiB`;
}

/**
 * Refuse an array whose chunks cannot be decoded in one piece.
 *
 * @param name Store and path, for messages.
 * @param dtype Type as zarrita calls it.
 * @param chunk Length of each axis of a chunk.
 * @throws {DataError} If a chunk takes 2 GiB or more.
 */
export function requireChunkFits(name: string, dtype: string, chunk: readonly number[]): void {
  const bytes = chunk.reduce((a, b) => a * b, bytesOfType(dtype) ?? 1);
  if (bytes <= LARGEST_CHUNK) return;
  throw new DataError(
    `Cannot open ${name}: its chunks [${chunk.join(", ")}] of ${dtype} take ${
      gib(bytes)
    } each, expected less than 2 GiB; ` +
      "do not trust this store, or store it again with smaller chunks",
  );
}

/**
 * Refuse to read what this machine cannot hold: a forged shape must not take all memory before anyone sees that there are
 * no values behind it.
 *
 * @param name Store and path, for messages.
 * @param dtype Type as zarrita calls it.
 * @param values Number of values.
 * @throws {DataError} If they take more than the memory of the machine.
 */
export function requireValuesFit(name: string, dtype: string, values: number): void {
  const bytes = values * (dtype.startsWith("v2:S") || dtype === "string" ? LISTED : bytesOfType(dtype) ?? LISTED);
  const memory = bytes < 2 ** 30 ? Infinity : machineMemory();
  if (bytes <= memory) return;
  throw new DataError(
    `Cannot read ${values} values of ${name} at once: they take ${gib(bytes)} and this machine has ${
      gib(memory)
    }; read ` +
      "fewer rows, or do not trust this store",
  );
}
