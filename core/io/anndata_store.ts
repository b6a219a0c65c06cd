import { DataError } from "../errors.ts";
import type { AnnData } from "./anndata.ts";
import { encodingOf } from "./anndata_encoding.ts";
import { shapeMismatch } from "./anndata_shapes.ts";
import { type FrameSource, openFrame } from "./frame_source.ts";
import { type MatrixSource, openMatrix } from "./matrix_source.ts";
import { type OnSkip, readDict } from "./uns_encoding.ts";
import { openZarr, type ZarrGroup, type ZarrNode } from "./zarr.ts";

/** Groups of AnnData that hold matrices. */
export type MatrixGroup = "layers" | "obsm" | "varm" | "obsp" | "varp";

/** An AnnData store of which only metadata is in memory; values are read when they are asked for. */
export interface AnnDataStore {
  /** The root group, for what AnnData has no word for. */
  readonly root: ZarrGroup;
  /** Row annotations. */
  readonly obs: FrameSource;
  /** Column annotations. */
  readonly var: FrameSource;
  /** Main matrix, `[obs, var]`; undefined if there is none. */
  readonly X: MatrixSource | undefined;
  /**
   * List the matrices of a group.
   *
   * @param group The group.
   * @returns Names in sorted order; empty if the store has no such group.
   * @throws {DataError} If the store cannot be listed: a web server without consolidated metadata.
   */
  names(group: MatrixGroup): Promise<readonly string[]>;
  /**
   * Open a matrix; its values are not read.
   *
   * @param path `"X"`, `"raw/X"`, or group and name, for example `"layers/counts"` or `"obsm/spatial"`.
   * @returns The matrix.
   * @throws {DataError} If there is none, it cannot be read, or it has another number of rows or columns than `obs` and
   * `var` have names.
   */
  matrix(path: string): Promise<MatrixSource>;
  /**
   * Read unstructured metadata.
   *
   * @param onSkip Receives what cannot be read, with the reason.
   * @returns Values by name.
   */
  uns(onSkip: OnSkip): Promise<AnnData["uns"]>;
}

/**
 * Open an AnnData-Zarr store, as AnnData 0.6 to 0.12 write it, in Zarr format 2 or 3, without reading values.
 *
 * @example Usage
 * ```ts
 * import { hostArray, openAnnData, writeAnnData } from "@morphogen/morphogen";
 *
 * const path = `${await Deno.makeTempDir()}/cells.zarr`;
 * const X = hostArray(Float32Array.of(1, 2, 3), [3, 1]);
 * const empty = { layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} };
 * await writeAnnData(path, { obs: { index: ["a", "b", "c"], columns: {} }, var: { index: ["g"], columns: {} }, X, ...empty });
 * const store = await openAnnData(path);
 * const last = await store.X?.read([2]);
 * if (last?.data[0] !== 3) throw new Error("the last row was not read");
 * ```
 *
 * @param location Path of a folder or of a .zip of one, or an http(s) address of either.
 * @returns The store.
 * @throws {DataError} If there is no store, it is no AnnData, or its parts do not fit together.
 */
export async function openAnnData(location: string | URL): Promise<AnnDataStore> {
  const root = await openZarr(location);
  if (root.kind === "array") throw noAnnData(root, "it is a single array");
  const [obsNode, varNode] = [await root.member("obs"), await root.member("var")];
  if (obsNode === undefined || varNode === undefined) throw await noTable(root);
  const [obs, variables] = [await openFrame(obsNode), await openFrame(varNode)];
  const lengths = { rows: obs.rows, columns: variables.rows };
  const open = async (path: string, node: ZarrNode): Promise<MatrixSource> => {
    const source = await openMatrix(node);
    const problem = shapeMismatch(path, source, lengths);
    if (problem === undefined) return source;
    throw new DataError(`Cannot read ${root.name}: ${problem}`);
  };
  const X = await root.member("X");
  return Object.freeze({
    root,
    obs,
    var: variables,
    X: X === undefined || encodingOf(X) === "null" ? undefined : await open("X", X),
    names: async (group: MatrixGroup) => {
      const node = await root.member(group);
      return node?.kind === "group" ? await node.members() : [];
    },
    matrix: async (path: string) => {
      const node = await root.member(path);
      if (node === undefined) throw await noMatrix(root, path);
      return await open(path, node);
    },
    uns: async (onSkip: OnSkip) => {
      const uns = await root.member("uns");
      return uns?.kind === "group" ? await readDict(uns, onSkip) : {};
    },
  });
}

function noAnnData(root: ZarrNode, problem: string, fix = "give the path of one"): DataError {
  return new DataError(
    `Cannot read ${root.name} as AnnData: ${problem}, expected a group with "obs" and "var", ${fix}`,
  );
}

/** What a web server does not list is only missing from the message. */
async function namesIn(group: ZarrNode | undefined): Promise<readonly string[]> {
  return group?.kind === "group" ? await group.members().catch(() => []) : [];
}

async function noTable(root: ZarrGroup): Promise<DataError> {
  const tables = await root.member("tables");
  const names = await namesIn(tables ?? root);
  if (tables?.kind === "group") {
    const paths = names.map((name) => `tables/${name}`).join(", ");
    return noAnnData(root, "it is a SpatialData store", `give the path of one of its tables (${paths})`);
  }
  const first = names.slice(0, 8).join(", ");
  return noAnnData(root, first === "" ? "it lacks them" : `it holds ${first}`);
}

async function noMatrix(root: ZarrGroup, path: string): Promise<DataError> {
  const group = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const names = await namesIn(group === "" ? root : await root.member(group));
  const known = names.length === 0 ? "nothing that can be listed" : names.join(", ");
  return new DataError(`Cannot read "${path}" of ${root.name}: it is not there, "${group || "/"}" has ${known}`);
}
