import { chooseBackend } from "../../../core/backend/mod.ts";
import { rng } from "../../../core/rng/stream.ts";
import { conv2d, dataOf, dispose, mul, sum, tensor, tidy, valueAndGrads } from "../../../core/tensor/mod.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../backends.ts";
import { type ConvCase, convolve, noise, outputShape, relativeError } from "./conv_reference.ts";

const CASES = 1000;

/** Products in one case: the reference adds them one by one. */
const MOST_PRODUCTS = 1e6;

/** Sizes around the widths of vectors (4) and tiles (4, with patches of 6), and larger odd ones. */
const SIDES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 16, 17, 23] as const;
const CHANNELS = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 63, 64, 65] as const;

/** Half of the cases are filters of 3 x 3 with stride 1, which have an algorithm of their own. */
function caseOf(index: number): ConvCase {
  const numbers = rng(3).fold("convolutions").fold(index).host.uniform(16);
  let next = 0;
  const pick = <T>(values: readonly T[]): T => values[Math.floor(numbers[next++]! * values.length)]!;
  const isSmall = pick([true, false]);
  const [channels, filters] = [pick(CHANNELS), pick(CHANNELS)];
  return {
    x: [pick([0, 1, 2, 3, 5]), pick(SIDES), pick(SIDES), channels],
    kernel: [isSmall ? 3 : pick([1, 2, 3, 5, 7]), isSmall ? 3 : pick([1, 2, 3, 4, 7]), channels, filters],
    stride: isSmall ? 1 : pick([1, 2, 3]),
    padding: pick(["valid", "same", 0, 1, 2, 3] as const),
  };
}

function isUsable(conv: ConvCase): boolean {
  const [batch, rows, columns, filters] = outputShape(conv);
  const [h, w, channels] = conv.kernel;
  return rows > 0 && columns > 0 && batch * rows * columns * filters * h * w * channels <= MOST_PRODUCTS;
}

async function check(conv: ConvCase, index: number): Promise<void> {
  const shapes = [conv.x, conv.kernel, [conv.kernel[3]], outputShape(conv)] as const;
  const [x, kernel, bias, dy] = shapes.map((shape, i) => noise(shape, `${index}, ${i}`)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const expected = convolve(conv, x, kernel, bias, dy);
  const args = [x, kernel, bias].map((data, i) => tensor(data, shapes[i]!));
  const weights = tensor(dy, shapes[3]);
  const made = tidy(() => {
    const convolved = () => conv2d(args[0]!, args[1]!, args[2], { stride: conv.stride, padding: conv.padding });
    const { grads } = valueAndGrads(() => ({ value: sum(mul(convolved(), weights)) }), args);
    return [convolved(), ...grads];
  });
  const context = `case ${index}: ${JSON.stringify(conv)}`;
  assertEquals([...made[0]!.shape], [...shapes[3]], context);
  const wanted = [expected.y, expected.dx, expected.dKernel, expected.dBias];
  for (const [i, tensor] of made.entries()) {
    const error = relativeError(await dataOf(tensor), wanted[i]!);
    assert(error <= 2e-5, `${context}, output ${i} differs by ${error}`);
  }
  dispose([...args, weights, ...made]);
}

for (const backend of BACKENDS.filter((name) => name === "wasm" || name === "native")) {
  Deno.test(`${CASES} random convolutions agree with the definition on ${backend}`, async () => {
    await chooseBackend(backend);
    await assertNoLeak(async () => {
      let done = 0;
      for (let index = 0; done < CASES; index++) {
        const conv = caseOf(index);
        if (!isUsable(conv)) continue;
        await check(conv, index);
        done++;
      }
    });
  });
}
