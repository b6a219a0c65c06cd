import { alongRow, type Builder, define, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { errorFunction } from "./erf.ts";
import { exponential } from "./exp.ts";
import type { Lanes } from "./lanes.ts";

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

/** Statements that turn x into `1 + e ** -x`, which stays finite. */
function sigmoidDivisor({ constant }: Builder, exponent: Exponential): Exponential {
  const [minusOne, one, highest] = [constant(-1), constant(1), constant(88)];
  return (lanes, x) => [
    ...x.set(lanes.min(lanes.mul(x.get, minusOne(lanes)), highest(lanes))),
    ...exponent(lanes, x),
    ...x.set(lanes.add(x.get, one(lanes))),
  ];
}

type Exponential = (lanes: Lanes, x: Variable) => Code;

/** `y = x / (1 + e ** -x)`. */
export const silu: Func = define(
  "silu",
  { x: "i32", y: "i32", size: "i32" },
  ({ x, y, size }, builder) => {
    const [value, rest] = [builder.pair(), builder.pair()];
    const divisor = sigmoidDivisor(builder, exponential(builder));
    return [
      alongRow(builder.local("i32"), size.get, (lanes, at) => {
        const [v, d] = [value(lanes), rest(lanes)];
        return [
          v.set(lanes.load(at(x))),
          d.set(v.get),
          divisor(lanes, d),
          lanes.store(at(y), lanes.div(v.get, d.get)),
        ];
      }),
    ];
  },
);

/** `dx = dy s (1 + x (1 - s))` with `s = 1 / (1 + e ** -x)`. */
export const siluGrad: Func = define(
  "siluGrad",
  { dy: "i32", x: "i32", dx: "i32", size: "i32" },
  ({ dy, x, dx, size }, builder) => {
    const one = builder.constant(1);
    const [value, rest] = [builder.pair(), builder.pair()];
    const divisor = sigmoidDivisor(builder, exponential(builder));
    return [
      alongRow(builder.local("i32"), size.get, (lanes, at) => {
        const [v, s] = [value(lanes), rest(lanes)];
        const slope = lanes.madd(v.get, lanes.sub(one(lanes), s.get), one(lanes));
        return [
          v.set(lanes.load(at(x))),
          s.set(v.get),
          divisor(lanes, s),
          s.set(lanes.div(one(lanes), s.get)),
          lanes.store(at(dx), lanes.mul(lanes.mul(lanes.load(at(dy)), s.get), slope)),
        ];
      }),
    ];
  },
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
