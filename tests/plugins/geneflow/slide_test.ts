import {
  add,
  type Data,
  DataError,
  hostArray,
  inMemory,
  memory,
  mul,
  rng,
  type SlideImage,
  tidy,
  zeros,
} from "../../../core/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { pictureMethod } from "../../../plugins/geneflow/method.ts";
import { drawPictures } from "../../../plugins/geneflow/samples.ts";
import { blendOf } from "../../../plugins/geneflow/slide/blend.ts";
import { slideField } from "../../../plugins/geneflow/slide/field.ts";
import { layOutGrid } from "../../../plugins/geneflow/slide/layout.ts";
import { assert, assertEquals, assertLess, assertRejects } from "../../assert.ts";
import { assertNoLeak } from "../../core/backends.ts";
import { CHANNELS, configOf, drawn, fastBackend, GENES, grid, noisyParams, SHAPE, SIDE, tissue } from "./slides.ts";

const MODELS: Readonly<Record<string, Record<string, unknown>>> = {
  "heun": {},
  "dopri5": { sampling: { solver: "dopri5" } },
  "the released solver": { sampling: { solver: "dopri5-released" } },
  "diffusion": { model: "diffusion" },
  "regression": { model: "regression" },
};

for (const [name, changes] of Object.entries(MODELS)) {
  Deno.test(`a slide of one tile is the plain image: ${name}`, async () => {
    await fastBackend();
    await assertNoLeak(async () => {
      const config = configOf(changes);
      for (const several of [false, true]) {
        const data = tissue([[4, 4]], several);
        const slide = await drawn(config, data, { region: { x: 0, y: 0, width: SIDE, height: SIDE } });
        assertEquals(slide.pixels.shape, [SIDE, SIDE, CHANNELS]);
        const params = noisyParams(config, data);
        const { data: genes } = await data.sections[0]!.parts["x"]!.read();
        const count = several ? 2 : 1;
        const { images } = await drawPictures(pictureMethod(config, data.spec), config, {
          params,
          pictures: {
            expression: hostArray(Float32Array.from(genes), [1, count, GENES]),
            cells: hostArray(Float32Array.of(1, 0).subarray(0, count), [1, count]),
          },
          shape: SHAPE,
          rng: rng(4).fold("image"),
          first: 0,
        });
        disposeTree(params);
        const plain = Uint8Array.from(images.data, (value) => Math.round(255 * value));
        // Padding with a second cell is summed in another order.
        const worst = Math.max(...plain.map((value, at) => Math.abs(value - slide.pixels.data[at]!)));
        assert(worst <= (several ? 1 : 0), `grey values differ by ${worst}`);
        assert(new Set(slide.pixels.data).size > 20, "the image shows nothing");
      }
    });
  });
}

/** Largest difference of two slides over the pixels that are at least so far inside the second. */
function difference(a: SlideImage, b: SlideImage, margin: number): number {
  const [height, width] = b.pixels.shape as [number, number, number];
  const [dx, dy] = [b.origin[0] - a.origin[0], b.origin[1] - a.origin[1]];
  let worst = -1;
  for (let y = margin; y < height - margin; y++) {
    for (let x = margin; x < width - margin; x++) {
      for (let c = 0; c < CHANNELS; c++) {
        const of = a.pixels.data[((y + dy) * a.pixels.shape[1]! + x + dx) * CHANNELS + c]!;
        worst = Math.max(worst, Math.abs(of - b.pixels.data[(y * width + x) * CHANNELS + c]!));
      }
    }
  }
  return worst;
}

