import { alongRow, define, eachRow, INT, moveOn, setPair, sumAlongRow } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { SCALAR } from "./lanes.ts";

const loadInt = (address: Code): Code => [...address, 0x28, 2, 0];
/** Unsigned, so that negative numbers are not below either. */
const isBelow = (a: Code, b: Code): Code => [...a, ...b, 0x49];
const WORD = INT.constant(4);

/** `out[row[e]] += values[e] * x[column[e]]` for rows of `size` values; entries outside of both matrices are left out. */
export const sparseProduct: Func = define(
  "sparseProduct",
  {
    values: "i32",
    x: "i32",
    row: "i32",
    column: "i32",
    out: "i32",
    entries: "i32",
    size: "i32",
    height: "i32",
    width: "i32",
  },
  ({ values, x, row, column, out, entries, size, height, width }, builder) => {
    const { local, pair } = builder;
    const [target, source] = [local("i32"), local("i32")];
    const factor = pair();
    return [eachRow(builder, entries, size, [], (stride) => [
      target.set(loadInt(row.get)),
      source.set(loadInt(column.get)),
      [...INT.both(isBelow(target.get, height.get), isBelow(source.get, width.get)), 0x04, 0x40],
      target.set(INT.add(out.get, INT.mul(target.get, stride))),
      source.set(INT.add(x.get, INT.mul(source.get, stride))),
      setPair(factor, SCALAR.load(values.get)),
      alongRow(local("i32"), size.get, (lanes, at) => [
        lanes.store(at(target), lanes.madd(factor(lanes).get, lanes.load(at(source)), lanes.load(at(target)))),
      ]),
      [0x0b],
      moveOn(WORD, values, row, column),
    ])];
  },
);

/** `out[e] = a[row[e]] . b[column[e]]` for rows of `size` values; 0 for entries outside of both matrices. */
export const sparseDots: Func = define(
  "sparseDots",
  {
    a: "i32",
    b: "i32",
    row: "i32",
    column: "i32",
    out: "i32",
    entries: "i32",
    size: "i32",
    height: "i32",
    width: "i32",
  },
  ({ a, b, row, column, out, entries, size, height, width }, builder) => {
    const { local } = builder;
    const [left, right] = [local("i32"), local("i32")];
    const { loops, sum } = sumAlongRow(
      builder,
      local("i32"),
      size.get,
      (lanes, at) => lanes.mul(lanes.load(at(left)), lanes.load(at(right))),
    );
    return [eachRow(builder, entries, size, [], (stride) => [
      left.set(loadInt(row.get)),
      right.set(loadInt(column.get)),
      [...INT.both(isBelow(left.get, height.get), isBelow(right.get, width.get)), 0x04, 0x40],
      left.set(INT.add(a.get, INT.mul(left.get, stride))),
      right.set(INT.add(b.get, INT.mul(right.get, stride))),
      loops,
      SCALAR.store(out.get, sum),
      [0x05],
      SCALAR.store(out.get, SCALAR.constant(0)),
      [0x0b],
      moveOn(WORD, out, row, column),
    ])];
  },
);
