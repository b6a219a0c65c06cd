import { countTo, define, INT } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { SCALAR, VECTOR } from "./lanes.ts";

/** Pick four of the eight values of two vectors. */
function shuffle(a: Code, b: Code, lanes: readonly [number, number, number, number]): Code {
  return [...a, ...b, 0xfd, 0x0d, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))];
}

/** `to[c, r] = from[r, c]` for a matrix of `rows` x `columns`. */
export const transposeMatrix: Func = define(
  "transposeMatrix",
  { from: "i32", to: "i32", rows: "i32", columns: "i32" },
  ({ from, to, rows, columns }, { local }) => {
    const [row, column, source, target] = [local("i32"), local("i32"), local("i32"), local("i32")];
    const [fromStride, toStride] = [local("i32"), local("i32")];
    const lines = Array.from({ length: 4 }, () => local("v128"));
    const pairs = Array.from({ length: 4 }, () => local("v128"));
    const [a, b, c, d] = lines.map((line) => line.get) as [Code, Code, Code, Code];
    const [low, high, lowNext, highNext] = pairs.map((pair) => pair.get) as [Code, Code, Code, Code];
    const transposed = [
      shuffle(low, lowNext, [0, 1, 4, 5]),
      shuffle(low, lowNext, [2, 3, 6, 7]),
      shuffle(high, highNext, [0, 1, 4, 5]),
      shuffle(high, highNext, [2, 3, 6, 7]),
    ];
    const place = (base: Code, line: Code, stride: Code, entry: Code): Code =>
      INT.add(base, INT.add(INT.mul(line, stride), INT.bytes(entry)));
    const move = SCALAR.store(
      place(to.get, column.get, toStride.get, row.get),
      SCALAR.load(place(from.get, row.get, fromStride.get, column.get)),
    );
    return [
      fromStride.set(INT.bytes(columns.get)),
      toStride.set(INT.bytes(rows.get)),
      countTo(
        column,
        INT.floor4(columns.get),
        INT.constant(4),
        row.set(INT.constant(0)),
        countTo(
          row,
          INT.floor4(rows.get),
          INT.constant(4),
          source.set(place(from.get, row.get, fromStride.get, column.get)),
          target.set(place(to.get, column.get, toStride.get, row.get)),
          ...lines.map((line) => [
            ...line.set(VECTOR.load(source.get)),
            ...source.set(INT.add(source.get, fromStride.get)),
          ]),
          pairs[0]!.set(shuffle(a, b, [0, 4, 1, 5])),
          pairs[1]!.set(shuffle(a, b, [2, 6, 3, 7])),
          pairs[2]!.set(shuffle(c, d, [0, 4, 1, 5])),
          pairs[3]!.set(shuffle(c, d, [2, 6, 3, 7])),
          ...transposed.map((line) => [
            ...VECTOR.store(target.get, line),
            ...target.set(INT.add(target.get, toStride.get)),
          ]),
        ),
      ),
      // What the blocks of 4 x 4 leave over: the last rows of their columns, then the last columns.
      column.set(INT.constant(0)),
      countTo(
        column,
        INT.floor4(columns.get),
        INT.constant(1),
        row.set(INT.floor4(rows.get)),
        countTo(row, rows.get, INT.constant(1), move),
      ),
      countTo(
        column,
        columns.get,
        INT.constant(1),
        row.set(INT.constant(0)),
        countTo(row, rows.get, INT.constant(1), move),
      ),
    ];
  },
);