for (const several of [false, true]) {
  const kind = several ? "of all cells of a tile" : "of single cells";
  Deno.test(`a slide ${kind} does not depend on batches, the order of cells, or the region that is drawn`, async () => {
    await fastBackend();
    const config = configOf({ sampling: { solver: "euler", steps: 2, batch: 5 } });
    const data = grid(56, 6, several);
    const whole = await drawn(config, data);
    const other = await drawn(configOf({ sampling: { solver: "euler", steps: 2, batch: 64 } }), data);
    assertEquals([other.pixels.shape, other.origin], [whole.pixels.shape, whole.origin]);
    // Products of matrices of other sizes round differently; a grey value may fall on the other side of a half.
    assert(difference(whole, other, 0) <= 1);
    const [section] = data.sections as [Data["sections"][number]];
    const turned = async (part: string) => {
      const { data: values, shape } = await section.parts[part]!.read();
      const width = values.length / shape[0]!;
      const rows = Array.from({ length: shape[0]! }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
      return inMemory(hostArray(Float32Array.from(rows.reverse().flat()), shape));
    };
    const parts = { ...section.parts, x: await turned("x"), pos: await turned("pos") };
    const reversed = await drawn(config, { ...data, sections: [{ ...section, parts }] });
    assertLess(difference(whole, reversed, 0), 2);
    // Two steps carry what is missing at the border two tiles inwards, no further.
    const part = await drawn(config, data, { region: { x: 5, y: 1, width: 40, height: 44 } });
    assertEquals([part.origin, part.pixels.shape], [[5, 1], [44, 40, CHANNELS]]);
    assert(difference(whole, part, 2 * SIDE) <= 1 && difference(whole, part, 2 * SIDE) >= 0);
    assert(difference(whole, part, 0) > 1, "the margin is not needed: nothing crosses tiles");
  });
}

/** Mean step of grey values between columns, and between rows, at each place of the grid of tiles. */
function stepsByPlace({ pixels }: SlideImage, period: number, margin: number): readonly number[] {
  const [height, width, channels] = pixels.shape as [number, number, number];
  const at = (y: number, x: number, c: number): number => pixels.data[(y * width + x) * channels + c]!;
  const [sum, count] = [new Float64Array(period), new Float64Array(period)];
  for (let y = margin; y < height - margin; y++) {
    for (let x = margin; x < width - margin; x++) {
      for (let c = 0; c < channels; c++) {
        sum[x % period]! += Math.abs(at(y, x, c) - at(y, x - 1, c));
        sum[y % period]! += Math.abs(at(y, x, c) - at(y - 1, x, c));
        count[x % period]!++;
        count[y % period]!++;
      }
    }
  }
  return Array.from(sum, (value, i) => value / count[i]!);
}

/** Steps at the borders of tiles against the mean of the others. */
function seam(slide: SlideImage, period: number): number {
  const [border, ...inside] = stepsByPlace(slide, period, SIDE) as [number, ...number[]];
  return border / (inside.reduce((a, b) => a + b, 0) / inside.length);
}

Deno.test("tiles that overlap leave no seam, tiles that merely touch do", async () => {
  await fastBackend();
  for (const changes of [{ model: "regression" }, {}]) {
    const config = configOf({ ...changes, sampling: { solver: "heun", steps: 3, batch: 32 } });
    const apart = seam(await drawn(config, grid(72, 8, true), { overlap: 0 }, 0.4), SIDE);
    assert(apart > 1.05, `tiles side by side: ${apart}`);
    assertLess(seam(await drawn(config, grid(72, 8, true), { overlap: 0.5 }, 0.4), SIDE / 2), 1.02);
    // Tiles around cells 4 px apart begin and end every 4 px, the first with the image.
    assertLess(seam(await drawn(config, grid(72, 4), {}, 0.4), 4), 1.02);
  }
});

Deno.test("the memory of a slide grows with its pixels, not with its tiles", async () => {
  await fastBackend();
  const peak = (side: number): readonly [bytes: number, tiles: number] => {
    const cells = grid(side, 4).sections[0]!;
    const count = Math.floor(side / 4);
    const places = {
      x: Float64Array.from({ length: cells.rows }, (_, i) => (i % count + 0.5) * 4),
      y: Float64Array.from({ length: cells.rows }, (_, i) => (Math.floor(i / count) + 0.5) * 4),
    };
    const layout = layOutGrid(places, 0.5, { shape: SHAPE });
    let most = 0;
    const field = slideField({
      layout,
      blend: blendOf(layout),
      batch: 4,
      field: () => ({ img }) => {
        // A network holds many times what it is given.
        const layers = Array.from({ length: 40 }, (_, i) => mul(img, i));
        most = Math.max(most, memory().numBytes);
        return { img: layers.reduce((a, b) => add(a, b)) };
      },
    });
    const before = memory().numBytes;
    tidy(() => {
      field({ img: zeros([1, layout.canvas.height, layout.canvas.width, CHANNELS]) }, zeros([1]));
    });
    assertEquals(memory().numBytes, before);
    return [most - before, layout.tiles.length];
  };
  const [small, few] = peak(32);
  const [large, many] = peak(128);
  assert(many > 12 * few);
  const pixels = 4 * CHANNELS * 140 ** 2;
  assertLess(large - small, 6 * pixels);
});

Deno.test("images of several cells share cells, which are drawn once; places without a tile are background", async () => {
  await fastBackend();
  const base = tissue([[4, 4], [12, 4], [60, 60]]);
  const [section] = base.sections as [Data["sections"][number]];
  const genes = (await section.parts["x"]!.read()).data;
  const [a, b, c] = [0, 1, 2].map((i) => [...genes.subarray(i * GENES, (i + 1) * GENES)]);
  const padding = [0, 0, 0, 0];
  const several: Data = {
    ...base,
    spec: {
      ...base.spec,
      parts: { ...base.spec.parts, x: { shape: [2, GENES], unit: "" }, pos: { shape: [2, 2], unit: "px" } },
    },
    sections: [{
      ...section,
      parts: {
        ...section.parts,
        x: inMemory(hostArray(Float32Array.from([a, b, b, padding, padding, c].flat() as number[]), [3, 2, GENES])),
        pos: inMemory(hostArray(Float32Array.of(4, 4, 12, 4, 12, 4, NaN, NaN, NaN, NaN, 60, 60), [3, 2, 2])),
      },
    }],
  };
  const config = configOf({ sampling: { solver: "euler", steps: 1 } });
  const slide = await drawn(config, several);
  assertEquals([slide.origin, slide.pixels.shape], [[0, 0], [64, 64, CHANNELS]]);
  assertEquals(slide.notes, ["9 tiles of 8 x 8 pixels, 1 network evaluations each"]);
  const at = (
    x: number,
    y: number,
  ): readonly number[] => [...slide.pixels.data.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3)];
  assertEquals(at(32, 32), [255, 255, 255]);
  assert(at(4, 4).join() !== "255,255,255");
  const dark = await drawn(configOf({ nuclei: { stain: "bright" } }), several);
  assertEquals([...dark.pixels.data.subarray((32 * 64 + 32) * 3, (32 * 64 + 32) * 3 + 3)], [0, 0, 0]);
});

