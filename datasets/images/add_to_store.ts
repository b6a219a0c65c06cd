import { join } from "node:path";
import {
  DataError,
  isMorphogenError,
  openZarr,
  readTexts,
  type Uns,
  writeFileAtomic,
  writeZarr,
  type ZarrFormat,
  type ZarrGroup,
  type ZarrGroupWriter,
} from "../../core/mod.ts";
import { encoding } from "../../core/io/anndata_encoding.ts";
import { writeError } from "../../core/io/atomic.ts";
import { refuseLinks } from "../../core/io/refuse_links.ts";
import { writeUns } from "../../core/io/uns_encoding.ts";

/** What records of this package's additions say, so that one that was interrupted is told from a user's own entry. */
const MADE_BY = "morphogen";

/** A place in a store for one more entry of `obsm`. */
export interface Addition {
  /** Path of the store's folder. */
  readonly store: string;
  /** Name of the entry in `obsm`, and of its record in `uns`. */
  readonly key: string;
  /** Version of the Zarr format. */
  readonly format: ZarrFormat;
}

function cannotAdd(store: string, key: string, problem: string, cause?: unknown): DataError {
  return new DataError(`Cannot add obsm "${key}" to "${store}": ${problem}`, { cause });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, (cause) => {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return false;
    throw cause;
  });
}

/**
 * Check that an entry can be added, before the work that makes it.
 *
 * @param store Path of the store's folder.
 * @param key Name of the entry.
 * @returns The place.
 * @throws {DataError} If the store is no folder, the name cannot be one, `obsm` or `uns` has it already, or one of them
 * is a link.
 */
export async function planAddition(store: string, key: string): Promise<Addition> {
  if (!/^[\w-][\w.-]*$/.test(key)) {
    throw cannotAdd(store, key, "a key has letters, digits, _, - and . only, choose another");
  }
  const root = await openZarr(store);
  if (root.kind === "array" || /^https?:/i.test(store) || !(await Deno.stat(store)).isDirectory) {
    throw cannotAdd(store, key, "only AnnData-Zarr folders can be added to, unpack it first");
  }
  await refuseLinks(store, ["obsm", "uns", `uns/${key}`]);
  if (await exists(join(store, "obsm", key))) {
    throw cannotAdd(store, key, "it is there already, choose another --key");
  }
  if (await exists(join(store, "uns", key)) && !await isOurs(root, key)) {
    throw cannotAdd(store, key, "uns has something of that name, where its record would go, choose another --key");
  }
  return { store, key, format: await exists(join(store, "zarr.json")) ? 3 : 2 };
}

async function isOurs(root: ZarrGroup, key: string): Promise<boolean> {
  const made = await root.member(`uns/${key}/made_by`);
  return made?.kind === "array" && made.values === "texts" && (await readTexts(made))[0] === MADE_BY;
}

/**
 * Add an entry to `obsm` and its record to `uns`.
 *
 * Both grow in the sibling `STORE.adding`, are renamed when they are complete, the record first, and then appear in the
 * consolidated metadata; after a failure the store is as it was.
 *
 * @param place Where.
 * @param record What is known of the entry.
 * @param write Writes the entry into the group it is given; `scratch` is a folder for temporary files.
 * @throws {CheckpointError} If the file system refuses; other errors of `write` pass unchanged.
 */
export async function addToStore(
  { store, key, format }: Addition,
  record: { readonly [name: string]: Uns },
  write: (obsm: ZarrGroupWriter, scratch: string) => Promise<void>,
): Promise<void> {
  const target = store.replace(/(?<=.)[\/\\]+$/, "");
  const stage = `${target}.adding`;
  try {
    await Deno.remove(stage, { recursive: true }).catch(() => {});
    await writeZarr(stage, format, encoding("anndata"), async (root) => {
      await write(await root.group("obsm", encoding("dict")), stage);
      await writeUns(await root.group("uns", encoding("dict")), key, { made_by: MADE_BY, ...record });
    });
    for (const group of ["uns", "obsm"]) await place(stage, target, group, key);
    await mergeMetadata(stage, target, format);
  } catch (cause) {
    const isFailure = cause instanceof Error && "code" in cause && typeof cause.code === "string";
    throw !isMorphogenError(cause) && isFailure ? writeError(target, cause) : cause;
  } finally {
    await Deno.remove(stage, { recursive: true }).catch(() => {});
  }
}

async function place(stage: string, target: string, group: string, key: string): Promise<void> {
  // A store that lacks the group gets the whole of it.
  const path = await exists(join(target, group)) ? join(group, key) : group;
  await Deno.remove(join(target, path), { recursive: true }).catch((cause) => {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  });
  await Deno.rename(join(stage, path), join(target, path));
}

type Entries = Readonly<Record<string, unknown>>;

interface Consolidated {
  readonly metadata: Entries;
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(path));
}

/** The entries of both; of what both have, groups stay as they are. */
function merged(old: Entries, added: Entries): Entries {
  const isGroup = (path: string): boolean => /^(obsm|uns)(\/\.z\w+)?$|^\.z\w+$/.test(path);
  const fresh = Object.entries(added).filter(([path]) => !(isGroup(path) && path in old));
  return { ...old, ...Object.fromEntries(fresh) };
}

/** zarr-python expects parents before children and siblings side by side. */
function inOrder(entries: Entries): Entries {
  const depth = (path: string): number => path.split("/").length;
  const sorted = Object.entries(entries).sort(([a], [b]) => depth(a) - depth(b) || (a < b ? -1 : 1));
  return Object.fromEntries(sorted);
}

async function mergeMetadata(stage: string, target: string, format: ZarrFormat): Promise<void> {
  const name = format === 2 ? ".zmetadata" : "zarr.json";
  if (!await exists(join(target, name))) return;
  const [old, added] = [await readJson(join(target, name)), await readJson(join(stage, name))];
  if (format === 2) {
    const metadata = merged((old as unknown as Consolidated).metadata, (added as unknown as Consolidated).metadata);
    return await writeFileAtomic(join(target, name), JSON.stringify({ ...old, metadata }, null, 2));
  }
  const consolidated = old["consolidated_metadata"] as Consolidated | null | undefined;
  if (consolidated === undefined || consolidated === null) return;
  const more = (added["consolidated_metadata"] as Consolidated).metadata;
  const metadata = inOrder(merged(consolidated.metadata, more));
  const document = { ...old, consolidated_metadata: { ...consolidated, metadata } };
  await writeFileAtomic(join(target, name), JSON.stringify(document, null, 2));
}
