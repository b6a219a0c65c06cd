import { alongRow, define, eachRow, INT, moveOn, setPair, sumAlongRow, sumOfPair, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { type Lanes, SCALAR } from "./lanes.ts";

/** Bytes of the statistics of a row: its mean, and 1 over its deviation. */
const STATS = INT.constant(8);
const SECOND = INT.constant(4);

type At = (base: Variable) => Code;

const toFloat = (count: Code): Code => [...count, 0xb3];

/** `y = (x - mean) * scale * gamma + beta` per row; `stats` receives mean and scale of each row. */
export const layerNorm: Func = define(
  "layerNorm",
  { x: "i32", gamma: "i32", beta: "i32", y: "i32", stats: "i32", rows: "i32", size: "i32", epsilon: "f32" },
  ({ x, gamma, beta, y, stats, rows, size, epsilon }, builder) => {
    const { local, pair } = builder;
    const i = local("i32");
    const [mean, scale, value] = [pair(), pair(), pair()];
    const meanOf = (sum: Code): Code => SCALAR.div(sum, toFloat(size.get));
    const centred = (lanes: Lanes, at: At): Code => lanes.sub(lanes.load(at(x)), mean(lanes).get);
    const total = sumAlongRow(builder, i, size.get, (lanes, at) => lanes.load(at(x)));
    const squares = sumAlongRow(builder, i, size.get, (lanes, at) => {
      const v = value(lanes);
      return lanes.mul(v.tee(centred(lanes, at)), v.get);
    });
    return [eachRow(builder, rows, size, [x, y], () => [
      total.loops,
      setPair(mean, meanOf(total.sum)),
      squares.loops,
      setPair(scale, SCALAR.div(SCALAR.constant(1), SCALAR.sqrt(SCALAR.add(meanOf(squares.sum), epsilon.get)))),
      alongRow(i, size.get, (lanes, at) => {
        const unit = lanes.mul(centred(lanes, at), scale(lanes).get);
        return [lanes.store(at(y), lanes.madd(unit, lanes.load(at(gamma)), lanes.load(at(beta))))];
      }),
      SCALAR.store(stats.get, mean(SCALAR).get),
      SCALAR.store(INT.add(stats.get, SECOND), scale(SCALAR).get),
      moveOn(STATS, stats),
    ])];
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
    const { local, pair } = builder;
    const i = local("i32");
    const [mean, scale, given, unit, scaled] = [pair(), pair(), pair(), pair(), pair()];
    const [grad, along, meanOfGrad, meanAlong] = [pair(), pair(), pair(), pair()];
    const meanOf = (sum: Code): Code => SCALAR.div(sum, toFloat(size.get));
    const unitOf = (lanes: Lanes, at: At): Code =>
      lanes.mul(lanes.sub(lanes.load(at(x)), mean(lanes).get), scale(lanes).get);
    return [eachRow(builder, rows, size, [dy, x, dx], () => [
      setPair(mean, SCALAR.load(stats.get)),
      setPair(scale, SCALAR.load(INT.add(stats.get, SECOND))),
      setPair(grad, SCALAR.constant(0)),
      setPair(along, SCALAR.constant(0)),
      alongRow(i, size.get, (lanes, at) => {
        const [d, u, s] = [given(lanes), unit(lanes), scaled(lanes)];
        return [
          d.set(lanes.load(at(dy))),
          u.set(unitOf(lanes, at)),
          s.set(lanes.mul(d.get, lanes.load(at(gamma)))),
          grad(lanes).set(lanes.add(grad(lanes).get, s.get)),
          along(lanes).set(lanes.madd(s.get, u.get, along(lanes).get)),
          lanes.store(at(dGamma), lanes.madd(d.get, u.get, lanes.load(at(dGamma)))),
          lanes.store(at(dBeta), lanes.add(d.get, lanes.load(at(dBeta)))),
        ];
      }),
      setPair(meanOfGrad, meanOf(sumOfPair(grad))),
      setPair(meanAlong, meanOf(sumOfPair(along))),
      alongRow(i, size.get, (lanes, at) => {
        const scaled = lanes.mul(lanes.load(at(dy)), lanes.load(at(gamma)));
        const radial = lanes.mul(unitOf(lanes, at), meanAlong(lanes).get);
        const rest = lanes.sub(lanes.sub(scaled, meanOfGrad(lanes).get), radial);
        return [lanes.store(at(dx), lanes.mul(rest, scale(lanes).get))];
      }),
      moveOn(STATS, stats),
    ])];
  },
);
