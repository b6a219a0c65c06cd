import { DataError } from "../errors.ts";
import { type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import type { Matrix, SparseMatrix } from "./anndata.ts";
import { encoding, encodingOf, requiredArray, vector } from "./anndata_encoding.ts";
import { readArray, type ZarrGroup, type ZarrNode } from "./zarr.ts";
import type { ZarrGroupWriter } from "./zarr_writer.ts";

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
 * Read a dense or sparse matrix.
 *
 * @param node Array, or group of a sparse matrix.
 * @returns The matrix as stored, dense or sparse.
 * @throws {DataError} If the node is neither, or its parts do not fit together.
 */
export async function readMatrix(node: ZarrNode): Promise<Matrix> {
  if (node.kind === "array") return await readArray(node);
  const kind = sparseKind(node);
  if (kind !== undefined) return await readSparse(node, kind);
  const problem = `its encoding "${encodingOf(node)}" is not known, expected an array, csr_matrix or csc_matrix`;
  throw new DataError(`Cannot read ${node.name} as a matrix: ${problem}`);
}

async function readSparse(group: ZarrGroup, kind: SparseMatrix["kind"]): Promise<SparseMatrix> {
  const [rows, columns] = shapeOf(group);
  const { data } = await readArray(await requiredArray(group, "data"));
  const indices = toInt32((await readArray(await requiredArray(group, "indices"))).data);
  const starts = (await readArray(await requiredArray(group, "indptr"))).data;
  const indptr = starts instanceof Float64Array ? starts : toInt32(starts);
  const compressed = kind === "csr" ? rows : columns;
  if (indptr.length !== compressed + 1 || indptr.at(-1) !== data.length || indices.length !== data.length) {
    const found = `${indptr.length} starts, ${indices.length} positions and ${data.length} values`;
    throw new DataError(`Cannot read ${group.name}: shape [${rows}, ${columns}] does not go with ${found}`);
  }
  return { kind, shape: [rows, columns], indptr, indices, data };
}

function toInt32(values: NumericArray): Int32Array {
  return values instanceof Int32Array ? values : new Int32Array(values);
}

function shapeOf(group: ZarrGroup): [number, number] {
  const shape = group.attributes.shape ?? group.attributes["h5sparse_shape"];
  if (Array.isArray(shape) && shape.length === 2 && shape.every((length) => Number.isSafeInteger(length))) {
    return [shape[0], shape[1]];
  }
  throw new DataError(`Cannot read ${group.name}: its shape is ${JSON.stringify(shape)}, expected [rows, columns]`);
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
