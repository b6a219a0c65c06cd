import {
  DataError,
  hostArray,
  onnxFeatures,
  type OnnxRuntime,
  type OnnxTensor,
  resizeImages,
  rng,
} from "../../../core/mod.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { onnxModel } from "./onnx_model.ts";

const ZOOM = `
import json, sys, numpy as np
from scipy.ndimage import zoom
x, factors = json.loads(sys.argv[1])
print(json.dumps(zoom(np.array(x), factors, order=1, mode="nearest", grid_mode=True).ravel().tolist()))
`;

Deno.test({
  name: "resizeImages() equals bilinear interpolation of scipy, larger and smaller",
  ignore: !hasPython("scipy"),
  fn: () => {
    const [height, width] = [6, 4];
    const values = rng(1).host.uniform(height * width);
    const rows = Array.from({ length: height }, (_, r) => [...values.subarray(r * width, (r + 1) * width)]);
    for (const [tall, wide] of [[9, 10], [3, 2], [6, 4], [12, 3], [1, 1]] as const) {
      const expected = runPython(ZOOM, [JSON.stringify([rows, [tall / height, wide / width]])]) as number[];
      const { data, shape } = resizeImages(hostArray(values, [1, height, width, 1]), tall, wide);
      assertEquals(shape, [1, tall, wide, 1]);
      assertClose(data, expected, 1e-6);
    }
  },
});

Deno.test("resizeImages() keeps images and channels apart, and one pixel fills any size", () => {
  const images = hostArray(Float32Array.of(1, 10, 2, 20), [2, 1, 1, 2]);
  assertEquals([...resizeImages(images, 2, 1).data], [1, 10, 1, 10, 2, 20, 2, 20]);
  assertThrows(() => resizeImages(images, 0, 1), RangeError, "expected positive sizes");
});

