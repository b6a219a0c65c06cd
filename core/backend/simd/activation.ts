import { alongRow, define } from "./builder.ts";
import type { Func } from "./encode.ts";

/** `y = x` where positive, `slope x` elsewhere. */
export const leakyRelu: Func = define(
  "leakyRelu",
  { x: "i32", y: "i32", size: "i32", slope: "f32" },
  ({ x, y, size, slope }, { local }) => [
    alongRow(local("i32"), size.get, (lanes, at) => {
      const value = lanes.load(at(x));
      const zero = lanes.constant(0);
      const below = lanes.mul(lanes.min(value, zero), lanes.splat(slope.get));
      return [lanes.store(at(y), lanes.add(lanes.max(value, zero), below))];
    }),
  ],
);

/** `dx = dy` where `x` is positive, `slope dy` elsewhere. */
export const leakyReluGrad: Func = define(
  "leakyReluGrad",
  { dy: "i32", x: "i32", dx: "i32", size: "i32", slope: "f32" },
  ({ dy, x, dx, size, slope }, { local }) => [
    alongRow(local("i32"), size.get, (lanes, at) => {
      const scaled = lanes.mul(lanes.load(at(dy)), lanes.splat(slope.get));
      const rest = lanes.sub(lanes.load(at(dy)), scaled);
      return [
        lanes.store(at(dx), lanes.add(scaled, lanes.whereGreater(lanes.load(at(x)), lanes.constant(0), rest))),
      ];
    }),
  ],
);
