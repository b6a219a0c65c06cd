import { DataError } from "../errors.ts";
import type { HostArray, NumericArray } from "../host_array.ts";
import type { AnnData, Column, DataFrame } from "./anndata.ts";
import { encodingOf } from "./anndata_encoding.ts";
import { shapeProblem } from "./anndata_shapes.ts";
import { readDataFrame } from "./dataframe_encoding.ts";
import { denseMatrix, isSparse, readMatrix } from "./matrix_encoding.ts";
import { type OnSkip, readDict } from "./uns_encoding.ts";
import { openZarr, type ZarrGroup, type ZarrNode } from "./zarr.ts";

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
  const root = await openZarr(location);
  if (root.kind === "array") throw noAnnData(root, "it is a single array");
  const [obs, variables] = [await root.member("obs"), await root.member("var")];
  if (obs === undefined || variables === undefined) throw await noTable(root);
  await reportWithoutPlace(root, onSkip);
  const X = await root.member("X");
  const table: AnnData = {
    obs: await readDataFrame(obs),
    var: await readDataFrame(variables),
    ...(X !== undefined && encodingOf(X) !== "null" && { X: await readMatrix(X) }),
    layers: await readEach(root, "layers", readMatrix),
    obsm: await readEach(root, "obsm", readRows, onSkip),
    varm: await readEach(root, "varm", readRows, onSkip),
    obsp: await readEach(root, "obsp", readMatrix, onSkip),
    uns: await readUnsOf(root, onSkip),
  };
  const problem = shapeProblem(table);
  if (problem !== undefined) throw new DataError(`Cannot read ${root.name}: ${problem}`);
  return table;
}

function noAnnData(root: ZarrNode, problem: string, fix = "give the path of one"): DataError {
  return new DataError(
    `Cannot read ${root.name} as AnnData: ${problem}, expected a group with "obs" and "var", ${fix}`,
  );
}

async function noTable(root: ZarrGroup): Promise<DataError> {
  const tables = await root.member("tables");
  // What a web server does not list is only missing from the message.
  const names = await (tables?.kind === "group" ? tables : root).members().catch(() => []);
  if (tables?.kind === "group") {
    const paths = names.map((name) => `tables/${name}`).join(", ");
    return noAnnData(root, "it is a SpatialData store", `give the path of one of its tables (${paths})`);
  }
  const first = names.slice(0, 8).join(", ");
  return noAnnData(root, first === "" ? "it lacks them" : `it holds ${first}`);
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
  root: ZarrGroup,
  name: string,
  read: (node: ZarrNode) => Promise<T>,
  onSkip?: OnSkip,
): Promise<Readonly<Record<string, T>>> {
  const group = await root.member(name);
  if (group?.kind !== "group") return {};
  const pairs: [string, T][] = [];
  for (const key of await group.members()) {
    const node = await group.member(key);
    if (node === undefined) continue;
    try {
      pairs.push([key, await read(node)]);
    } catch (cause) {
      if (onSkip === undefined || !(cause instanceof DataError)) throw cause;
      onSkip(node.name, cause.message);
    }
  }
  return Object.fromEntries(pairs);
}

async function readUnsOf(root: ZarrGroup, onSkip: OnSkip): Promise<AnnData["uns"]> {
  const uns = await root.member("uns");
  return uns?.kind === "group" ? await readDict(uns, onSkip) : {};
}

async function readRows(node: ZarrNode): Promise<HostArray<NumericArray>> {
  if (encodingOf(node) === "dataframe") return tableAsMatrix(node.name, await readDataFrame(node));
  const matrix = await readMatrix(node);
  return isSparse(matrix) ? denseMatrix(matrix) : matrix;
}

function tableAsMatrix(name: string, { index, columns }: DataFrame): HostArray<NumericArray> {
  const numbers = Object.entries(columns).map(([column, values]) => {
    if (isNumeric(values)) return values;
    throw new DataError(`Cannot read table ${name} as a matrix: column "${column}" does not hold numbers`);
  });
  const data = new Float64Array(index.length * numbers.length);
  numbers.forEach((values, j) => values.forEach((value, i) => data[i * numbers.length + j] = value));
  return { data, shape: [index.length, numbers.length] };
}

function isNumeric(column: Column): column is NumericArray {
  return ArrayBuffer.isView(column);
}
