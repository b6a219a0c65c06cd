import { type AdamConstants, adamStep, blend, sumOfSquares } from "../../../../core/tensor/parameter_updates.ts";
import { type Input, type Operation, over, positive, signed, SIZES } from "./operation.ts";

const CONSTANTS: AdamConstants = {
  beta1: 0.9,
  beta2: 0.99,
  rootFactor: 1.7,
  epsilon: 1e-3,
  moveFactor: -0.3,
  decayFactor: -0.01,
};

const SHAPES: readonly (readonly number[])[] = [...SIZES.map((n) => [n]), [17, 65], [3, 3, 4, 5], [], [0], [0, 3]];

/** Kernels of the optimizer, which nothing differentiates. */
export const UPDATES = {
  adamStep: {
    tolerance: 2e-6,
    gradient: "none",
    cases: over(
      (gradient, first, second, value) => adamStep(gradient!, first!, second!, value!, CONSTANTS),
      ...SHAPES.map((shape): Input[] => [signed(shape), signed(shape, 1), positive(shape, 2), signed(shape, 3)]),
    ),
  },
  blend: {
    tolerance: 1e-6,
    gradient: "none",
    cases: over((a, b) => blend(a!, b!, 0.3), ...SHAPES.map((shape) => [signed(shape), signed(shape, 1)])),
  },
  sumOfSquares: {
    tolerance: 2e-6,
    gradient: "none",
    cases: over((x) => sumOfSquares(x!), ...SHAPES.map((shape) => [signed(shape)])),
  },
} satisfies Record<string, Operation>;
