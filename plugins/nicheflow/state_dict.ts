import { entries, fromEntries, type HostArray, hostArray, type Tree } from "../../core/mod.ts";

function transposed({ data, shape }: HostArray): HostArray {
  const [rows, columns] = shape as [number, number];
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  }
  return hostArray(out, [columns, rows]);
}

/**
 * Turn a PyTorch state dict of the authors' networks into parameters: dots become levels, matrices `[out, in]` become
 * `[in, out]`.
 *
 * @param tensors Tensors under their state-dict names.
 * @returns Parameters on the host.
 */
export function fromStateDict(tensors: Readonly<Record<string, HostArray>>): Tree<HostArray> {
  return fromEntries(
    Object.entries(tensors).map(([name, array]): [string, HostArray] => [
      name.replaceAll(".", "/"),
      array.shape.length === 2 ? transposed(array) : array,
    ]),
  );
}

/**
 * The reverse of {@linkcode fromStateDict}.
 *
 * @param params Parameters on the host.
 * @returns Tensors under their state-dict names, matrices `[out, in]`.
 */
export function toStateDict(params: Tree<HostArray>): Readonly<Record<string, HostArray>> {
  return Object.fromEntries(
    entries(params).map(([path, array]) => [
      path.replaceAll("/", "."),
      array.shape.length === 2 ? transposed(array) : array,
    ]),
  );
}
