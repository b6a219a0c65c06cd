import type { Builder, Spread, Variable } from "./builder.ts";
import type { Code } from "./encode.ts";
import type { Lanes } from "./lanes.ts";

/** Below this the exponential is exactly 0, so that masked entries weigh nothing; e ** -88 is hardly a float32. */
const LOWEST = -88.3;

/** ln 2 in two parts, so that the remainder keeps all its bits. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440e-4;

/** Added to a small number, it leaves the nearest whole number plus the bias of exponents in the low bits. */
const ROUNDING = 1.5 * 2 ** 23 + 127;

/** `e ** r` on |r| <= ln(2) / 2, highest power first: smallest largest relative error (7.3e-8) by linear programming. */
const COEFFICIENTS = [
  8.337527513504028e-3,
  4.191068187355995e-2,
  0.16666729748249054,
  0.4999901354312897,
  1.0000001192,
];

/**
 * Prepare `e ** x` for `x <= 88` in a function: a whole power of 2 times a polynomial of the remainder, to 2e-7 of the value.
 *
 * @param builder Declares the constants and the scratch.
 * @returns Makes statements that replace the value of a variable by its exponential.
 */
export function exponential(builder: Builder): (lanes: Lanes, x: Variable) => Code {
  const { constant } = builder;
  const [lowest, log2e, rounding, high, low, one] = [LOWEST, Math.LOG2E, ROUNDING, -LN2_HIGH, -LN2_LOW, 1]
    .map(constant) as [Spread, Spread, Spread, Spread, Spread, Spread];
  const coefficients = COEFFICIENTS.map(constant);
  const [count, rest] = [builder.pair(), builder.pair()];
  return (lanes, x) => {
    const [n, r] = [count(lanes), rest(lanes)];
    const [first, ...others] = [...coefficients, one].map((each) => each(lanes));
    const series = others.reduce((sum, next) => lanes.madd(sum, r.get, next), first!);
    return [
      ...x.set(lanes.max(x.get, lowest(lanes))),
      ...n.set(lanes.madd(x.get, log2e(lanes), rounding(lanes))),
      ...r.set(lanes.sub(n.get, rounding(lanes))),
      ...r.set(lanes.madd(r.get, low(lanes), lanes.madd(r.get, high(lanes), x.get))),
      ...x.set(lanes.mul(series, lanes.exponentOf(n.get))),
    ];
  };
}
