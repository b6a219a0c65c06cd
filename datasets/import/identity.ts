import { join } from "node:path";
import type { Identity } from "./resume.ts";

/** Number, size and time of the files below a folder: what tells whether it changed. */
async function footprint(path: string): Promise<readonly [files: number, bytes: number, newest: number]> {
  const { isDirectory, size, mtime } = await Deno.stat(path);
  if (!isDirectory) return [1, size, mtime?.getTime() ?? 0];
  let [files, bytes, newest] = [0, 0, 0];
  for await (const { name } of Deno.readDir(path)) {
    const [more, length, time] = await footprint(join(path, name));
    [files, bytes, newest] = [files + more, bytes + length, Math.max(newest, time)];
  }
  return [files, bytes, newest];
}

/**
 * Describe an import, so that an interrupted one goes on only with the same source and the same choices.
 *
 * @param location Path or address of the source.
 * @param choices What decides on the result.
 * @returns The description; of an address, which may change unseen, no two are alike.
 */
export async function identityOf(location: string, choices: Identity): Promise<Identity> {
  if (/^https?:/i.test(location)) return { location, choices, time: Date.now() };
  const path = await Deno.realPath(location);
  return { path, choices, footprint: await footprint(path) };
}
