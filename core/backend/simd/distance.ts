import { alongRow, countTo, define, eachRow, INT, moveOn, setPair, sumAlongRow } from "./builder.ts";
import type { Func } from "./encode.ts";
import { SCALAR } from "./lanes.ts";

/** `out[r, k] = sum over d of (points[r, k, d] - x[r, d]) ** 2`. */
export const squaredDistances: Func = define(
  "squaredDistances",
  { points: "i32", x: "i32", out: "i32", rows: "i32", count: "i32", size: "i32" },
  ({ points, x, out, rows, count, size }, builder) => {
    const { local, pair } = builder;
    const [i, k] = [local("i32"), local("i32")];
    const difference = pair();
    const squares = sumAlongRow(builder, i, size.get, (lanes, at) => {
      const d = difference(lanes);
      return lanes.mul(d.tee(lanes.sub(lanes.load(at(points)), lanes.load(at(x)))), d.get);
    });
    return [eachRow(builder, rows, size, [x], (stride) => [
      k.set(INT.constant(0)),
      countTo(
        k,
        count.get,
        INT.constant(1),
        squares.loops,
        SCALAR.store(out.get, squares.sum),
        moveOn(INT.constant(4), out),
        moveOn(stride, points),
      ),
    ])];
  },
);

/** `out[r, k, d] = 2 dy[r, k] (points[r, k, d] - x[r, d])`. */
export const squaredDistancesGrad: Func = define(
  "squaredDistancesGrad",
  { dy: "i32", points: "i32", x: "i32", out: "i32", rows: "i32", count: "i32", size: "i32" },
  ({ dy, points, x, out, rows, count, size }, builder) => {
    const { local, pair } = builder;
    const k = local("i32");
    const factor = pair();
    return [eachRow(builder, rows, size, [x], (stride) => [
      k.set(INT.constant(0)),
      countTo(
        k,
        count.get,
        INT.constant(1),
        setPair(factor, SCALAR.mul(SCALAR.load(dy.get), SCALAR.constant(2))),
        alongRow(local("i32"), size.get, (lanes, at) => [
          lanes.store(
            at(out),
            lanes.mul(factor(lanes).get, lanes.sub(lanes.load(at(points)), lanes.load(at(x)))),
          ),
        ]),
        moveOn(INT.constant(4), dy),
        moveOn(stride, points, out),
      ),
    ])];
  },
);
