import { alongRow, define, eachRow, INT } from "./builder.ts";
import type { Code, Func } from "./encode.ts";

const loadInt = (address: Code): Code => [...address, 0x28, 2, 0];
/** Unsigned, so that negative numbers are not below either. */
const isBelow = (a: Code, b: Code): Code => [...a, ...b, 0x49];

/** `out[ids[r]] += x[r]` for `rows` rows of `size` values; rows whose number is not one of a segment are left out. */
export const segmentSum: Func = define(
  "segmentSum",
  { x: "i32", ids: "i32", out: "i32", rows: "i32", size: "i32", segments: "i32" },
  ({ x, ids, out, rows, size, segments }, builder) => {
    const { local } = builder;
    const target = local("i32");
    return [eachRow(builder, rows, size, [x], (stride) => [
      target.set(loadInt(ids.get)),
      [...isBelow(target.get, segments.get), 0x04, 0x40],
      target.set(INT.add(out.get, INT.mul(target.get, stride))),
      alongRow(local("i32"), size.get, (lanes, at) => [
        lanes.store(at(target), lanes.add(lanes.load(at(target)), lanes.load(at(x)))),
      ]),
      [0x0b],
      ids.set(INT.add(ids.get, INT.constant(4))),
    ])];
  },
);
