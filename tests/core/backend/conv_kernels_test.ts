import { chooseBackend } from "../../../core/backend/mod.ts";
import { startWasm } from "../../../core/backend/wasm.ts";
import { offsetOf, type WasmBackend } from "../../../core/backend/wasm_heap.ts";
import {
  conv2d,
  dataOf,
  dispose,
  square,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGrads,
} from "../../../core/tensor/mod.ts";
import { tf } from "../../../core/tensor/tf.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../backends.ts";
import { noise, relativeError } from "./conv_reference.ts";

const HEAP_BACKENDS = BACKENDS.filter((name) => name === "wasm" || name === "native");

type Shape = readonly [number, number, number, number];

function random(shape: readonly number[], name: string): Tensor {
  return tensor(noise(shape, name), shape);
}

/** Value and gradients of a convolution; the first two by minimal filtering, the third by patches. */
const STEPS: Readonly<Record<string, () => readonly Tensor[]>> = Object.fromEntries(
  ([
    ["filters of 3 x 3", [2, 30, 33, 16], [3, 3, 16, 24], 1],
    ["filters of 3 x 3 on many channels", [2, 16, 16, 130], [3, 3, 130, 70], 1],
    ["filters of 5 x 4", [2, 30, 33, 16], [5, 4, 16, 24], 2],
  ] as const).map(([name, images, filters, stride]) => [name, () => {
    const [x, kernel, bias] = [random(images, "x"), random(filters, "kernel"), random([filters[3]], "bias")];
    const { value, grads } = valueAndGrads(
      () => ({ value: sum(square(conv2d(x, kernel, bias, { stride, padding: 1 }))) }),
      [x, kernel, bias],
    );
    return [value, conv2d(x, kernel, bias, { stride, padding: 1 }), ...grads];
  }]),
);

async function run(work: () => readonly Tensor[]): Promise<readonly Float32Array[]> {
  const made = tidy(() => [...work()]);
  const data = await Promise.all(made.map(dataOf));
  dispose(made);
  return data;
}

/** Take memory until the next large tensor makes the heap grow. */
function fillHeap(backend: WasmBackend): readonly Tensor[] {
  const ballast: Tensor[] = [];
  for (const size of [2 ** 18, 2 ** 12, 2 ** 8]) {
    // The allocator may grow the heap a little early.
    for (let end = 0; end + 4 * size + 2 ** 16 <= backend.wasm.HEAPU8.byteLength;) {
      const tensor = tf.zeros([size]);
      ballast.push(tensor);
      end = Math.max(end, offsetOf(backend, tensor) + 4 * size);
    }
  }
  return ballast;
}

for (const backend of HEAP_BACKENDS) {
  for (const [name, step] of Object.entries(STEPS)) {
    Deno.test(`convolutions with ${name} on ${backend} repeat to the bit, also while the heap grows`, async () => {
      await chooseBackend(backend);
      const { backend: heap } = await startWasm();
      await chooseBackend(backend);
      await assertNoLeak(async () => {
        const expected = await run(step);
        assertEquals(await run(step), expected);
        const ballast = fillHeap(heap);
        const before = heap.wasm.HEAPU8.buffer;
        const grown = await run(step);
        assert(heap.wasm.HEAPU8.buffer !== before, "the heap did not grow");
        assertEquals(grown, expected);
        dispose(ballast);
      });
    });
  }
}

/** Bytes of the largest tensor that is made on the heap. */
async function largestTensor(work: () => void): Promise<number> {
  const { backend } = await startWasm();
  const { makeOutput } = backend;
  let largest = 0;
  backend.makeOutput = (shape, dtype) => {
    largest = Math.max(largest, 4 * shape.reduce((a, b) => a * b, 1));
    return makeOutput.call(backend, shape, dtype);
  };
  try {
    work();
  } finally {
    backend.makeOutput = makeOutput;
  }
  return largest;
}

const LARGE: readonly (readonly [x: Shape, kernel: Shape, megabytes: number])[] = [
  // All patches would take 256 MB, all planes 46 MB; the images themselves take 10 MB.
  [[1, 400, 400, 16], [5, 5, 16, 4], 11],
  [[1, 400, 400, 16], [3, 3, 16, 4], 11],
  // The filters take 9 MB, as planes 36 MB; those of twice the size are not made into planes any more.
  [[1, 16, 16, 512], [3, 3, 512, 448], 50],
  [[1, 16, 16, 512], [3, 3, 512, 896], 20],
];