Deno.test("slides that cannot be drawn are refused in one sentence", async () => {
  await fastBackend();
  const data = grid(16, 8);
  const [section] = data.sections as [Data["sections"][number]];
  await assertRejects(
    () => drawn(configOf({}), data, { overlap: 0.5 }),
    DataError,
    "the model draws images of single cells, whose tiles lie around the cells; leave out --overlap",
  );
  await assertRejects(
    () => drawn(configOf({}), data, { section: "b" }),
    DataError,
    'Cannot find section "b" in "tiny slide", ',
  );
  const { pos: _, ...unplaced } = data.spec.parts;
  await assertRejects(
    () => drawn(configOf({}), { ...data, spec: { ...data.spec, parts: unplaced } }),
    DataError,
    'the part "pos" has shape none per row, expected [2]',
  );
  const nowhere = inMemory(hostArray(new Float32Array(2 * section.rows).fill(NaN), [section.rows, 2]));
  await assertRejects(
    () => drawn(configOf({}), { ...data, sections: [{ ...section, parts: { ...section.parts, pos: nowhere } }] }),
    DataError,
    "none of its 4 rows has a place",
  );
  const timed = { ...data, spec: { ...data.spec, times: [{ name: "now", value: 0, unit: "d" }] } };
  await assertRejects(
    () => drawn(configOf({ condition: "time", l1: { target: "none" } }), timed),
    DataError,
    'images are drawn for "time", expected a model of expression',
  );
});
