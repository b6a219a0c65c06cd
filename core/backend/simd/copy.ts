import { countTo, define, INT } from "./builder.ts";
import type { Func } from "./encode.ts";

/** Copy `rows` runs of `bytes` each; source and target move on by their own strides (in bytes). */
export const copyRows: Func = define(
  "copyRows",
  { from: "i32", to: "i32", fromStride: "i32", toStride: "i32", bytes: "i32", rows: "i32" },
  ({ from, to, fromStride, toStride, bytes, rows }, { local }) => [
    countTo(
      local("i32"),
      rows.get,
      INT.constant(1),
      [...to.get, ...from.get, ...bytes.get, 0xfc, 0x0a, 0x00, 0x00],
      from.set(INT.add(from.get, fromStride.get)),
      to.set(INT.add(to.get, toStride.get)),
    ),
  ],
);
