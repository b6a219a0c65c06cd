import {
  adamW,
  constantSchedule,
  createTrainer,
  type Data,
  type HostArray,
  hostArray,
  inMemory,
  leaves,
  mergeConfig,
  rng,
  type Section,
  type Tensor,
  tensorAt,
  tidy,
} from "../../../core/mod.ts";
import { dispose } from "../../../core/tensor/mod.ts";
import { convolutionalEncoder } from "../../../plugins/stflow/images/image_network.ts";
import { nucleiOf, otsu } from "../../../plugins/stflow/images/nuclei.ts";
import { shrunkenPatches } from "../../../plugins/stflow/images/shrunken.ts";
import { stainsOf } from "../../../plugins/stflow/images/stains.ts";
import { patchStatistics, patchThumbnail } from "../../../plugins/stflow/images/statistics.ts";
import { middleOf, shrink } from "../../../plugins/stflow/images/window.ts";
import { stflowPlugin } from "../../../plugins/stflow/mod.ts";
import type { StSamples } from "../../../plugins/stflow/samples.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../../assert.ts";
import { forEachBackend } from "../../core/backends.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";
import { dataOf, GENES, madeSlide, SMALL, SPEC, trainedOn } from "./setup.ts";
import { valuesOf } from "./tiny.ts";

/** A patch of pink tissue with round dark nuclei of some radius. */
function patch(side: number, centres: readonly (readonly [number, number])[], radius = 3): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const inside = centres.some(([cx, cy]) => Math.hypot(x - cx, y - cy) <= radius);
      out.set(inside ? [90, 60, 140] : [230, 170, 200], 3 * (y * side + x));
    }
  }
  return out;
}

function patches(...all: readonly Uint8Array<ArrayBuffer>[]): HostArray<Uint8Array> {
  const side = Math.sqrt(all[0]!.length / 3);
  return hostArray(Uint8Array.from(all.flatMap((one) => [...one])), [all.length, side, side, 3]);
}

const FOUR = [[10, 10], [36, 12], [12, 36], [34, 34]] as const;

Deno.test("middleOf() and shrink() cut and average", () => {
  const data = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => i);
  const { planes, size } = middleOf(data, 0, 4, 0.5);
  assertEquals(size, 2);
  assertClose(planes[0], [15, 18, 27, 30].map((value) => value / 255), 1e-6);
  assertClose(shrink(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), 3, 1), [5], 1e-6);
  assertClose(shrink(Float32Array.of(1, 2, 3, 4), 2, 2), [1, 2, 3, 4], 0);
});

Deno.test("otsu() separates two groups, and a constant has no threshold inside", () => {
  const values = Float32Array.from({ length: 100 }, (_, i) => i < 30 ? 1 + (i % 3) * 0.01 : 5 + (i % 5) * 0.01);
  const threshold = otsu(values);
  assert(threshold > 1.02 && threshold < 5);
  assertEquals(otsu(Float32Array.of(2, 2)), 2);
});

Deno.test("nuclei are counted and measured", () => {
  const side = 48;
  const stains = stainsOf(middleOf(patch(side, FOUR), 0, side, 1));
  const { share, density, extent, contrast } = nucleiOf(stains.haematoxylin, side);
  assertAlmostEquals(share, (4 * 29) / (side * side), 1e-6);
  assertAlmostEquals(density, 4000 / (side * side), 1e-6);
  assertAlmostEquals(extent, Math.sqrt(29) / side, 1e-6);
  assert(contrast > 0.3, `${contrast}`);
  const none = nucleiOf(new Float32Array(16), 4);
  assertEquals([none.share, none.density, none.extent, none.contrast], [0, 0, 0, 0]);
});

