import { CheckpointError, writeFileAtomic } from "../../core/mod.ts";
import { NO_ROWS, type RowProgress } from "../../core/io/zarr_row_writer.ts";

/** Folder inside a growing store that says how far it is; it is removed with the last step. */
export const STATE = ".import";

/** What an import was about; only the same import goes on. */
export type Identity = Readonly<Record<string, unknown>>;

/** What is known of a growing store. */
export interface ImportState extends Disposable {
  /** Whether an earlier process began it. */
  readonly resumed: boolean;
  /**
   * How far a matrix is written.
   *
   * @param name Its path in the store.
   * @returns Its progress.
   */
  read(name: string): Promise<RowProgress>;
  /**
   * Record how far a matrix is written.
   *
   * @param name Its path in the store.
   * @param progress Its progress.
   */
  write(name: string, progress: RowProgress): Promise<void>;
}

async function readTextOr(path: string, otherwise: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return otherwise;
    throw cause;
  }
}

async function claim(folder: string, target: string): Promise<Deno.FsFile> {
  const file = await Deno.open(`${folder}/lock`, { create: true, read: true, write: true });
  // The system lets go of the lock when the process ends, however it ends.
  if (await file.tryLock(true)) return file;
  file.close();
  throw new CheckpointError(`Cannot write "${target}": another process is importing into it, wait for it`);
}

/**
 * Open the growing store of an import, or begin it.
 *
 * @param partial Folder of the growing store.
 * @param target Its final name, for messages.
 * @param identity Source and choices of this import; a store that another import left behind is removed.
 * @returns Its state; dispose it to let others write.
 * @throws {CheckpointError} If another process is writing it.
 */
export async function openState(partial: string, target: string, identity: Identity): Promise<ImportState> {
  const folder = `${partial}/${STATE}`;
  const path = `${folder}/identity.json`;
  const text = JSON.stringify(identity);
  await Deno.mkdir(folder, { recursive: true });
  let lock = await claim(folder, target);
  const resumed = await readTextOr(path, "") === text;
  if (!resumed) {
    lock.close();
    await Deno.remove(partial, { recursive: true });
    await Deno.mkdir(folder, { recursive: true });
    lock = await claim(folder, target);
    await writeFileAtomic(path, text);
  }
  const pathOf = (name: string): string => `${folder}/${encodeURIComponent(name)}.rows`;
  return Object.freeze({
    resumed,
    read: async (name: string) => {
      if (!resumed) return NO_ROWS;
      try {
        const [rows, chunks, ...starts] = new Float64Array((await Deno.readFile(pathOf(name))).buffer);
        return { rows: rows!, chunks: chunks!, starts: Float64Array.from(starts) };
      } catch (cause) {
        if (cause instanceof Deno.errors.NotFound) return NO_ROWS;
        throw cause;
      }
    },
    write: async (name: string, { rows, chunks, starts }: RowProgress) => {
      const numbers = new Float64Array(2 + starts.length);
      numbers.set([rows, chunks]);
      numbers.set(starts, 2);
      await writeFileAtomic(pathOf(name), new Uint8Array(numbers.buffer));
    },
    [Symbol.dispose]: () => lock.close(),
  });
}
