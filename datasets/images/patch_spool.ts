import { join } from "node:path";
import type { ZarrGroupWriter } from "../../core/mod.ts";
import { encoding } from "../../core/io/anndata_encoding.ts";
import type { PatchCut } from "./patch.ts";

/** Uncompressed size that chunks come close to. */
const CHUNK_BYTES = 2 ** 20;

async function writeAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

async function readAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) throw new Error("the temporary file of patches ended early");
    done += count;
  }
}

/**
 * Write patches as a chunked array `[N, H, W, C]` of uint8.
 *
 * Patches come in the order in which they lie in the image and chunks hold them in the order of rows, so they wait in a
 * file, not in memory.
 *
 * @param group Group to write into.
 * @param name Name of the array.
 * @param cut The patches.
 * @param scratch Folder for the temporary file, with room for N H W C bytes.
 * @param progress Told how many patches are cut.
 */
export async function writePatches(
  group: ZarrGroupWriter,
  name: string,
  cut: PatchCut,
  scratch: string,
  progress: (done: number) => void,
): Promise<void> {
  const [count, height, width, channels] = cut.shape;
  const length = height * width * channels;
  const path = join(scratch, "patches.spool");
  using file = await Deno.open(path, { read: true, write: true, create: true, truncate: true });
  await file.truncate(count * length);
  let done = 0;
  for await (const { row, pixels } of cut.patches()) {
    await writeAt(file, row * length, pixels);
    progress(++done);
  }
  const rows = Math.min(Math.max(1, Math.floor(CHUNK_BYTES / length)), Math.max(1, count));
  const draft = await group.draft(name, "uint8", [rows, height, width, channels], encoding("array"));
  for (let index = 0; index * rows < count; index++) {
    // The last chunk is stored at full length.
    const chunk = new Uint8Array(rows * length);
    await readAt(file, index * rows * length, chunk.subarray(0, Math.min(rows, count - index * rows) * length));
    await draft.chunk(index, chunk);
  }
  await draft.finish(cut.shape);
  await Deno.remove(path);
}
