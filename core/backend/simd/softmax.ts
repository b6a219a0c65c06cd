import { alongRow, countTo, define, ifPresent, INT, type Variable } from "./builder.ts";
import type { Code, Func } from "./encode.ts";
import { type Lanes, maxOfLanes, SCALAR, sumOfLanes, VECTOR } from "./lanes.ts";

/** Below this the exponential is taken as 0: masked entries weigh exactly nothing. */
const LOWEST = -87.3;
const HIGHEST = 88;

/** ln 2 in two parts, so that the remainder keeps all its bits. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440e-4;

/** Taylor-like coefficients of `(e^r - 1 - r) / r^2` on |r| <= ln(2) / 2, highest first (Cephes, expf). */
const COEFFICIENTS = [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5];

/** `e ** x`: 2^n times a polynomial of the remainder; `x`, `n` and `r` are scratch of the lanes' type. */
function exponential(lanes: Lanes, x: Variable, n: Variable, r: Variable): Code {
  const clamped = lanes.min(lanes.max(x.get, lanes.constant(LOWEST)), lanes.constant(HIGHEST));
  const high = lanes.sub(clamped, lanes.mul(n.get, lanes.constant(LN2_HIGH)));
  let series = lanes.constant(COEFFICIENTS[0]!);
  for (const c of COEFFICIENTS.slice(1)) series = lanes.add(lanes.mul(series, r.get), lanes.constant(c));
  const value = lanes.add(lanes.mul(lanes.mul(r.get, r.get), series), lanes.add(r.get, lanes.constant(1)));
  return [
    ...n.set(lanes.nearest(lanes.mul(clamped, lanes.constant(Math.LOG2E)))),
    ...r.set(lanes.sub(high, lanes.mul(n.get, lanes.constant(LN2_LOW)))),
    ...lanes.unlessLess(x.get, lanes.constant(LOWEST), lanes.mul(value, lanes.pow2(n.get))),
  ];
}

/**
 * In place on rows: `p = softmax(scale x + mask)`; then, if `dropout` is given, `dropped = p * dropout`.
 *
 * `mask` and `dropout` may be 0; the mask moves on by `maskStride` bytes per row.
 */
export const softmaxRows: Func = define(
  "softmaxRows",
  {
    x: "i32",
    mask: "i32",
    maskStride: "i32",
    dropout: "i32",
    dropped: "i32",
    rows: "i32",
    size: "i32",
    scale: "f32",
  },
  ({ x, mask, maskStride, dropout, dropped, rows, size, scale }, { local }) => {
    const row = local("i32");
    const i = local("i32");
    const stride = local("i32");
    const top = local("f32");
    const total = local("f32");
    const scratch = new Map([VECTOR, SCALAR].map((lanes) => [
      lanes,
      { value: local(lanes.type), n: local(lanes.type), r: local(lanes.type), sum: local(lanes.type) },
    ]));
    const vector = scratch.get(VECTOR)!;
    const scalar = scratch.get(SCALAR)!;
    const shifted = (withMask: boolean): Code => [
      ...vector.sum.set(VECTOR.constant(-Infinity)),
      ...scalar.sum.set(SCALAR.constant(-Infinity)),
      ...alongRow(i, size.get, (lanes, at) => {
        const { value, sum } = scratch.get(lanes)!;
        const scaled = lanes.mul(lanes.load(at(x)), lanes.splat(scale.get));
        return [
          value.set(withMask ? lanes.add(scaled, lanes.load(at(mask))) : scaled),
          lanes.store(at(x), value.get),
          sum.set(lanes.max(value.get, sum.get)),
        ];
      }),
    ];
    return [
      stride.set(INT.bytes(size.get)),
      countTo(
        row,
        rows.get,
        INT.constant(1),
        [...mask.get, 0x04, 0x40, ...shifted(true), 0x05, ...shifted(false), 0x0b],
        top.set(SCALAR.max(maxOfLanes(vector.sum.get), scalar.sum.get)),
        vector.sum.set(VECTOR.constant(0)),
        scalar.sum.set(SCALAR.constant(0)),
        alongRow(i, size.get, (lanes, at) => {
          const { value, n, r, sum } = scratch.get(lanes)!;
          return [
            value.set(lanes.sub(lanes.load(at(x)), lanes.splat(top.get))),
            value.set(exponential(lanes, value, n, r)),
            lanes.store(at(x), value.get),
            sum.set(lanes.add(sum.get, value.get)),
          ];
        }),
        total.set([...SCALAR.constant(1), ...SCALAR.add(sumOfLanes(vector.sum.get), scalar.sum.get), 0x95]),
        alongRow(
          i,
          size.get,
          (lanes, at) => [lanes.store(at(x), lanes.mul(lanes.load(at(x)), lanes.splat(total.get)))],
        ),
        ifPresent(
          dropout,
          alongRow(
            i,
            size.get,
            (lanes, at) => [lanes.store(at(dropped), lanes.mul(lanes.load(at(x)), lanes.load(at(dropout))))],
          ),
          dropout.set(INT.add(dropout.get, stride.get)),
          dropped.set(INT.add(dropped.get, stride.get)),
        ),
        ifPresent(mask, mask.set(INT.add(mask.get, maskStride.get))),
        x.set(INT.add(x.get, stride.get)),
      ),
    ];
  },
);

/**
 * On rows: `dx = scale p (dp - sum(dp p))`, where `dp` is first multiplied by `dropout` if that is not 0.
 *
 * `dx` may be `dp`.
 */
export const softmaxGradRows: Func = define(
  "softmaxGradRows",
  { dp: "i32", p: "i32", dropout: "i32", dx: "i32", rows: "i32", size: "i32", scale: "f32" },
  ({ dp, p, dropout, dx, rows, size, scale }, { local }) => {
    const row = local("i32");
    const i = local("i32");
    const stride = local("i32");
    const four = local("v128");
    const one = local("f32");
    const total = local("f32");
    return [
      stride.set(INT.bytes(size.get)),
      countTo(
        row,
        rows.get,
        INT.constant(1),
        four.set(VECTOR.constant(0)),
        one.set(SCALAR.constant(0)),
        ifPresent(
          dropout,
          alongRow(
            i,
            size.get,
            (lanes, at) => [lanes.store(at(dp), lanes.mul(lanes.load(at(dp)), lanes.load(at(dropout))))],
          ),
          dropout.set(INT.add(dropout.get, stride.get)),
        ),
        alongRow(i, size.get, (lanes, at) => {
          const sum = lanes === VECTOR ? four : one;
          return [sum.set(lanes.add(sum.get, lanes.mul(lanes.load(at(dp)), lanes.load(at(p)))))];
        }),
        total.set(SCALAR.add(sumOfLanes(four.get), one.get)),
        alongRow(i, size.get, (lanes, at) => {
          const inner = lanes.sub(lanes.load(at(dp)), lanes.splat(total.get));
          const value = lanes.mul(lanes.mul(inner, lanes.load(at(p))), lanes.splat(scale.get));
          return [lanes.store(at(dx), value)];
        }),
        dp.set(INT.add(dp.get, stride.get)),
        p.set(INT.add(p.get, stride.get)),
        dx.set(INT.add(dx.get, stride.get)),
      ),
    ];
  },
);