/** A runtime whose network gives each image's mean per channel, and remembers what it was given. */
function fakeRuntime(change: (made: OnnxTensor) => OnnxTensor = (made) => made): {
  readonly runtime: () => Promise<OnnxRuntime>;
  readonly seen: readonly OnnxTensor[];
} {
  const seen: OnnxTensor[] = [];
  const runtime = {
    Tensor: class {
      constructor(readonly type: "float32", readonly data: Float32Array, readonly dims: readonly number[]) {}
    },
    InferenceSession: {
      create: (path: string) =>
        path === "absent.onnx" ? Promise.reject(new Error("File doesn't exist")) : Promise.resolve({
          inputNames: ["images"],
          outputNames: ["features"],
          run({ images }: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>> {
            seen.push(images!);
            const [count, colours, tall, wide] = images!.dims as [number, number, number, number];
            const size = tall * wide;
            const data = Float32Array.from(
              { length: count * colours },
              (_, i) =>
                (images!.data as Float32Array).subarray(i * size, (i + 1) * size).reduce((a, b) => a + b) / size,
            );
            return Promise.resolve({ features: change({ data, dims: [count, colours, 1, 1] }) });
          },
        }),
    },
  } satisfies OnnxRuntime;
  return { runtime: () => Promise.resolve(runtime), seen };
}

const [COUNT, SIDE] = [5, 4];
const BYTES = Uint8Array.from({ length: COUNT * SIDE * SIDE * 3 }, (_, i) => (i * 37) % 256);
const IMAGES = hostArray(BYTES, [COUNT, SIDE, SIDE, 3]);
const PLAIN = { mean: [0, 0, 0], deviation: [1, 1, 1] } as const;

/** Mean of each channel of each image, as shares of white. */
const MEANS = Array.from({ length: COUNT * 3 }, (_, i) => {
  const own = BYTES.subarray(Math.floor(i / 3) * SIDE * SIDE * 3).subarray(0, SIDE * SIDE * 3);
  return own.filter((_, at) => at % 3 === i % 3).reduce((sum, value) => sum + value, 0) / (SIDE * SIDE * 255);
});

Deno.test("onnxFeatures() resizes, normalises and puts channels first, in batches of the size that was asked for", async () => {
  const { runtime, seen } = fakeRuntime();
  const features = onnxFeatures(runtime, {
    file: "a.onnx",
    side: SIDE,
    batch: 2,
    mean: [0.5, 0, 0],
    deviation: [0.5, 1, 2],
  });
  const { data, shape } = await features(IMAGES);
  assertEquals(shape, [COUNT, 3]);
  assertEquals(seen.map(({ dims }) => dims), [[2, 3, 4, 4], [2, 3, 4, 4], [2, 3, 4, 4]]);
  assertClose(data, MEANS.map((mean, i) => i % 3 === 0 ? (mean - 0.5) / 0.5 : i % 3 === 2 ? mean / 2 : mean), 1e-6);
  const grey = await onnxFeatures(runtime, { file: "a.onnx", side: 8, ...PLAIN })(
    hostArray(BYTES.slice(0, 16), [1, 4, 4, 1]),
  );
  assertEquals(seen.at(-1)!.dims, [1, 3, 8, 8]);
  assertEquals(new Set(grey.data).size, 1);
});

Deno.test("onnxFeatures() says what is wrong with a network", async () => {
  const broken = (
    change: (made: OnnxTensor) => OnnxTensor,
    more: { readonly file?: string; readonly output?: string } = {},
  ) => onnxFeatures(fakeRuntime(change).runtime, { file: "a.onnx", side: 4, ...more })(IMAGES);
  await assertRejects(() => broken((made) => made, { file: "absent.onnx" }), DataError, "File doesn't exist");
  await assertRejects(() => broken((made) => made, { output: "pool" }), DataError, "its outputs are features");
  await assertRejects(() => broken(({ data }) => ({ data, dims: [5, 1, 3, 1] })), DataError, "expected [5, F]");
  await assertRejects(() => broken(({ data }) => ({ data, dims: [1, 15] })), DataError, "expected [5, F]");
  await assertRejects(() => broken(() => ({ data: new Int32Array(15), dims: [5, 3] })), DataError, "no float32 values");
  const absent = onnxFeatures(() => Promise.reject(new Error("no such package")), { file: "a.onnx", side: 4 });
  await assertRejects(() => absent(IMAGES), DataError, "Cannot load ONNX Runtime for a.onnx: no such package");
});

const RUNTIME = "npm:onnxruntime-node@1.20.1";

/** A program of its own, so that the package stays out of this project's lock file. */
function program(file: string): string {
  const code = new URL("../../../core/", import.meta.url).href;
  return `
import { onnxFeatures } from "${code}images/onnx_features.ts";
import { hostArray } from "${code}host_array.ts";
const features = onnxFeatures(() => import(${JSON.stringify(RUNTIME)}), ${
    JSON.stringify({ file, side: SIDE, ...PLAIN })
  });
const { data, shape } = await features(hostArray(Uint8Array.from(${JSON.stringify([...BYTES])}), ${
    JSON.stringify(IMAGES.shape)
  }));
console.log(JSON.stringify({ data: [...data], shape }));
`;
}

async function withRuntime(
  source: string,
): Promise<{ readonly success: boolean; readonly out: string; readonly error: string }> {
  const path = `${await Deno.makeTempDir()}/program.ts`;
  await Deno.writeTextFile(path, source);
  const args = ["run", "-A", "--no-config", "--no-lock", "--no-check", "--cached-only", path];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const text = new TextDecoder();
  return { success, out: text.decode(stdout), error: text.decode(stderr) };
}

const HAS_RUNTIME = (await withRuntime(`await import(${JSON.stringify(RUNTIME)});`)).success;
if (!HAS_RUNTIME) console.warn(`SKIP: ${RUNTIME} is not cached, deno cache ${RUNTIME} makes the test run`);

Deno.test({
  name: "onnxFeatures() evaluates an ONNX file by ONNX Runtime",
  ignore: !HAS_RUNTIME,
  fn: async () => {
    const file = `${await Deno.makeTempDir()}/pool.onnx`;
    await Deno.writeFile(file, onnxModel("GlobalAveragePool", ["n", 3, SIDE, SIDE], ["n", 3, 1, 1]));
    const { success, out, error } = await withRuntime(program(file));
    assert(success, error);
    const { data, shape } = JSON.parse(out);
    assertEquals(shape, [COUNT, 3]);
    assertClose(data, MEANS, 1e-6);
    await Deno.writeTextFile(file, "no network");
    const broken = await withRuntime(program(file));
    assert(!broken.success && broken.error.includes("Cannot load the network"), broken.error);
  },
});
