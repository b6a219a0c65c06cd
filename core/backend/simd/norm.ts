import { alongRow, type Builder, countTo, define, INT, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { type Lanes, SCALAR, sumOfLanes, VECTOR } from "./lanes.ts";

/** A sum along a row, in four lanes and a rest. */
interface RowSum {
  clear(): Code;
  add(lanes: Lanes, value: Code): Code;
  readonly total: Code;
}

function rowSum({ local }: Builder): RowSum {
  const four = local("v128");
  const one = local("f32");
  return {
    clear: () => [...four.set(VECTOR.constant(0)), ...one.set(SCALAR.constant(0))],
    add: (lanes, value) => {
      const sum = lanes === VECTOR ? four : one;
      return sum.set(lanes.add(sum.get, value));
    },
    total: SCALAR.add(sumOfLanes(four.get), one.get),
  };
}

const divide = (a: Code, b: Code): Code => [...a, ...b, 0x95];
const root = (a: Code): Code => [...a, 0x91];
const toFloat = (count: Code): Code => [...count, 0xb3];

function nextRow(stride: Variable, ...bases: readonly Variable[]): Code {
  return bases.flatMap((base) => base.set(INT.add(base.get, stride.get)));
}

/** `y = (x - mean) * scale * gamma + beta` per row; `stats` receives mean and scale of each row. */
export const layerNorm: Func = define(
  "layerNorm",
  { x: "i32", gamma: "i32", beta: "i32", y: "i32", stats: "i32", rows: "i32", size: "i32", epsilon: "f32" },
  ({ x, gamma, beta, y, stats, rows, size, epsilon }, builder) => {
    const row = builder.local("i32");
    const i = builder.local("i32");
    const stride = builder.local("i32");
    const mean = builder.local("f32");
    const scale = builder.local("f32");
    const sum = rowSum(builder);
    const centred = (lanes: Lanes, at: (base: Variable) => Code): Code =>
      lanes.sub(lanes.load(at(x)), lanes.splat(mean.get));
    return [
      stride.set(INT.bytes(size.get)),
      countTo(
        row,
        rows.get,
        INT.constant(1),
        sum.clear(),
        alongRow(i, size.get, (lanes, at) => [sum.add(lanes, lanes.load(at(x)))]),
        mean.set(divide(sum.total, toFloat(size.get))),
        sum.clear(),
        alongRow(
          i,
          size.get,
          (lanes, at) => [sum.add(lanes, lanes.mul(centred(lanes, at), centred(lanes, at)))],
        ),
        scale.set(
          divide(SCALAR.constant(1), root(SCALAR.add(divide(sum.total, toFloat(size.get)), epsilon.get))),
        ),
        alongRow(i, size.get, (lanes, at) => {
          const unit = lanes.mul(centred(lanes, at), lanes.splat(scale.get));
          return [lanes.store(at(y), lanes.add(lanes.mul(unit, lanes.load(at(gamma))), lanes.load(at(beta))))];
        }),
        SCALAR.store(stats.get, mean.get),
        SCALAR.store(INT.add(stats.get, INT.constant(4)), scale.get),
        stats.set(INT.add(stats.get, INT.constant(8))),
        nextRow(stride, x, y),
      ),
    ];
  },
);

/** Derivatives of {@linkcode layerNorm}; `dGamma` and `dBeta` start as zeros. */
export const layerNormGrad: Func = define(
  "layerNormGrad",
  {
    dy: "i32",
    x: "i32",
    gamma: "i32",
    stats: "i32",
    dx: "i32",
    dGamma: "i32",
    dBeta: "i32",
    rows: "i32",
    size: "i32",
  },
  ({ dy, x, gamma, stats, dx, dGamma, dBeta, rows, size }, builder) => {
    const row = builder.local("i32");
    const i = builder.local("i32");
    const stride = builder.local("i32");
    const mean = builder.local("f32");
    const scale = builder.local("f32");
    const meanOfGrad = builder.local("f32");
    const meanAlong = builder.local("f32");
    const grad = rowSum(builder);
    const along = rowSum(builder);
    const unit = (lanes: Lanes, at: (base: Variable) => Code): Code =>
      lanes.mul(lanes.sub(lanes.load(at(x)), lanes.splat(mean.get)), lanes.splat(scale.get));
    const scaled = (lanes: Lanes, at: (base: Variable) => Code): Code =>
      lanes.mul(lanes.load(at(dy)), lanes.load(at(gamma)));
    const accumulate = (lanes: Lanes, address: Code, value: Code): Code =>
      lanes.store(address, lanes.add(lanes.load(address), value));
    return [
      stride.set(INT.bytes(size.get)),
      countTo(
        row,
        rows.get,
        INT.constant(1),
        mean.set(SCALAR.load(stats.get)),
        scale.set(SCALAR.load(INT.add(stats.get, INT.constant(4)))),
        grad.clear(),
        along.clear(),
        alongRow(i, size.get, (lanes, at) => [
          grad.add(lanes, scaled(lanes, at)),
          along.add(lanes, lanes.mul(scaled(lanes, at), unit(lanes, at))),
          accumulate(lanes, at(dGamma), lanes.mul(lanes.load(at(dy)), unit(lanes, at))),
          accumulate(lanes, at(dBeta), lanes.load(at(dy))),
        ]),
        meanOfGrad.set(divide(grad.total, toFloat(size.get))),
        meanAlong.set(divide(along.total, toFloat(size.get))),
        alongRow(i, size.get, (lanes, at) => {
          const radial = lanes.mul(unit(lanes, at), lanes.splat(meanAlong.get));
          const rest = lanes.sub(lanes.sub(scaled(lanes, at), lanes.splat(meanOfGrad.get)), radial);
          return [lanes.store(at(dx), lanes.mul(rest, lanes.splat(scale.get)))];
        }),
        stats.set(INT.add(stats.get, INT.constant(8))),
        nextRow(stride, dy, x, dx),
      ),
    ];
  },
);
