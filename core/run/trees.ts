import { CheckpointError } from "../errors.ts";
import { decodeTree, encodeTree, type HostTree } from "./tree_file.ts";

/** What was written, so that damage is noticed when it is read. */
export type FileRecords = Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;

/** Writes one file. */
export type FileWriter = (path: string, content: Uint8Array | string) => Promise<void>;

async function sha256(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource)).toHex();
}

/**
 * Write each tree as `<name>.safetensors`.
 *
 * @param folder Folder that exists.
 * @param trees Trees by name.
 * @param writeFile Writes one file.
 * @returns Size and SHA-256 of each file.
 */
export async function writeTrees(
  folder: string,
  trees: Readonly<Record<string, HostTree>>,
  writeFile: FileWriter,
): Promise<FileRecords> {
  const files: Record<string, FileRecords[string]> = {};
  for (const [name, tree] of Object.entries(trees)) {
    const bytes = encodeTree(tree);
    await writeFile(`${folder}/${name}.safetensors`, bytes);
    files[name] = { bytes: bytes.length, sha256: await sha256(bytes) };
  }
  return files;
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it is missing" : (error as Error).message;
    throw new CheckpointError(reason, { cause: error });
  }
}

async function readTree(path: string, expected: FileRecords[string]): Promise<HostTree> {
  const bytes = await readFile(path);
  if (bytes.length !== expected.bytes) {
    throw new CheckpointError(`it has ${bytes.length} bytes instead of ${expected.bytes}`);
  }
  if (await sha256(bytes) !== expected.sha256) throw new CheckpointError("it does not have the recorded SHA-256");
  return decodeTree(bytes);
}

/**
 * Read back what {@linkcode writeTrees} wrote, verifying every file.
 *
 * @param folder The folder.
 * @param files Size and SHA-256 of each file.
 * @returns Trees by name.
 * @throws {CheckpointError} If a file is missing or differs from what was written.
 */
export async function readTrees(folder: string, files: FileRecords): Promise<Record<string, HostTree>> {
  const trees: Record<string, HostTree> = {};
  for (const [name, expected] of Object.entries(files)) {
    const path = `${folder}/${name}.safetensors`;
    try {
      trees[name] = await readTree(path, expected);
    } catch (error) {
      throw new CheckpointError(`Cannot read "${path}": ${(error as Error).message}`, { cause: error });
    }
  }
  return trees;
}
