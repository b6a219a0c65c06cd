import { alongRow, choose, define, eachRow, ifPresent, INT, moveOn, setPair, sumOfPair } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { exponential } from "./exp.ts";
import { maxOfLanes, SCALAR, VECTOR } from "./lanes.ts";

/** Bytes of the statistics of a row: its largest score, and 1 over its sum of exponentials. */
const STATS = INT.constant(8);
const SECOND = INT.constant(4);

/**
 * On rows: `y = dropout softmax(scale x + mask)`; `y` may be `x`.
 *
 * `mask`, `dropout` and `stats` may be 0; the mask moves on by `maskStride` bytes per row. `stats` receives what
 * {@linkcode scoresGradRows} needs of each row.
 */
export const softmaxRows: Func = define(
  "softmaxRows",
  {
    x: "i32",
    mask: "i32",
    maskStride: "i32",
    dropout: "i32",
    y: "i32",
    stats: "i32",
    rows: "i32",
    size: "i32",
    scale: "f32",
  },
  ({ x, mask, maskStride, dropout, y, stats, rows, size, scale }, builder) => {
    const { local, pair, constant } = builder;
    const i = local("i32");
    const [value, sum, top, factor] = [pair(), pair(), pair(), pair()];
    const scales = constant(scale.get);
    const exponent = exponential(builder);
    const scores = (withMask: boolean): Code =>
      alongRow(i, size.get, (lanes, at) => {
        const [v, highest] = [value(lanes), sum(lanes)];
        const x_ = lanes.load(at(x));
        return [
          v.set(withMask ? lanes.madd(x_, scales(lanes), lanes.load(at(mask))) : lanes.mul(x_, scales(lanes))),
          lanes.store(at(y), v.get),
          highest.set(lanes.max(v.get, highest.get)),
        ];
      });
    const weights = (withDropout: boolean): Code =>
      alongRow(i, size.get, (lanes, at) => {
        const weight = lanes.mul(lanes.load(at(y)), factor(lanes).get);
        return [lanes.store(at(y), withDropout ? lanes.mul(weight, lanes.load(at(dropout))) : weight)];
      });
    return [eachRow(builder, rows, size, [x, y], (stride) => [
      setPair(sum, SCALAR.constant(-Infinity)),
      choose(mask.get, scores(true), scores(false)),
      setPair(top, SCALAR.max(maxOfLanes(sum(VECTOR).get), sum(SCALAR).get)),
      setPair(sum, SCALAR.constant(0)),
      alongRow(i, size.get, (lanes, at) => {
        const [v, total] = [value(lanes), sum(lanes)];
        return [
          v.set(lanes.sub(lanes.load(at(y)), top(lanes).get)),
          exponent(lanes, v),
          lanes.store(at(y), v.get),
          total.set(lanes.add(total.get, v.get)),
        ];
      }),
      setPair(factor, SCALAR.div(SCALAR.constant(1), sumOfPair(sum))),
      choose(dropout.get, weights(true), weights(false)),
      ifPresent(
        stats,
        SCALAR.store(stats.get, top(SCALAR).get),
        SCALAR.store(INT.add(stats.get, SECOND), factor(SCALAR).get),
        moveOn(STATS, stats),
      ),
      ifPresent(mask, moveOn(maskStride.get, mask)),
      ifPresent(dropout, moveOn(stride, dropout)),
    ])];
  },
);

/** On rows: `dx = p (dp - sum(dp p))`. */
export const softmaxGradRows: Func = define(
  "softmaxGradRows",
  { dp: "i32", p: "i32", dx: "i32", rows: "i32", size: "i32" },
  ({ dp, p, dx, rows, size }, builder) => {
    const i = builder.local("i32");
    const [sum, total] = [builder.pair(), builder.pair()];
    return [eachRow(builder, rows, size, [dp, p, dx], () => [
      setPair(sum, SCALAR.constant(0)),
      alongRow(i, size.get, (lanes, at) => {
        const s = sum(lanes);
        return [s.set(lanes.madd(lanes.load(at(dp)), lanes.load(at(p)), s.get))];
      }),
      setPair(total, sumOfPair(sum)),
      alongRow(i, size.get, (lanes, at) => {
        const inner = lanes.sub(lanes.load(at(dp)), total(lanes).get);
        return [lanes.store(at(dx), lanes.mul(inner, lanes.load(at(p))))];
      }),
    ])];
  },
);

/**
 * Derivatives of attention's scores, on rows: the weights `p = softmax(scale x + mask)` are made again from the statistics
 * of {@linkcode softmaxRows}, then `dp` becomes `scale p (dropout dp - sum(dropout dp p))`.
 *
 * `mask` and `dropout` may be 0; with dropout, `x` becomes `dropout p`. The mask moves on by `maskStride` bytes per row.
 */
export const scoresGradRows: Func = define(
  "scoresGradRows",
  {
    x: "i32",
    mask: "i32",
    maskStride: "i32",
    dropout: "i32",
    dp: "i32",
    p: "i32",
    stats: "i32",
    rows: "i32",
    size: "i32",
    scale: "f32",
  },
  ({ x, mask, maskStride, dropout, dp, p, stats, rows, size, scale }, builder) => {
    const { local, pair, constant } = builder;
    const i = local("i32");
    const [value, grad, sum, total, top, factor] = [pair(), pair(), pair(), pair(), pair(), pair()];
    const scales = constant(scale.get);
    const exponent = exponential(builder);
    const weights = (withMask: boolean, withDropout: boolean): Code =>
      alongRow(i, size.get, (lanes, at) => {
        const [v, d, s] = [value(lanes), grad(lanes), sum(lanes)];
        const x_ = lanes.load(at(x));
        const score = withMask ? lanes.madd(x_, scales(lanes), lanes.load(at(mask))) : lanes.mul(x_, scales(lanes));
        return [
          v.set(lanes.sub(score, top(lanes).get)),
          exponent(lanes, v),
          v.set(lanes.mul(v.get, factor(lanes).get)),
          lanes.store(at(p), v.get),
          d.set(lanes.load(at(dp))),
          ...withDropout
            ? [
              d.set(lanes.mul(d.get, lanes.load(at(dropout)))),
              lanes.store(at(dp), d.get),
              lanes.store(at(x), lanes.mul(v.get, lanes.load(at(dropout)))),
            ]
            : [],
          s.set(lanes.madd(d.get, v.get, s.get)),
        ];
      });
    return [eachRow(builder, rows, size, [x, dp, p], (stride) => [
      setPair(sum, SCALAR.constant(0)),
      setPair(top, SCALAR.load(stats.get)),
      setPair(factor, SCALAR.load(INT.add(stats.get, SECOND))),
      choose(
        mask.get,
        choose(dropout.get, weights(true, true), weights(true, false)),
        choose(dropout.get, weights(false, true), weights(false, false)),
      ),
      setPair(total, sumOfPair(sum)),
      alongRow(i, size.get, (lanes, at) => {
        const inner = lanes.sub(lanes.load(at(dp)), total(lanes).get);
        return [lanes.store(at(dp), lanes.mul(lanes.mul(inner, lanes.load(at(p))), scales(lanes)))];
      }),
      moveOn(STATS, stats),
      ifPresent(mask, moveOn(maskStride.get, mask)),
      ifPresent(dropout, moveOn(stride, dropout)),
    ])];
  },
);
