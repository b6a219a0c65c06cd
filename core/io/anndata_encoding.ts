import { DataError } from "../errors.ts";
import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import type { ZarrGroup, ZarrNode } from "./zarr.ts";
import type { ZarrArray } from "./zarr_array.ts";
import type { ZarrAttributes } from "./zarr_consolidated.ts";

/** Encodings of AnnData that this package writes. */
export type Encoding =
  | "anndata"
  | "array"
  | "categorical"
  | "csc_matrix"
  | "csr_matrix"
  | "dataframe"
  | "dict"
  | "null"
  | "nullable-boolean"
  | "nullable-integer"
  | "numeric-scalar"
  | "string"
  | "string-array";

/** Version in which AnnData 0.8 and later write each encoding. */
const VERSIONS: Readonly<Record<Encoding, string>> = {
  "anndata": "0.1.0",
  "array": "0.2.0",
  "categorical": "0.2.0",
  "csc_matrix": "0.1.0",
  "csr_matrix": "0.1.0",
  "dataframe": "0.2.0",
  "dict": "0.1.0",
  "null": "0.1.0",
  "nullable-boolean": "0.1.0",
  "nullable-integer": "0.1.0",
  "numeric-scalar": "0.2.0",
  "string": "0.2.0",
  "string-array": "0.2.0",
};

/**
 * The attributes by which AnnData recognises what a group or array stands for.
 *
 * @param type Name of the encoding.
 * @returns Its type and version.
 */
export function encoding(type: Encoding): ZarrAttributes {
  return { "encoding-type": type, "encoding-version": VERSIONS[type] };
}

/**
 * The name of a node's encoding.
 *
 * @param node Array or group.
 * @returns The name; empty if it was written without, as AnnData before 0.8 did for most elements.
 */
export function encodingOf(node: ZarrNode): string {
  const type = node.attributes["encoding-type"];
  return typeof type === "string" ? type : "";
}

/**
 * Values as an array of one axis.
 *
 * @param data Values.
 * @returns Array of shape `[data.length]`.
 */
export function vector<T extends NumericArray>(data: T): HostArray<T> {
  return hostArray(data, [data.length]);
}

/**
 * Open a member that must be there.
 *
 * @param group The group.
 * @param path Name of the member, or a path through further groups.
 * @returns The member.
 * @throws {DataError} If there is none.
 */
export async function required(group: ZarrGroup, path: string): Promise<ZarrNode> {
  const node = await group.member(path);
  if (node === undefined) {
    throw new DataError(`Cannot read ${group.name}: it lacks "${path}", copy or write the store again`);
  }
  return node;
}

/**
 * Open an array that must be there.
 *
 * @param group The group.
 * @param path Name of the array, or a path through further groups.
 * @returns The array.
 * @throws {DataError} If there is none.
 */
export async function requiredArray(group: ZarrGroup, path: string): Promise<ZarrArray> {
  const node = await required(group, path);
  if (node.kind === "group") throw new DataError(`Cannot read ${node.name}: it is a group, expected an array`);
  return node;
}
