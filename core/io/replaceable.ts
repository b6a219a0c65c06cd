import { DataError } from "../errors.ts";
import { writeError } from "./atomic.ts";
import { NODE_FILES } from "./zarr_store.ts";

/**
 * Refuse to write a store over something else: a mistyped path must not cost the user a folder of other files.
 *
 * @param path Where a store is to be written.
 * @returns Whether there is a store already.
 * @throws {DataError} If what is there is no Zarr store.
 * @throws {CheckpointError} If it cannot be read.
 */
export async function refuseToReplace(path: string): Promise<boolean> {
  const names = await namesIn(path);
  if (names.length > 0 && !names.some((name) => NODE_FILES.includes(name))) {
    throw new DataError(
      `Cannot write "${path}": what is there is no Zarr store and would be lost, choose another path`,
    );
  }
  return names.length > 0;
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    if (cause instanceof Deno.errors.NotADirectory) return [path];
    throw writeError(path, cause);
  }
}
