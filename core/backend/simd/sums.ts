import { alongRow, type Builder, countTo, define, INT, sumAlongRow, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { type Lanes, SCALAR } from "./lanes.ts";

/** Values added in float32 before the sum goes on in float64. */
const SPAN = 1024;

const F64 = Object.freeze({
  add: (a: Code, b: Code): Code => [...a, ...b, 0xa0],
  of: (a: Code): Code => [...a, 0xbb],
  round: (a: Code): Code => [...a, 0xb6],
  zero: [0x44, 0, 0, 0, 0, 0, 0, 0, 0] as Code,
});

/** Statements that add up `term` over rows, and store each sum. */
function sumEachRow(
  { x, out, rows, size }: Readonly<Record<"x" | "out" | "rows" | "size", Variable>>,
  builder: Builder,
  term: (lanes: Lanes, value: Code) => Code,
): Code {
  const { local } = builder;
  const [done, span, i, total] = [local("i32"), local("i32"), local("i32"), local("f64")];
  const rest = INT.sub(size.get, done.get);
  const { loops, sum } = sumAlongRow(builder, i, span.get, (lanes, at) => term(lanes, lanes.load(at(x))));
  return countTo(
    local("i32"),
    rows.get,
    INT.constant(1),
    total.set(F64.zero),
    done.set(INT.constant(0)),
    countTo(
      done,
      size.get,
      INT.constant(SPAN),
      // span = min(rest, SPAN)
      span.set([...rest, ...INT.constant(SPAN), ...rest, ...INT.constant(SPAN), 0x49, 0x1b]),
      loops,
      total.set(F64.add(total.get, F64.of(sum))),
      x.set(INT.add(x.get, INT.bytes(span.get))),
    ),
    SCALAR.store(out.get, F64.round(total.get)),
    out.set(INT.add(out.get, INT.constant(4))),
  );
}

/** `out[r] = sum over i of x[r, i]`, for `x` of shape `[rows, size]`. */
export const sumRows: Func = define(
  "sumRows",
  { x: "i32", out: "i32", rows: "i32", size: "i32" },
  (parameters, builder) => [sumEachRow(parameters, builder, (_, value) => value)],
);

/** `out[r] = sum over i of x[r, i] ** 2`, for `x` of shape `[rows, size]`. */
export const sumSquares: Func = define(
  "sumSquares",
  { x: "i32", out: "i32", rows: "i32", size: "i32" },
  (parameters, builder) => {
    const factor = builder.pair();
    return [
      sumEachRow(
        parameters,
        builder,
        (lanes, value) => lanes.mul(factor(lanes).tee(value), factor(lanes).get),
      ),
    ];
  },
);

/** `out[o, i] = sum over r of x[o, r, i]`, for `x` of shape `[outer, rows, size]`; `out` starts as zeros. */
export const sumColumns: Func = define(
  "sumColumns",
  { x: "i32", out: "i32", outer: "i32", rows: "i32", size: "i32" },
  ({ x, out, outer, rows, size }, { local }) => {
    const group = local("i32");
    const row = local("i32");
    const i = local("i32");
    const second = local("i32");
    const third = local("i32");
    const fourth = local("i32");
    const stride = local("i32");
    return [
      stride.set(INT.bytes(size.get)),
      countTo(
        group,
        outer.get,
        INT.constant(1),
        row.set(INT.constant(0)),
        // Four rows at a time: a quarter of the writes, and shorter chains of roundings.
        countTo(
          row,
          INT.floor4(rows.get),
          INT.constant(4),
          second.set(INT.add(x.get, stride.get)),
          third.set(INT.add(second.get, stride.get)),
          fourth.set(INT.add(third.get, stride.get)),
          alongRow(i, size.get, (lanes, at) => {
            const first = lanes.add(lanes.load(at(x)), lanes.load(at(second)));
            const last = lanes.add(lanes.load(at(third)), lanes.load(at(fourth)));
            return [lanes.store(at(out), lanes.add(lanes.load(at(out)), lanes.add(first, last)))];
          }),
          x.set(INT.add(fourth.get, stride.get)),
        ),
        countTo(
          row,
          rows.get,
          INT.constant(1),
          alongRow(i, size.get, (lanes, at) => [
            lanes.store(at(out), lanes.add(lanes.load(at(out)), lanes.load(at(x)))),
          ]),
          x.set(INT.add(x.get, stride.get)),
        ),
        out.set(INT.add(out.get, stride.get)),
      ),
    ];
  },
);
