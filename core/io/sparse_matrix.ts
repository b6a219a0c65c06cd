import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import type { SparseMatrix } from "./anndata.ts";
import { encodingOf } from "./anndata_encoding.ts";
import type { ZarrNode } from "./zarr.ts";

/**
 * Tell how a group compresses a sparse matrix.
 *
 * @param node Array or group.
 * @returns Which axis is compressed; undefined if the node is no sparse matrix.
 */
export function sparseKind(node: ZarrNode): SparseMatrix["kind"] | undefined {
  const type = encodingOf(node) || node.attributes["h5sparse_format"];
  if (type === "csr_matrix" || type === "csr") return "csr";
  return type === "csc_matrix" || type === "csc" ? "csc" : undefined;
}

/**
 * Spell out a sparse matrix, zeros included.
 *
 * @param matrix Sparse matrix of shape `[N, G]`.
 * @returns Dense matrix of shape `[N, G]` with values of the same type.
 */
export function denseMatrix({ kind, shape, indptr, indices, data }: SparseMatrix): HostArray<NumericArray> {
  const [rows, columns] = shape;
  const Kind = data.constructor as new (length: number) => NumericArray;
  const dense = new Kind(rows * columns);
  // Steps along the compressed axis and along the other one.
  const [outer, inner] = kind === "csr" ? [columns, 1] : [1, columns];
  for (let i = 0; i + 1 < indptr.length; i++) {
    // Repeated positions add up, as in SciPy.
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) dense[i * outer + indices[k]! * inner]! += data[k]!;
  }
  return hostArray(dense, shape);
}
