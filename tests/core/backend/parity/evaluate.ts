import {
  add,
  dataOf,
  dispose,
  mul,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGrads,
} from "../../../../core/tensor/mod.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { spread } from "../../tensor/finite_differences.ts";
import { type Case, type Input, type Operation, upload } from "./operation.ts";

/** One tensor that was computed, on the host. */
export interface Value {
  /** What it is. */
  readonly name: string;
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its values. */
  readonly data: Float32Array;
}

function outputsOf(one: Case, inputs: readonly Tensor[]): readonly Tensor[] {
  const made = one.run(...inputs);
  return Array.isArray(made) ? made : [made as Tensor];
}

function isDifferentiated(input: Input): boolean {
  return input.values(1) instanceof Float32Array;
}

async function read(name: string, made: Tensor): Promise<Value> {
  return { name, shape: [...made.shape], data: await dataOf(made) };
}

// A fixed weighted sum, so that each entry of each output has a derivative of its own.
function weighted(outputs: readonly Tensor[]): Tensor {
  return outputs
    .map((out, i) => sum(mul(out, tensor(spread(out.size, 5 + i), out.shape))))
    .reduce((total, next) => add(total, next));
}

/**
 * Run a case on the current backend.
 *
 * @param operation Says whether there are gradients.
 * @param one The case.
 * @returns Outputs, then the gradients of a weighted sum of them.
 */
export async function evaluate({ gradient }: Operation, one: Case): Promise<readonly Value[]> {
  const uploaded = one.inputs.map(upload);
  // Results of another operation, since some kernels of WebGPU take another way for values that are still on the host.
  const inputs = uploaded.map((x, i) => isDifferentiated(one.inputs[i]!) ? mul(x, 1) : x);
  const params = inputs.filter((_, i) => isDifferentiated(one.inputs[i]!));
  const { outputs, grads } = tidy(() => {
    if (gradient === "none" || params.length === 0) return { outputs: outputsOf(one, inputs), grads: [] };
    const { aux, grads } = valueAndGrads(() => {
      const outputs = outputsOf(one, inputs);
      return { value: weighted(outputs), aux: outputs };
    }, params);
    return { outputs: aux, grads };
  });
  const values = await Promise.all([
    ...outputs.map((made, i) => read(`output ${i}`, made)),
    ...grads.map((made, i) => read(`gradient ${i}`, made)),
  ]);
  dispose([...uploaded, ...inputs, ...outputs, ...grads]);
  return values;
}

/** Sums of numbers of size 1 may cancel out; what is left is not held to its own size. */
const LEAST = 0.25;

/**
 * Fail unless two runs of a case agree.
 *
 * @param one The case.
 * @param actual Values of a backend.
 * @param expected Values of the cpu backend.
 * @param tolerance Largest difference, relative to the largest finite value of the same tensor, or to {@linkcode LEAST}
 * if that is larger and the case has inputs, which are of size 1.
 */
export function assertAgree(
  one: Case,
  actual: readonly Value[],
  expected: readonly Value[],
  tolerance: number,
): void {
  const least = one.inputs.length === 0 ? Number.MIN_VALUE : LEAST;
  assertEquals(
    actual.map(({ name, shape }) => ({ name, shape })),
    expected.map(({ name, shape }) => ({ name, shape })),
  );
  actual.forEach(({ name, data }, i) => {
    const reference = expected[i]!.data;
    const scale = reference.reduce(
      (top, value) => Number.isFinite(value) ? Math.max(top, Math.abs(value)) : top,
      least,
    );
    reference.forEach((value, j) => {
      const same = Object.is(data[j], value) || Math.abs(data[j]! - value) <= tolerance * scale;
      assert(
        same,
        `${name}, entry ${j} is ${data[j]} instead of ${value}: ${Math.abs(data[j]! - value) / scale} of ${scale}`,
      );
    });
  });
}

/** Largest difference between a derivative along a direction and its finite difference, relative to both their sizes. */
const DIRECTION_TOLERANCE = 4e-4;

/** Step of the finite differences. */
const STEP = 2 ** -8;

/** A weighted sum in float64, and the size of its rounding error: outputs are float32, errors add up as a random walk. */
async function weightedValue(
  one: Case,
  data: readonly (Float32Array | Int32Array)[],
): Promise<{ readonly value: number; readonly rounding: number }> {
  const inputs = one.inputs.map(({ shape }, i) => upload({ shape, values: () => data[i]! }));
  const outputs = tidy(() => outputsOf(one, inputs));
  const values = await Promise.all(outputs.map(dataOf));
  dispose([...inputs, ...outputs]);
  const terms = values.flatMap((data, i) => {
    const weights = spread(data.length, 5 + i);
    return Array.from(data, (value, j) => value * weights[j]!);
  });
  return {
    value: terms.reduce((total, term) => total + term, 0),
    rounding: 2 ** -23 * Math.sqrt(terms.reduce((total, term) => total + term * term, 0)),
  };
}

/**
 * Fail unless the gradients of a case equal central differences along one direction for each input, summed in float64.
 *
 * @param one The case.
 * @param values What {@linkcode evaluate} gave for it.
 */
export async function assertNumerical(one: Case, values: readonly Value[]): Promise<void> {
  const data = one.inputs.map((input) => input.values(input.shape.reduce((product, length) => product * length, 1)));
  const gradients = values.filter(({ name }) => name.startsWith("gradient"));
  for (const [place, i] of one.inputs.flatMap((input, i) => isDifferentiated(input) ? [i] : []).entries()) {
    const direction = spread(data[i]!.length, 9);
    const along = (sign: number): ReturnType<typeof weightedValue> =>
      weightedValue(one, data.with(i, Float32Array.from(data[i]!, (value, j) => value + sign * STEP * direction[j]!)));
    const [up, down] = [await along(1), await along(-1)];
    const expected = (up.value - down.value) / (2 * STEP);
    const gradient = gradients[place]!.data;
    const actual = gradient.reduce((total, value, j) => total + value * direction[j]!, 0);
    const scale = 1 + Math.hypot(...gradient);
    assert(
      Math.abs(actual - expected) <= DIRECTION_TOLERANCE * scale + (up.rounding + down.rounding) / STEP,
      `input ${i}: derivative ${actual}, finite difference ${expected}`,
    );
  }
}

/**
 * Fail unless no gradient passes.
 *
 * @param values What {@linkcode evaluate} gave.
 */
export function assertStopped(values: readonly Value[]): void {
  const gradients = values.filter(({ name }) => name.startsWith("gradient"));
  assert(gradients.length > 0);
  for (const { data } of gradients) assert(data.every((value) => value === 0), "a gradient passes");
}
