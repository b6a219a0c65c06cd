import { alongRow, type Builder, countTo, define, INT, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { SCALAR, VECTOR } from "./lanes.ts";

/** Columns of a panel: two vectors. */
const PANEL = 8;

/** Rows that share each load of the panel; with two columns of vectors they fill the processor's registers. */
const ROWS = 4;

/** Read one float32 into every lane. */
const loadSplat = (address: Code): Code => [...address, 0xfd, 0x09, 2, 0];

/** Copy up to 8 columns of `b` side by side as `[k, 8]`, the rest zeros; strides are in bytes. */
export const packPanel: Func = define(
  "packPanel",
  { b: "i32", rowStride: "i32", columnStride: "i32", panel: "i32", k: "i32", columns: "i32" },
  ({ b, rowStride, columnStride, panel, k, columns }, { local }) => {
    const row = local("i32");
    const column = local("i32");
    const from = local("i32");
    const to = local("i32");
    return [
      countTo(
        row,
        k.get,
        INT.constant(1),
        VECTOR.store(panel.get, VECTOR.constant(0)),
        VECTOR.store(INT.add(panel.get, INT.constant(16)), VECTOR.constant(0)),
        from.set(b.get),
        to.set(panel.get),
        column.set(INT.constant(0)),
        countTo(
          column,
          columns.get,
          INT.constant(1),
          SCALAR.store(to.get, SCALAR.load(from.get)),
          from.set(INT.add(from.get, columnStride.get)),
          to.set(INT.add(to.get, INT.constant(4))),
        ),
        b.set(INT.add(b.get, rowStride.get)),
        panel.set(INT.add(panel.get, INT.constant(4 * PANEL))),
      ),
    ];
  },
);

/** Sums of `rows` rows and 8 columns, kept in local variables while `k` runs. */
function block(
  builder: Builder,
  rows: number,
  variables: Readonly<
    Record<"a" | "rowStride" | "columnStride" | "panel" | "c" | "strideC" | "k" | "columns", Variable>
  >,
  scratch: Readonly<Record<"tile" | "p" | "at" | "from" | "to", Variable>>,
): Code {
  const { a, rowStride, columnStride, panel, c, strideC, k, columns } = variables;
  const { tile, p, at, from, to } = scratch;
  const sums = Array.from({ length: 2 * rows }, () => builder.local("v128"));
  const [left, right] = [builder.local("v128"), builder.local("v128")];
  const factor = builder.local("v128");
  const addresses = Array.from({ length: rows }, () => builder.local("i32"));
  const multiplyRow = (row: number): Code => [
    ...factor.set(loadSplat(addresses[row]!.get)),
    ...sums[2 * row]!.set(VECTOR.add(sums[2 * row]!.get, VECTOR.mul(factor.get, left.get))),
    ...sums[2 * row + 1]!.set(VECTOR.add(sums[2 * row + 1]!.get, VECTOR.mul(factor.get, right.get))),
    ...addresses[row]!.set(INT.add(addresses[row]!.get, columnStride.get)),
  ];
  const half = (row: number, side: number): Code => INT.add(tile.get, INT.constant(4 * (PANEL * row + 4 * side)));
  return [
    ...sums.flatMap((sum) => sum.set(VECTOR.constant(0))),
    ...addresses.flatMap((address, row) =>
      address.set(row === 0 ? a.get : INT.add(addresses[row - 1]!.get, rowStride.get))
    ),
    ...at.set(panel.get),
    ...p.set(INT.constant(0)),
    ...countTo(
      p,
      k.get,
      INT.constant(1),
      left.set(VECTOR.load(at.get)),
      right.set(VECTOR.load(INT.add(at.get, INT.constant(16)))),
      ...addresses.map((_, row) => multiplyRow(row)),
      at.set(INT.add(at.get, INT.constant(4 * PANEL))),
    ),
    // By way of a small tile, so that a panel of fewer than 8 columns writes no further than its own.
    ...sums.flatMap((sum, i) => VECTOR.store(half(i >> 1, i & 1), sum.get)),
    ...from.set(tile.get),
    ...to.set(c.get),
    ...addresses.flatMap(() => [
      ...alongRow(p, columns.get, (lanes, here) => [
        lanes.store(here(to), lanes.add(lanes.load(here(to)), lanes.load(here(from)))),
      ]),
      ...from.set(INT.add(from.get, INT.constant(4 * PANEL))),
      ...to.set(INT.add(to.get, strideC.get)),
    ]),
  ];
}

/** `c += a panel` for `m` rows and up to 8 columns; strides are in bytes, `tile` is room for 4 rows of the panel. */
export const multiplyPanel: Func = define(
  "multiplyPanel",
  {
    a: "i32",
    rowStride: "i32",
    columnStride: "i32",
    panel: "i32",
    c: "i32",
    strideC: "i32",
    m: "i32",
    k: "i32",
    columns: "i32",
    tile: "i32",
  },
  (parameters, builder) => {
    const { a, rowStride, c, strideC, m, tile } = parameters;
    const names = ["p", "at", "from", "to"] as const;
    const [p, at, from, to] = names.map(() => builder.local("i32")) as [Variable, Variable, Variable, Variable];
    const row = builder.local("i32");
    const scratch = { tile, p, at, from, to };
    const step = (rows: number): Code => [
      ...block(builder, rows, parameters, scratch),
      ...a.set(INT.add(a.get, INT.mul(rowStride.get, INT.constant(rows)))),
      ...c.set(INT.add(c.get, INT.mul(strideC.get, INT.constant(rows)))),
    ];
    return [
      countTo(row, INT.floor4(m.get), INT.constant(ROWS), step(ROWS)),
      countTo(row, m.get, INT.constant(1), step(1)),
    ];
  },
);
