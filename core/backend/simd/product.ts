import { alongRow, type Builder, choose, countTo, define, INT, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { loadBehind, repeatLane, VECTOR } from "./lanes.ts";

/** Rows of a tile of the product: with two vectors of columns, eight sums keep both multipliers busy. */
const ROWS = 4;
/** Columns of a tile. */
const COLUMNS = 8;
/** Inner steps per turn of the loop. */
const UNROLL = 4;

const BYTES = 4;

/** Sums of a tile, kept in registers while the inner index runs. */
function tileSums(builder: Builder, a: Variable, b: Variable, k: Variable): { code: Code; sums: readonly Variable[] } {
  const sums = Array.from({ length: 2 * ROWS }, () => builder.local("v128"));
  const vector = (): Variable => builder.local("v128");
  const [rows, left, right, factor] = [vector(), vector(), vector(), vector()];
  const [p, fromA, fromB] = [builder.local("i32"), builder.local("i32"), builder.local("i32")];
  const step = (turn: number): Code => [
    ...rows.set(loadBehind(fromA.get, BYTES * ROWS * turn)),
    ...left.set(loadBehind(fromB.get, BYTES * COLUMNS * turn)),
    ...right.set(loadBehind(fromB.get, BYTES * (COLUMNS * turn + 4))),
    ...Array.from({ length: ROWS }, (_, row) => [
      ...factor.set(repeatLane(rows.get, row)),
      ...sums[2 * row]!.set(VECTOR.madd(factor.get, left.get, sums[2 * row]!.get)),
      ...sums[2 * row + 1]!.set(VECTOR.madd(factor.get, right.get, sums[2 * row + 1]!.get)),
    ]).flat(),
  ];
  const turns = (count: number): Code => [
    ...Array.from({ length: count }, (_, turn) => step(turn)).flat(),
    ...fromA.set(INT.add(fromA.get, INT.constant(BYTES * ROWS * count))),
    ...fromB.set(INT.add(fromB.get, INT.constant(BYTES * COLUMNS * count))),
  ];
  const code = [
    ...sums.flatMap((sum) => sum.set(VECTOR.constant(0))),
    ...fromA.set(a.get),
    ...fromB.set(b.get),
    ...p.set(INT.constant(0)),
    ...countTo(p, INT.and(k.get, -UNROLL), INT.constant(UNROLL), turns(UNROLL)),
    ...countTo(p, k.get, INT.constant(1), turns(1)),
  ];
  return { code, sums };
}

/**
 * `c = a b`, or `c += a b` where `add` is not 0, of packed factors: `a` as strips `[k, 4]` of rows and `b` as strips
 * `[k, 8]` of columns; `strideC` is in bytes, `tile` is room for 4 x 8 values.
 */
export const multiplyStrips: Func = define(
  "multiplyStrips",
  { a: "i32", b: "i32", c: "i32", strideC: "i32", m: "i32", n: "i32", k: "i32", add: "i32", tile: "i32" },
  ({ a, b, c, strideC, m, n, k, add, tile }, builder) => {
    const variable = (): Variable => builder.local("i32");
    const [row, column, strip, to, from, end] = [
      variable(),
      variable(),
      variable(),
      variable(),
      variable(),
      variable(),
    ];
    const [corner, line, i, width] = [variable(), variable(), variable(), variable()];
    const { code, sums } = tileSums(builder, strip, b, k);
    const place = (index: number): Code => INT.add(to.get, INT.constant(16 * (index % 2)));
    const writeWhole = (value: (index: number) => Code): Code =>
      sums.flatMap((_, index) => [
        ...VECTOR.store(place(index), value(index)),
        ...(index % 2 === 1 ? to.set(INT.add(to.get, strideC.get)) : []),
      ]);
    const writeRows = (withSum: boolean): Code =>
      countTo(
        line,
        end.get,
        INT.constant(1),
        alongRow(i, width.get, (lanes, at) => [
          lanes.store(at(to), withSum ? lanes.add(lanes.load(at(to)), lanes.load(at(from))) : lanes.load(at(from))),
        ]),
        from.set(INT.add(from.get, INT.constant(BYTES * COLUMNS))),
        to.set(INT.add(to.get, strideC.get)),
      );
    // At the edges by way of a small tile, so that nothing is written beyond the result.
    const writePart = [
      ...sums.flatMap((sum, index) => VECTOR.store(INT.add(tile.get, INT.constant(16 * index)), sum.get)),
      ...from.set(tile.get),
      ...line.set(row.get),
      ...end.set(INT.add(row.get, INT.constant(ROWS))),
      ...choose(INT.atLeast(end.get, m.get), end.set(m.get), []),
      ...width.set(INT.sub(n.get, column.get)),
      ...choose(INT.atLeast(width.get, INT.constant(COLUMNS)), width.set(INT.constant(COLUMNS)), []),
      ...choose(add.get, writeRows(true), writeRows(false)),
    ];
    return [
      countTo(
        column,
        n.get,
        INT.constant(COLUMNS),
        row.set(INT.constant(0)),
        strip.set(a.get),
        corner.set(c.get),
        countTo(
          row,
          m.get,
          INT.constant(ROWS),
          code,
          to.set(corner.get),
          choose(
            INT.both(
              INT.atLeast(m.get, INT.add(row.get, INT.constant(ROWS))),
              INT.atLeast(n.get, INT.add(column.get, INT.constant(COLUMNS))),
            ),
            choose(
              add.get,
              writeWhole((index) => VECTOR.add(VECTOR.load(place(index)), sums[index]!.get)),
              writeWhole((index) => sums[index]!.get),
            ),
            writePart,
          ),
          strip.set(INT.add(strip.get, INT.mul(k.get, INT.constant(BYTES * ROWS)))),
          corner.set(INT.add(corner.get, INT.mul(strideC.get, INT.constant(ROWS)))),
        ),
        b.set(INT.add(b.get, INT.mul(k.get, INT.constant(BYTES * COLUMNS)))),
        c.set(INT.add(c.get, INT.constant(BYTES * COLUMNS))),
      ),
    ];
  },
);
