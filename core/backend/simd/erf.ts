import type { Builder, Spread, Variable } from "./builder.ts";
import type { Code } from "./encode.ts";
import type { Lanes } from "./lanes.ts";

/** From here on the float32 nearest to erf is 1. */
const HIGHEST = 4;

// The rational approximation of Eigen (unsupported/SpecialFunctions, `erf` of float; also in TensorFlow and XLA):
// erf(x) = x P(x^2) / Q(x^2), highest power first; largest error 4.5e-7 with every operation rounded.
const NUMERATOR = [
  -2.72614225801306e-10,
  2.77068142495902e-8,
  -2.10102402082508e-6,
  -5.69250639462346e-5,
  -7.34990630326855e-4,
  -2.95459980854025e-3,
  -1.60960333262415e-2,
];
const DENOMINATOR = [
  -1.45660718464996e-5,
  -2.13374055278905e-4,
  -1.68282697438203e-3,
  -7.37332916720468e-3,
  -1.42647390514189e-2,
];

/**
 * Prepare the error function in a function.
 *
 * @param builder Declares the constants and the scratch.
 * @returns Makes statements that replace the value of a variable by its error function.
 */
export function errorFunction(builder: Builder): (lanes: Lanes, x: Variable) => Code {
  const { constant, pair } = builder;
  const [highest, lowest] = [constant(HIGHEST), constant(-HIGHEST)];
  const [numerator, denominator] = [NUMERATOR.map(constant), DENOMINATOR.map(constant)];
  const square = pair();
  const polynomial = (lanes: Lanes, x: Variable, [first, ...rest]: readonly Spread[]): Code =>
    rest.reduce((sum, next) => lanes.madd(sum, x.get, next(lanes)), first!(lanes));
  return (lanes, x) => {
    const z = square(lanes);
    const above = lanes.mul(x.get, polynomial(lanes, z, numerator));
    return [
      ...x.set(lanes.min(lanes.max(x.get, lowest(lanes)), highest(lanes))),
      ...z.set(lanes.mul(x.get, x.get)),
      ...x.set(lanes.div(above, polynomial(lanes, z, denominator))),
    ];
  };
}