for (const backend of HEAP_BACKENDS) {
  Deno.test(`convolutions on ${backend} work in little memory`, async () => {
    await startWasm();
    await chooseBackend(backend);
    for (const [x, kernel, megabytes] of LARGE) {
      const bytes = await largestTensor(() =>
        tidy(() => {
          const args = [tf.ones([...x]), tf.ones([...kernel])] as const;
          valueAndGrads(() => ({ value: sum(conv2d(...args, undefined, { padding: 1 })) }), args);
        })
      );
      assert(bytes <= 1e6 * megabytes, `${bytes} bytes for [${x}] by [${kernel}]`);
    }
  });
}

type Images = tf.Tensor4D;

/** What tfjs itself calls, on the cpu backend and on another. */
async function assertSame(backend: typeof BACKENDS[number], work: () => readonly Tensor[]): Promise<void> {
  await chooseBackend("cpu");
  const expected = await run(work);
  await chooseBackend(backend);
  const actual = await run(work);
  actual.forEach((data, i) => assert(relativeError(data, Float64Array.from(expected[i]!)) <= 1e-5, `output ${i}`));
}

for (const backend of HEAP_BACKENDS) {
  Deno.test(`tfjs' own convolutions on ${backend} have gradients that agree with cpu`, async () => {
    await assertSame(backend, () => {
      const x = random([2, 9, 8, 9], "x") as Images;
      const filter = random([3, 3, 9, 5], "filter") as Images;
      const loss = (images: Tensor, filters: Tensor): tf.Scalar =>
        tf.sum(tf.square(tf.conv2d(images as Images, filters as Images, [2, 1], "same")));
      const transposed = tf.conv2dTranspose(random([2, 9, 8, 5], "y") as Images, filter, [2, 9, 8, 9], 1, "same");
      return [...tf.grads(loss)([x, filter]), transposed];
    });
  });

  Deno.test(`convolutions that are dilated or end in an activation agree with cpu on ${backend}`, async () => {
    await assertSame(backend, () => {
      const x = random([2, 9, 8, 9], "x") as Images;
      const filter = random([3, 3, 9, 5], "filter") as Images;
      const bias = random([5], "bias");
      return [
        tf.conv2d(x, filter, 1, "same", "NHWC", 2),
        tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias, activation: "relu" }),
        tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias }),
      ];
    });
  });

  Deno.test(`convolutions on ${backend} refuse shapes that do not fit instead of reading beyond them`, async () => {
    await chooseBackend(backend);
    await assertNoLeak(() => {
      const attributes = { strides: 1, pad: "same", dataFormat: "NHWC" };
      const call = (name: string, inputs: Record<string, readonly number[]>, attrs: Record<string, unknown>): void => {
        const tensors = Object.fromEntries(Object.entries(inputs).map(([key, shape]) => [key, tf.zeros([...shape])]));
        tf.engine().runKernel(name, tensors, { ...attributes, ...attrs } as unknown as tf.NamedAttrMap);
      };
      const refused = (message: string, work: () => void): void =>
        void assertThrows(() => tidy(work), TypeError, message);
      const [x, filter, dy] = [[1, 8, 8, 8], [3, 3, 8, 4], [1, 8, 8, 4]];
      refused(
        "derivative of its output has shape [1,8,7,4]",
        () => call("Conv2DBackpropInput", { dy: [1, 8, 7, 4], filter: filter! }, { inputShape: x }),
      );
      refused(
        "derivative of its output has shape [1,8,8,5]",
        () => call("Conv2DBackpropFilter", { x: x!, dy: [1, 8, 8, 5] }, { filterShape: filter }),
      );
      refused(
        "filters [3,3,9,4]",
        () => call("Conv2DBackpropInput", { dy: dy!, filter: [3, 3, 9, 4] }, { inputShape: x }),
      );
      refused(
        "in format NCHW",
        () => call("Conv2DBackpropFilter", { x: x!, dy: dy! }, { filterShape: filter, dataFormat: "NCHW" }),
      );
      refused(
        "bias of shape [3]",
        () => call("FusedConv2D", { x: x!, filter: filter!, bias: [3] }, { dilations: 1, activation: "linear" }),
      );
      refused(
        "larger than the images",
        () => call("Conv2D", { x: [1, 1, 1, 8], filter: filter! }, { dilations: 1, pad: "valid" }),
      );
      refused("values of type int32", () => {
        const inputs = { x: tf.zeros(x!), dy: tf.zeros(dy!, "int32") };
        tf.engine().runKernel("Conv2DBackpropFilter", inputs, {
          ...attributes,
          filterShape: filter,
        } as unknown as tf.NamedAttrMap);
      });
    });
  });
}
