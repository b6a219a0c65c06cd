import type { Matrix, SparseMatrix } from "./anndata.ts";
import { encoding, vector } from "./anndata_encoding.ts";
import { openMatrix } from "./matrix_source.ts";
import type { ZarrNode } from "./zarr.ts";
import type { ZarrGroupWriter } from "./zarr_writer.ts";

/**
 * Read a dense or sparse matrix.
 *
 * @param node Array, group of a sparse matrix, or table of numbers.
 * @returns The matrix as stored, dense or sparse.
 * @throws {DataError} If the node is none of these, or its parts do not fit together.
 */
export async function readMatrix(node: ZarrNode): Promise<Matrix> {
  return await (await openMatrix(node)).all();
}

/**
 * Tell a sparse matrix from a dense one.
 *
 * @param matrix The matrix.
 * @returns Whether it is sparse.
 */
export function isSparse(matrix: Matrix): matrix is SparseMatrix {
  return "kind" in matrix;
}

/**
 * Write a dense or sparse matrix in the encoding of AnnData 0.8.
 *
 * @param group Group to write into.
 * @param name Name of the matrix.
 * @param matrix The matrix.
 */
export async function writeMatrix(group: ZarrGroupWriter, name: string, matrix: Matrix): Promise<void> {
  if (!isSparse(matrix)) return await group.numbers(name, matrix, encoding("array"));
  const { kind, shape, indptr, indices, data } = matrix;
  const member = await group.group(name, { ...encoding(`${kind}_matrix`), shape });
  await member.numbers("data", vector(data), {});
  await member.numbers("indices", vector(indices), {});
  await member.numbers("indptr", vector(indptr), {}, ...(indptr instanceof Float64Array ? ["int64" as const] : []));
}