Deno.test({
  name: "stains are those of the inverse of the dye matrix",
  ignore: !hasPython("numpy"),
  fn: () => {
    const side = 4;
    const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 37) % 256);
    const { haematoxylin, eosin } = stainsOf(middleOf(data, 0, side, 1));
    const expected = askPython(
      `
m = np.array([[0.650, 0.704, 0.286], [0.072, 0.990, 0.105], [0.268, 0.570, 0.776]])
m = m / np.linalg.norm(m, axis=1, keepdims=True)
x = np.array(d["x"]).reshape(-1, 3) / 255
out = (-np.log(np.maximum(1 / 255, x)) @ np.linalg.inv(m)).T.tolist()`,
      { x: Array.from(data) },
    ) as number[][];
    assertClose(haematoxylin, expected[0]!, 1e-4);
    assertClose(eosin, expected[1]!, 1e-4);
  },
});

Deno.test("patch statistics are finite, tell tissues apart, and do not see how the patch lies", async () => {
  const side = 48;
  const [one, other] = [patch(side, FOUR), patch(side, FOUR.slice(0, 2), 5)];
  const turned = new Uint8Array(one.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = 3 * (y * side + x);
      turned.set(one.subarray(from, from + 3), 3 * (x * side + (side - 1 - y)));
    }
  }
  const { data, shape } = await patchStatistics(patches(one, turned, other));
  const width = shape[1]!;
  assertEquals(shape, [3, width]);
  assert(data.every(Number.isFinite));
  const row = (i: number): Float32Array => data.subarray(i * width, (i + 1) * width);
  assertClose(row(1), row(0), 1e-5);
  assert(row(2).some((value, j) => Math.abs(value - row(0)[j]!) > 0.05));
  const flat = await patchStatistics(patches(new Uint8Array(48 * 48 * 3).fill(255)));
  assert(flat.data.every(Number.isFinite));
  assertEquals((await patchThumbnail(patches(one))).shape, [1, 192]);
  await assertRejects(
    () => patchStatistics(hostArray(new Uint8Array(24), [1, 2, 4, 3])),
    TypeError,
    "expected [n, side, side, 3]",
  );
});

Deno.test("shrunkenPatches() averages blocks and leaves small patches", () => {
  const grid = hostArray(Uint8Array.from({ length: 16 * 3 }, (_, i) => 3 * Math.floor(i / 3)), [1, 4, 4, 3]);
  const { data, shape } = shrunkenPatches(grid, 2);
  assertEquals(shape, [1, 2, 2, 3]);
  assertEquals(data[0], Math.round((0 + 3 + 12 + 15) / 4));
  assertEquals(shrunkenPatches(grid, 9).shape, [1, 4, 4, 3]);
});

forEachBackend("the convolutional encoder gives one row of features per patch", async () => {
  const encoder = convolutionalEncoder(3, [4, 6]);
  const got = await valuesOf(() => {
    const params = { image_encoder: encoder.init(rng(1)) };
    const images = rng(2).uniform([5, 12, 12, 3]).mul(255);
    return encoder.apply(params, "image_encoder", images);
  });
  assertEquals(got.length, 5 * 6);
  assert(got.every(Number.isFinite));
});

/** Slides whose genes follow the colour of their patches. */
function seenSlides(): Data {
  const of = (name: string, split: "train" | "test"): Section => {
    const slide = madeSlide(name, { split, spots: 40 });
    const [count, side] = [40, 12];
    const shades = rng(3).fold(name).host.uniform(count);
    const img = new Uint8Array(count * side * side * 3);
    const x = new Float32Array(count * GENES);
    for (let i = 0; i < count; i++) {
      img.fill(60 + 190 * shades[i]!, i * side * side * 3, (i + 1) * side * side * 3);
      for (let g = 0; g < GENES; g++) {
        x[i * GENES + g] = Math.log1p(Math.round(12 * (g === 1 ? 1 - shades[i]! : shades[i]!)));
      }
    }
    const parts = {
      img: inMemory(hostArray(img, [count, side, side, 3])),
      x: inMemory(hostArray(x, [count, GENES])),
    };
    return madeSlide(name, { split, spots: 40, parts: { ...slide.parts, ...parts } });
  };
  const img = { shape: [12, 12, 3], unit: "grey values, 0 to 255" };
  return dataOf([of("a", "train"), of("b", "train"), of("c", "test")], { ...SPEC, parts: { ...SPEC.parts, img } });
}

