import { countTo, define, INT } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { SCALAR, VECTOR } from "./lanes.ts";
import { quad } from "./quads.ts";

/** `to[c, r] = from[r, c]` for a matrix of `rows` x `columns`. */
export const transposeMatrix: Func = define(
  "transposeMatrix",
  { from: "i32", to: "i32", rows: "i32", columns: "i32" },
  ({ from, to, rows, columns }, builder) => {
    const { local } = builder;
    const [row, column, source, target] = [local("i32"), local("i32"), local("i32"), local("i32")];
    const [fromStride, toStride] = [local("i32"), local("i32")];
    const block = quad(builder);
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
          ...block.lines.map((line) => [
            ...line.set(VECTOR.load(source.get)),
            ...source.set(INT.add(source.get, fromStride.get)),
          ]),
          block.turn,
          ...block.columns.map((column) => [
            ...VECTOR.store(target.get, column),
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
