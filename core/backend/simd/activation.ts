import { alongRow, define } from "./builder.ts";
import type { Func } from "./encode.ts";
import { errorFunction } from "./erf.ts";
import { exponential } from "./exp.ts";

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

/** `y = x Phi(x)` with the standard normal distribution function. */
export const gelu: Func = define(
  "gelu",
  { x: "i32", y: "i32", size: "i32" },
  ({ x, y, size }, builder) => {
    const { constant, local, pair } = builder;
    const [rootHalf, half] = [constant(Math.SQRT1_2), constant(0.5)];
    const [value, share] = [pair(), pair()];
    const erf = errorFunction(builder);
    return [
      alongRow(local("i32"), size.get, (lanes, at) => {
        const [v, s] = [value(lanes), share(lanes)];
        return [
          v.set(lanes.load(at(x))),
          s.set(lanes.mul(v.get, rootHalf(lanes))),
          erf(lanes, s),
          v.set(lanes.mul(v.get, half(lanes))),
          lanes.store(at(y), lanes.madd(v.get, s.get, v.get)),
        ];
      }),
    ];
  },
);

/** `dx = dy (Phi(x) + x phi(x))` with the standard normal density. */
export const geluGrad: Func = define(
  "geluGrad",
  { dy: "i32", x: "i32", dx: "i32", size: "i32" },
  ({ dy, x, dx, size }, builder) => {
    const { constant, local, pair } = builder;
    const [rootHalf, half, minusHalf] = [constant(Math.SQRT1_2), constant(0.5), constant(-0.5)];
    const highest = constant(1 / Math.sqrt(2 * Math.PI));
    const [value, share, density] = [pair(), pair(), pair()];
    const [erf, exponent] = [errorFunction(builder), exponential(builder)];
    return [
      alongRow(local("i32"), size.get, (lanes, at) => {
        const [v, s, d] = [value(lanes), share(lanes), density(lanes)];
        return [
          v.set(lanes.load(at(x))),
          s.set(lanes.mul(v.get, rootHalf(lanes))),
          erf(lanes, s),
          d.set(lanes.mul(lanes.mul(v.get, v.get), minusHalf(lanes))),
          exponent(lanes, d),
          d.set(lanes.mul(lanes.mul(v.get, highest(lanes)), d.get)),
          s.set(lanes.madd(s.get, half(lanes), half(lanes))),
          lanes.store(at(dx), lanes.mul(lanes.load(at(dy)), lanes.add(s.get, d.get))),
        ];
      }),
    ];
  },
);
