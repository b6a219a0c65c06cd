import { alongRow, define, eachRow } from "./builder.ts";
import type { Func } from "./encode.ts";

// Rows are places of one image, their entries channels: `mean` and the factors have one value for each channel.

/** `out[c] += (x[r, c] - mean[c]) ** 2` over rows. */
export const squaredDeviations: Func = define(
  "squaredDeviations",
  { x: "i32", mean: "i32", out: "i32", rows: "i32", size: "i32" },
  ({ x, mean, out, rows, size }, builder) => {
    const [i, centred] = [builder.local("i32"), builder.pair()];
    return [eachRow(builder, rows, size, [x], () => [
      alongRow(i, size.get, (lanes, at) => {
        const value = centred(lanes);
        return [
          value.set(lanes.sub(lanes.load(at(x)), lanes.load(at(mean)))),
          lanes.store(at(out), lanes.madd(value.get, value.get, lanes.load(at(out)))),
        ];
      }),
    ])];
  },
);

/** `y[r, c] = (x[r, c] - mean[c]) * scale[c] + shift[c]`. */
export const scaleChannels: Func = define(
  "scaleChannels",
  { x: "i32", mean: "i32", scale: "i32", shift: "i32", y: "i32", rows: "i32", size: "i32" },
  ({ x, mean, scale, shift, y, rows, size }, builder) => {
    const i = builder.local("i32");
    return [eachRow(builder, rows, size, [x, y], () => [
      alongRow(i, size.get, (lanes, at) => {
        const centred = lanes.sub(lanes.load(at(x)), lanes.load(at(mean)));
        return [lanes.store(at(y), lanes.madd(centred, lanes.load(at(scale)), lanes.load(at(shift))))];
      }),
    ])];
  },
);

/** `sums[c] += dy[r, c]` and `along[c] += dy[r, c] * (x[r, c] - mean[c])` over rows. */
export const derivativeSums: Func = define(
  "derivativeSums",
  { dy: "i32", x: "i32", mean: "i32", sums: "i32", along: "i32", rows: "i32", size: "i32" },
  ({ dy, x, mean, sums, along, rows, size }, builder) => {
    const [i, given] = [builder.local("i32"), builder.pair()];
    return [eachRow(builder, rows, size, [dy, x], () => [
      alongRow(i, size.get, (lanes, at) => {
        const value = given(lanes);
        const centred = lanes.sub(lanes.load(at(x)), lanes.load(at(mean)));
        return [
          value.set(lanes.load(at(dy))),
          lanes.store(at(sums), lanes.add(value.get, lanes.load(at(sums)))),
          lanes.store(at(along), lanes.madd(value.get, centred, lanes.load(at(along)))),
        ];
      }),
    ])];
  },
);

/** `dx[r, c] = dy[r, c] * scale[c] - (x[r, c] - mean[c]) * slope[c] - shift[c]`. */
export const combineDerivatives: Func = define(
  "combineDerivatives",
  { dy: "i32", x: "i32", mean: "i32", scale: "i32", slope: "i32", shift: "i32", dx: "i32", rows: "i32", size: "i32" },
  ({ dy, x, mean, scale, slope, shift, dx, rows, size }, builder) => {
    const i = builder.local("i32");
    return [eachRow(builder, rows, size, [dy, x, dx], () => [
      alongRow(i, size.get, (lanes, at) => {
        const centred = lanes.sub(lanes.load(at(x)), lanes.load(at(mean)));
        const scaled = lanes.mul(lanes.load(at(dy)), lanes.load(at(scale)));
        const rest = lanes.sub(scaled, lanes.mul(centred, lanes.load(at(slope))));
        return [lanes.store(at(dx), lanes.sub(rest, lanes.load(at(shift))))];
      }),
    ])];
  },
);
