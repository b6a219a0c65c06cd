import { isRecord } from "../config/schema.ts";
import { seal } from "../config/seal.ts";
import { CheckpointError } from "../errors.ts";
import { replaceFolderAtomic, writeFileAtomic } from "../io/atomic.ts";
import type { LoadOptions } from "./load.ts";
import { readVersioned, requireKnownFormat, RUN_FORMAT } from "./record.ts";
import { type FileRecords, readTrees, writeTrees } from "./trees.ts";
import type { HostTree } from "./tree_file.ts";

function pathOf({ folder }: { readonly folder: string }): string {
  return `${folder}/prepared`;
}

/**
 * Store what a plugin fitted before training, in the folder `prepared` of the run.
 *
 * @param run The run, or an object with its folder.
 * @param trees Trees by name; each becomes `<name>.safetensors`.
 * @throws {CheckpointError} If it cannot be written.
 */
export async function savePrepared(
  run: { readonly folder: string },
  trees: Readonly<Record<string, HostTree>>,
): Promise<void> {
  await replaceFolderAtomic(pathOf(run), async (partial) => {
    const files = await writeTrees(partial, trees, writeFileAtomic);
    await writeFileAtomic(`${partial}/state.json`, `${JSON.stringify(await seal({ format: RUN_FORMAT, files }))}\n`);
  });
}

/**
 * Read back what was fitted before training.
 *
 * @param run The run, or an object with its folder.
 * @param options Whom to tell if the files are damaged.
 * @returns Trees by name; `undefined` if there are none or they are damaged, so that they must be fitted (again).
 * @throws {CheckpointError} If a newer version wrote them.
 */
export async function loadPrepared(
  run: { readonly folder: string },
  { notify = console.warn }: LoadOptions = {},
): Promise<Readonly<Record<string, HostTree>> | undefined> {
  const path = pathOf(run);
  const fitAgain = (error: unknown): undefined => {
    if (!(error instanceof CheckpointError)) throw error;
    notify(`WARNING: ${error.message}; fitting it again`);
  };
  const state = await readVersioned(`${path}/state.json`, "preparation").catch(fitAgain);
  if (state === undefined) return undefined;
  requireKnownFormat(state, path);
  const files = isRecord(state["files"]) ? state["files"] as FileRecords : {};
  return await readTrees(path, files).catch(fitAgain);
}
