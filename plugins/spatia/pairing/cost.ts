import { concatRows, distances, fitPca, type HostArray, projectPca } from "../../../core/mod.ts";

/** Rows of the components of some of the joined rows. */
function part({ data, shape }: HostArray, from: number, rows: number): HostArray {
  const width = shape[1]!;
  return { data: data.subarray(from * width, (from + rows) * width), shape: [rows, width] };
}

/**
 * Cost of moving control to target cells: Euclidean distances, not squared, on the leading components of both together.
 *
 * Fitted to the cells that are to be paired and nothing else, so that the axes are those along which the two states and
 * their cells differ.
 *
 * @param control Expression of control cells, `[N, G]`.
 * @param target Expression of target cells, `[M, G]`.
 * @param components Components to keep; with at most as many genes, or cells, nothing is projected.
 * @returns Costs, row-major `[N, M]`, in the unit of the expression.
 * @throws {TypeError} If the numbers of genes differ.
 * @throws {DataError} If a value is not finite.
 */
export function pcaCost(control: HostArray, target: HostArray, components: number): Float64Array {
  const joined = concatRows([control, target]);
  const [rows, genes] = joined.shape as [number, number];
  if (genes <= components || rows <= components) return distances(control, target);
  const scores = projectPca(fitPca(joined, components), joined);
  const controls = control.shape[0]!;
  return distances(part(scores, 0, controls), part(scores, controls, rows - controls));
}
