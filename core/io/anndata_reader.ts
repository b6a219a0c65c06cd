import { DataError } from "../errors.ts";
import type { HostArray, NumericArray } from "../host_array.ts";
import type { AnnData } from "./anndata.ts";
import { shapeProblem } from "./anndata_shapes.ts";
import { type AnnDataStore, type MatrixGroup, openAnnData } from "./anndata_store.ts";
import { type MatrixSource, openMatrix } from "./matrix_source.ts";
import type { OnSkip } from "./uns_encoding.ts";
import type { ZarrGroup } from "./zarr.ts";

/** Options of {@linkcode readAnnData}. */
export interface ReadAnnDataOptions {
  /**
   * Receives each element that {@linkcode AnnData} has no place for or that cannot be read, with the reason.
   *
   * @default {console.warn}
   */
  readonly onSkip?: OnSkip;
}

/** Elements of AnnData that have no place in memory. */
const WITHOUT_PLACE: readonly string[] = ["raw", "varp"];

/**
 * Read an AnnData-Zarr store, as AnnData 0.6 to 0.12 write it, in Zarr format 2 or 3.
 *
 * `X`, `obs`, `var` and `layers` are read or it fails; of the other elements those that cannot be read are reported and
 * left out. In `obsm` and `varm`, sparse matrices become dense and tables of numbers become matrices.
 *
 * @example Usage
 * ```ts
 * import { hostArray, readAnnData, writeAnnData } from "@morphogen/morphogen";
 *
 * const path = `${await Deno.makeTempDir()}/cells.zarr`;
 * const X = hostArray(Float32Array.of(1, 0), [2, 1]);
 * const empty = { layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} };
 * await writeAnnData(path, { obs: { index: ["a", "b"], columns: {} }, var: { index: ["gene"], columns: {} }, X, ...empty });
 * const table = await readAnnData(path);
 * if (table.obs.index.join() !== "a,b") throw new Error("row names were not kept");
 * ```
 *
 * @param location Path of a folder or of a .zip of one, or an http(s) address of either.
 * @param options What to do with elements that are left out.
 * @returns The table, all of it in memory: `X` of shape `[N, G]` for N observations and G variables.
 * @throws {DataError} If there is no store, it is no AnnData, or it is damaged.
 */
export async function readAnnData(location: string | URL, options: ReadAnnDataOptions = {}): Promise<AnnData> {
  const onSkip = options.onSkip ?? ((element, reason) => console.warn(`Left out ${element}: ${reason}`));
  const store = await openAnnData(location);
  await reportWithoutPlace(store.root, onSkip);
  const [obs, variables] = [await store.obs.all(), await store.var.all()];
  const table: AnnData = {
    obs,
    var: variables,
    ...(store.X !== undefined && { X: await store.X.all() }),
    layers: await readEach(store, "layers", (source) => source.all()),
    obsm: await readEach(store, "obsm", denseRows, onSkip),
    varm: await readEach(store, "varm", denseRows, onSkip),
    obsp: await readEach(store, "obsp", (source) => source.all(), onSkip),
    uns: await store.uns(onSkip),
  };
  const problem = shapeProblem(table);
  if (problem !== undefined) throw new DataError(`Cannot read ${store.root.name}: ${problem}`);
  return table;
}

function denseRows(source: MatrixSource): Promise<HostArray<NumericArray>> {
  return source.read();
}

async function reportWithoutPlace(root: ZarrGroup, onSkip: OnSkip): Promise<void> {
  for (const name of WITHOUT_PLACE) {
    const node = await root.member(name);
    if (node?.kind === "group" && (await node.members()).length > 0) {
      onSkip(node.name, "tables here have no place for it");
    }
  }
}

/** Fails with the first member that cannot be read, unless such members are reported and left out. */
async function readEach<T>(
  store: AnnDataStore,
  group: MatrixGroup,
  read: (source: MatrixSource) => Promise<T>,
  onSkip?: OnSkip,
): Promise<Readonly<Record<string, T>>> {
  const pairs: [string, T][] = [];
  for (const name of await store.names(group)) {
    const node = await store.root.member(`${group}/${name}`);
    if (node === undefined) continue;
    try {
      pairs.push([name, await read(await openMatrix(node))]);
    } catch (cause) {
      if (onSkip === undefined || !(cause instanceof DataError)) throw cause;
      onSkip(node.name, cause.message);
    }
  }
  return Object.fromEntries(pairs);
}
