import * as t from "../../../../core/tensor/mod.ts";
import { call, type Case, indices, type Input, type Operation, over, signed, SIZES, smooth } from "./operation.ts";

/** Entries, width, height of the dense rows, height of the result. */
type Size = readonly [entries: number, size: number, rows: number, height: number];

const EDGES: readonly Size[] = [
  ...SIZES.map((n): Size => [17, n, 5, 4]),
  ...SIZES.map((n): Size => [n, 3, 7, 5]),
  [300, 65, 17, 63],
  [0, 3, 4, 2],
  [5, 0, 4, 2],
];

function product([entries, size, rows, height]: Size): Case {
  const inputs: readonly Input[] = [
    signed([entries]),
    signed([rows, size], 1),
    indices([entries], height),
    indices([entries], rows),
  ];
  return call(
    `${entries} entries, [${rows},${size}] to ${height} rows`,
    (values, x, row, column) => t.sparseProduct({ row: row!, column: column! }, values!, x!, height),
    ...inputs,
  );
}

// The composition takes entries in portions of 4 million values.
const MANY: Case = call("more than one portion", (x) => {
  const rows = 70_001;
  const index = (take: (i: number) => number): t.Tensor =>
    t.intTensor(Int32Array.from({ length: rows }, (_, i) => take(i)));
  return t.sparseProduct({ row: index((i) => i), column: index((i) => i % 63) }, t.fill([rows], 0.01), x!, rows);
}, signed([63, 65]));

/** Products with sparse matrices. */
export const SPARSE = {
  sparseProduct: smooth(3e-6, EDGES.map(product), [MANY]),
  sparseDots: smooth(
    3e-6,
    over(
      (a, b, row, column) => t.sparseDots({ row: row!, column: column! }, a!, b!),
      ...EDGES.map(([entries, size, rows, height]): readonly Input[] => [
        signed([height, size]),
        signed([rows, size], 1),
        indices([entries], height),
        indices([entries], rows),
      ]),
    ),
    over(
      (a, row, column) => t.sparseDots({ row: row!, column: column! }, a!, a!),
      [signed([17, 33]), indices([63], 17), indices([63], 5)],
    ),
  ),
} satisfies Record<string, Operation>;
