import { chooseBackend } from "../../../core/backend/mod.ts";
import {
  conv2d,
  type Conv2dOptions,
  dataOf,
  dispose,
  memory,
  mul,
  ones,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGrads,
  zeros,
} from "../../../core/tensor/mod.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { type ConvCase, convolve, noise, outputShape, relativeError } from "../backend/conv_reference.ts";
import { assertNoLeak, BACKENDS, forEachBackend } from "../backends.ts";
import { assertGradient } from "./finite_differences.ts";

type Shape = readonly [number, number, number, number];

function caseOf(x: Shape, kernel: Shape, { stride = 1, padding = "valid" }: Conv2dOptions = {}): ConvCase {
  return { x, kernel, stride, padding };
}

const WINDOWS = [[1, 1], [1, 3], [2, 2], [3, 3], [5, 4]] as const;
const PADDINGS = ["valid", "same", 0, 1, 3] as const;
const SIZES = [1, 3, 17, 63, 65] as const;

const CASES: readonly ConvCase[] = [
  ...WINDOWS.flatMap(([h, w]) =>
    [1, 2, 3].flatMap((stride) => PADDINGS.map((padding) => caseOf([2, 7, 6, 3], [h, w, 3, 2], { stride, padding })))
  ),
  ...SIZES.flatMap((side) => [
    caseOf([1, side, side, 3], [3, 3, 3, 2], { padding: 1 }),
    caseOf([3, side, 3, 9], [3, 3, 9, 5], { padding: "same" }),
    caseOf([2, 4, side, 8], [3, 3, 8, 9], { padding: 2 }),
    caseOf([2, 1, side, 4], [1, 1, 4, 9]),
  ]),
  ...SIZES.flatMap((channels) =>
    SIZES.map((filters) => caseOf([2, 5, 6, channels], [3, 3, channels, filters], { padding: 1 }))
  ),
  caseOf([0, 5, 6, 3], [3, 3, 3, 2], { padding: 1 }),
  caseOf([0, 17, 17, 16], [3, 3, 16, 16], { padding: "same" }),
  caseOf([0, 5, 6, 3], [2, 2, 3, 2], { stride: 2 }),
];

async function assertDefinition(conv: ConvCase, hasBias: boolean): Promise<void> {
  const shapes = [conv.x, conv.kernel, [conv.kernel[3]], outputShape(conv)] as const;
  const [x, kernel, bias, dy] = shapes.map((shape, i) => noise(shape, `${i}`)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const expected = convolve(conv, x, kernel, hasBias ? bias : bias.map(() => 0), dy);
  const args = [tensor(x, shapes[0]), tensor(kernel, shapes[1]), ...hasBias ? [tensor(bias, shapes[2])] : []];
  const made = tidy(() => {
    const { aux, grads } = valueAndGrads(() => {
      const y = conv2d(args[0]!, args[1]!, args[2], conv);
      return { value: sum(mul(y, tensor(dy, shapes[3]))), aux: [y] };
    }, args);
    return [...aux, ...grads];
  });
  const wanted = [expected.y, expected.dx, expected.dKernel, expected.dBias];
  const context = JSON.stringify(conv);
  assertEquals(made.map(({ shape }) => [...shape]), [shapes[3], ...shapes.slice(0, args.length)].map((s) => [...s]));
  for (const [i, tensor] of made.entries()) {
    const error = relativeError(await dataOf(tensor), wanted[i]!);
    assert(error <= 2e-5, `${context}, output ${i} differs by ${error}`);
  }
  dispose([...args, ...made]);
}

forEachBackend("conv2d() and its gradients are what the definition says", async () => {
  await assertNoLeak(async () => {
    for (const [i, conv] of CASES.entries()) await assertDefinition(conv, i % 2 === 0);
  });
});

function assertGradients(x: Shape, kernel: Shape, options: Conv2dOptions, tolerance?: number): Promise<void> {
  return assertNoLeak(() =>
    assertGradient(
      (images, filters, bias) => conv2d(images!, filters!, bias, options),
      [{ shape: x }, { shape: kernel }, { shape: [kernel[3]] }],
      tolerance,
    )
  );
}

forEachBackend("conv2d(): gradients equal finite differences", async () => {
  await assertGradients([2, 4, 3, 2], [3, 2, 2, 3], {});
  await assertGradients([1, 5, 4, 2], [3, 3, 2, 2], { stride: 2, padding: "same" });
  await assertGradients([1, 3, 4, 3], [1, 1, 3, 2], {});
});

for (const backend of BACKENDS.filter((name) => name === "wasm" || name === "native")) {
  Deno.test(`conv2d() by minimal filtering on ${backend}: gradients equal finite differences`, async () => {
    await chooseBackend(backend);
    // The finite difference multiplies what is rounded by 64.
    await assertGradients([1, 8, 15, 8], [3, 3, 8, 1], { padding: 1 }, 1e-2);
  });
}

forEachBackend("conv2d() pads like PyTorch by a number and like TensorFlow by name", async () => {
  const x = tensor([1, 2, 3, 4], [1, 1, 4, 1]);
  const kernel = tensor([1, 10, 100], [1, 3, 1, 1]);
  const values = async (options: Conv2dOptions): Promise<number[]> => {
    const out = conv2d(x, kernel, undefined, options);
    const data = [...await dataOf(out)];
    dispose([out]);
    return data;
  };
  assertEquals(await values({}), [321, 432]);
  assertEquals(await values({ padding: "same" }), [210, 321, 432, 43]);
  // Four columns at stride 2 need one column of zeros: TensorFlow puts it on the right, a number goes on both sides.
  assertEquals(await values({ padding: "same", stride: 2 }), [321, 43]);
  const padded = tensor([0, 1, 2, 3, 4, 0], [1, 1, 6, 1]);
  const out = conv2d(padded, kernel, undefined, { stride: 2 });
  assertEquals([...await dataOf(out)], [210, 432]);
  dispose([x, kernel, padded, out]);
});

forEachBackend("conv2d() refuses what does not fit, and leaves nothing behind", () => {
  const x = zeros([1, 4, 4, 3]);
  const kernel = zeros([3, 3, 3, 2]);
  const before = memory();
  const refused = (error: typeof TypeError | typeof RangeError, message: string, work: () => Tensor): void =>
    void assertThrows(() => tidy(work), error, message);
  refused(TypeError, "[1,4,4,3] with filters [3,3,2,2]", () => conv2d(x, zeros([3, 3, 2, 2])));
  refused(TypeError, "expected [B, H, W, C]", () => conv2d(zeros([4, 4, 3]), kernel));
  refused(TypeError, "filters [3,3,3,0]", () => conv2d(x, zeros([3, 3, 3, 0])));
  refused(TypeError, "bias of shape [3] to 2 filters", () => conv2d(x, kernel, ones([3])));
  refused(RangeError, "stride of 0", () => conv2d(x, kernel, undefined, { stride: 0 }));
  refused(RangeError, "stride of 1.5", () => conv2d(x, kernel, undefined, { stride: 1.5 }));
  refused(RangeError, "pad images by -1", () => conv2d(x, kernel, undefined, { padding: -1 }));
  refused(RangeError, "4 x 4 with filters of 5 x 3", () => conv2d(x, zeros([5, 3, 3, 2])));
  refused(RangeError, "0 x 4", () => conv2d(zeros([1, 0, 4, 3]), kernel, undefined, { padding: 2 }));
  assertEquals(memory(), before);
  dispose([x, kernel]);
});