forEachBackend(
  "patches teach the network through statistics, a trained encoder and the user's own",
  async (backend) => {
    // The plain JavaScript backend is for tests of values, not of training.
    if (backend === "cpu") return;
    const data = seenSlides();
    const mine = stflowPlugin({
      shade: ({ data: pixels, shape }) => {
        const size = pixels.length / shape[0]!;
        const rows = Array.from({ length: shape[0]! }, (_, i) => pixels[i * size]! / 255 - 0.5);
        return Promise.resolve(hostArray(Float32Array.from(rows), [rows.length, 1]));
      },
    });
    for (const images of [["statistics"], ["convolution"], ["shade"]]) {
      const config = mergeConfig(SMALL, { images, convolution: { pixels: 8, channels: [4, 8] } }, "test");
      const model = mine.build(config, data.spec, await mine.prepare!(config, data, rng(0), () => {}));
      using trainer = createTrainer({
        trainable: model.trainable,
        batches: await model.batches(data, rng(1)),
        optimizer: adamW({ schedule: constantSchedule(8e-3), weightDecay: 0 }),
        rng: rng(2),
      });
      for (let i = 0; i < 60; i++) await trainer.advance();
      const trained = trainedOn(data, trainer.params);
      const samples = await model.sample(trained) as StSamples;
      const [pearson] = await model.evaluate(trained, samples);
      assert(pearson!.value > 0.5, `${images}: ${pearson!.value}`);
    }
  },
);

Deno.test("what is seen of a spot stands side by side", async () => {
  const data = seenSlides();
  const mine = stflowPlugin({
    bright: (lot) => Promise.resolve(hostArray(new Float32Array(lot.shape[0]!), [lot.shape[0]!, 1])),
  });
  const widths = [[["bright", "features"], 5], [["features", "convolution", "thumbnail"], 4 + 6 + 192]] as const;
  for (const [images, width] of widths) {
    const config = mergeConfig(SMALL, { images: [...images], convolution: { pixels: 4, channels: [6] } }, "test");
    const model = mine.build(config, data.spec, await mine.prepare!(config, data, rng(0), () => {}));
    const params = tidy(() => model.trainable.init(rng(0)));
    assertEquals(tensorAt(params, "image_transform/weight").shape[0], width);
    const { slides } = await model.sample(trainedOn(data, params)) as StSamples;
    assert(slides[0]!.mean.data.every(Number.isFinite));
    dispose(leaves<Tensor>(params));
  }
});

Deno.test("without image features there are no baselines, and the report says so", async () => {
  const data = seenSlides();
  const mine = stflowPlugin();
  const config = mergeConfig(SMALL, {
    images: ["convolution"],
    convolution: { pixels: 4, channels: [4] },
    baselines: ["ridge"],
  }, "test");
  const model = mine.build(config, data.spec, await mine.prepare!(config, data, rng(0), () => {}));
  const params = tidy(() => model.trainable.init(rng(0)));
  const notes: string[] = [];
  const { slides } = await model.sample(trainedOn(data, params, notes)) as StSamples;
  assertEquals(slides[0]!.baselines, {});
  assert(notes.some((note) => note.startsWith("no baselines: they need image features")));
  dispose(leaves<Tensor>(params));
});

Deno.test("an encoder that makes the wrong number of rows is refused", async () => {
  const wrong = stflowPlugin({ odd: () => Promise.resolve(hostArray(new Float32Array(3), [3, 1])) });
  const config = { ...SMALL, images: ["odd"] };
  await assertRejects(
    () => wrong.prepare!(config, seenSlides(), rng(0), () => {}),
    Error,
    'Cannot use image encoder "odd": it made [3,1] of 40 patches, expected [n, F]',
  );
});
