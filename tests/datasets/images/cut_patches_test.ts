import { DataError, hostArray } from "../../../core/mod.ts";
import { cutPatches, patchArray } from "../../../datasets/images/cut_patches.ts";
import type { ImageRegion, ImageSource } from "../../../datasets/images/image.ts";
import { openImage } from "../../../datasets/images/open_image.ts";
import type { PatchOptions } from "../../../datasets/images/patch.ts";
import { wholeImage } from "../../../datasets/images/whole_image.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { largestDifference, writtenByPython } from "./written.ts";

const ready = hasPython("tifffile", "PIL");

/** Places of which some are whole, some not, some near the border and one beyond it. */
const CENTRES = [[40, 30], [40.5, 30.25], [3, 4], [117, 95], [60.125, 50.875], [118.5, 2], [20, 20], [130, 50]];

const centres = hostArray(Float64Array.from(CENTRES.flat()), [CENTRES.length, 2]);

/** Cuts patches as this package's documentation says, from a finely divided image and with loops of its own. */
const REFERENCE = `
import tifffile
from PIL import Image
centres = ${JSON.stringify(CENTRES)}
image = picture(97, 120)

def pixel(array, x, y, fill):
    inside = 0 <= x < array.shape[1] and 0 <= y < array.shape[0]
    return array[y, x].astype(float) if inside else np.full(array.shape[2], float(fill))

def area(array, left, top, ratio, size, fill):
    padded = np.pad(array.astype(float), ((100, 100), (100, 100), (0, 0)), constant_values=fill)
    sums = np.pad(padded.cumsum(0).cumsum(1), ((1, 0), (1, 0), (0, 0)))
    def integral(x, y):
        x, y = x + 100, y + 100
        i, j = int(np.floor(x)), int(np.floor(y))
        u, v = x - i, y - j
        return ((1 - v) * ((1 - u) * sums[j, i] + u * sums[j, i + 1])
            + v * ((1 - u) * sums[j + 1, i] + u * sums[j + 1, i + 1]))
    out = np.zeros((size, size, array.shape[2]))
    for b in range(size):
        for a in range(size):
            x, y = left + a * ratio, top + b * ratio
            out[b, a] = (integral(x + ratio, y + ratio) - integral(x, y + ratio) - integral(x + ratio, y) + integral(x, y))
    return out / ratio ** 2

def bilinear(array, left, top, ratio, size, fill):
    out = np.zeros((size, size, array.shape[2]))
    for b in range(size):
        for a in range(size):
            x, y = left + (a + 0.5) * ratio - 0.5, top + (b + 0.5) * ratio - 0.5
            i, j = int(np.floor(x)), int(np.floor(y))
            u, v = x - i, y - j
            out[b, a] = ((1 - v) * ((1 - u) * pixel(array, i, j, fill) + u * pixel(array, i + 1, j, fill))
                + v * ((1 - u) * pixel(array, i, j + 1, fill) + u * pixel(array, i + 1, j + 1, fill)))
    return out

def cut(array, window, size, fill=255):
    rule = area if window >= size else bilinear
    patches = [rule(array, x - window / 2, y - window / 2, window / size, size, fill) for x, y in centres]
    return np.stack(patches)

def rounded(patches):
    return np.floor(patches + 0.5).clip(0, 255).astype(np.uint8)
`;

Deno.test({
  name: "cutPatches() resamples as its documentation says, at every ratio and over the border",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${REFERENCE}
tifffile.imwrite(path("image.tif"), image, photometric="rgb", tile=(16, 32))
for window, size in [(16, 16), (15, 15), (32, 16), (64, 16), (40, 16), (16.5, 16), (25, 11), (8, 16), (5, 16), (16, 17), (1, 1)]:
    expect(f"{window}/{size}", rounded(cut(image, window, size)))
expect("black", rounded(cut(image, 24, 8, 0)))
`);
    const image = await openImage(`${files.folder}/image.tif`);
    for (const [name, wanted] of Object.entries(files.expected)) {
      if (name === "black") continue;
      const [pixels, size] = name.split("/").map(Number) as [number, number];
      const found = await patchArray(await cutPatches(image, centres, { size, pixels }));
      // Halves of weighted means may fall to either side; whole ratios are exact.
      const tolerance = [1, 2, 4, 0.5].includes(pixels / size) ? 0 : 1;
      assert(largestDifference(found, wanted) <= tolerance, `${name}: ${largestDifference(found, wanted)}`);
    }
    const black = await cutPatches(image, centres, { size: 8, pixels: 24, fill: 0 });
    assert(largestDifference(await patchArray(black), files.expected["black"]!) <= 1);
    assertEquals([black.record.atBorder, black.record.outside], [4, 1]);
  },
});

Deno.test({
  name: "cutPatches() slices as NumPy, shrinks as Pillow's reduce and enlarges as Pillow's bilinear resize",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${REFERENCE}
Image.fromarray(image).save(path("image.png"))
inside = [(40, 30), (60, 50), (20, 20)]
expect("slice", np.stack([image[y - 8:y + 8, x - 8:x + 8] for x, y in inside]))
pillow = Image.fromarray(image)
box = lambda x, y, w: (x - w // 2, y - w // 2, x + w // 2, y + w // 2)
expect("reduce", np.stack([np.asarray(pillow.crop(box(x, y, 32)).reduce(4)) for x, y in inside]))
expect("resize", np.stack([np.asarray(pillow.resize((24, 24), Image.BILINEAR, box=box(x, y, 8))) for x, y in inside]))
`);
    const image = await openImage(`${files.folder}/image.png`);
    const inside = hostArray(Float32Array.of(40, 30, 60, 50, 20, 20), [3, 2]);
    const cut = async (options: PatchOptions): ReturnType<typeof patchArray> =>
      await patchArray(await cutPatches(image, inside, options));
    assertEquals(largestDifference(await cut({ size: 16 }), files.expected["slice"]!), 0);
    // Pillow counts in whole numbers and in fixed point.
    assert(largestDifference(await cut({ size: 8, pixels: 32 }), files.expected["reduce"]!) <= 1);
    assert(largestDifference(await cut({ size: 24, pixels: 8 }), files.expected["resize"]!) <= 1);
  },
});

Deno.test({
  name: "cutPatches() measures in µm, scales coordinates, and reads the coarsest level that is fine enough",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${REFERENCE}
large = picture(388, 480)
half = np.floor(large.reshape(194, 2, 240, 2, 3).mean((1, 3)) + 0.5).astype(np.uint8)
quarter = np.floor(large.reshape(97, 4, 120, 4, 3).mean((1, 3)) + 0.5).astype(np.uint8)
with tifffile.TiffWriter(path("pyramid.ome.tif")) as tif:
    meta = {"axes": "YXS", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
    tif.write(large, subifds=2, photometric="rgb", tile=(64, 64), metadata=meta)
    for level in [half, quarter]:
        tif.write(level, subfiletype=1, photometric="rgb", tile=(64, 64), metadata=None)
expect("level 0", rounded(np.stack([area(large, 4 * x - 24, 4 * y - 24, 3, 16, 255) for x, y in centres])))
expect("level 2", rounded(np.stack([area(quarter, x - 32, y - 32, 4, 16, 255) for x, y in centres])))
`);
    const image = await openImage(`${files.folder}/pyramid.ome.tif`);
    const fine = await cutPatches(image, centres, { size: 16, microns: 24, scale: 4, level: 0 });
    assertEquals(fine.record.window, [48, 48]);
    assertEquals(fine.record.micronsPerPixel, [1.5, 1.5]);
    assert(largestDifference(await patchArray(fine), files.expected["level 0"]!) <= 1);
    const coarse = await cutPatches(image, centres, { size: 16, microns: 128, scale: 4 });
    assertEquals([coarse.record.level, coarse.record.rules[0]], [2, "area"]);
    assert(largestDifference(await patchArray(coarse), files.expected["level 2"]!) <= 1);
    const chosen = async (microns: number): Promise<number> =>
      (await cutPatches(image, centres, { size: 16, microns })).record.level;
    assertEquals([await chosen(4), await chosen(8), await chosen(15.9), await chosen(16), await chosen(32)], [
      0,
      0,
      0,
      1,
      2,
    ]);
  },
});

Deno.test({
  name: "cutPatches() maps 16 bits to 8 by given and by measured ranges, channel by channel",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${REFERENCE}
deep = picture(97, 120, 3, np.uint16, 1) // np.array([1, 4, 16], np.uint16)
tifffile.imwrite(path("deep.ome.tif"), np.moveaxis(deep, -1, 0), photometric="minisblack", tile=(32, 32),
    metadata={"axes": "CYX", "Channel": {"Name": ["a", "b", "c"]}})
def scaled(low, high):
    values = np.floor((cut(deep, 16, 16, 0) - low) * (255 / (high - low)) + 0.5)
    return values.clip(0, 255).astype(np.uint8)
low, high = (np.percentile(deep.reshape(-1, 3), q, axis=0, method="inverted_cdf") for q in [0.1, 99.9])
expect("ranges", np.stack([low, high]).astype(np.uint16))
inside = np.array([0, 1, 4, 6])
expect("measured", scaled(low.astype(float), high.astype(float))[inside])
expect("given", scaled(1000.0, 30000.0)[inside][..., [2, 0]])
`);
    const image = await openImage(`${files.folder}/deep.ome.tif`);
    const inside = hostArray(Float64Array.from([0, 1, 4, 6].flatMap((row) => CENTRES[row]!)), [4, 2]);
    const measured = await cutPatches(image, inside, { size: 16 });
    const { values } = files.expected["ranges"]!;
    assertEquals(measured.record.ranges, [0, 1, 2].map((c) => [values[c]!, values[3 + c]!] as const));
    assert(largestDifference(await patchArray(measured), files.expected["measured"]!) <= 1);
    const given = await cutPatches(image, inside, { size: 16, range: [1000, 30000], channels: ["c", "a"] });
    assertEquals(given.record.channels, ["c", "a"]);
    assert(largestDifference(await patchArray(given), files.expected["given"]!) <= 1);
    const real = wholeImage("real", "tiff", hostArray(new Float32Array(400), [20, 20, 1]), "float32");
    const one = hostArray(Float32Array.of(5, 5), [1, 2]);
    await assertRejects(() => cutPatches(real, one, { size: 4 }), DataError, "its float32 values need a range");
  },
});

/** An image that is computed when it is asked for, and notes what was. */
function endlessImage(side: number): { readonly image: ImageSource; readonly regions: ImageRegion[] } {
  const regions: ImageRegion[] = [];
  const image: ImageSource = {
    name: "computed",
    format: "tiff",
    shape: [side, side, 1],
    dtype: "uint8",
    channels: ["grey"],
    levels: [{ width: side, height: side, downsample: [1, 1], block: [256, 256] }],
    read: (region) => {
      regions.push(region);
      const data = new Uint8Array(region.width * region.height);
      for (let y = 0, i = 0; y < region.height; y++) {
        for (let x = 0; x < region.width; x++) data[i++] = (region.x + x) * 7 + (region.y + y) * 13;
      }
      return Promise.resolve(hostArray(data, [region.height, region.width, 1]));
    },
  };
  return { image, regions };
}

Deno.test("cutPatches() sweeps a large image by regions of bounded size, whatever the order of the centres", async () => {
  const side = 20_000;
  const { image, regions } = endlessImage(side);
  const count = 4000;
  const places = Float64Array.from({ length: count * 2 }, (_, i) => (i * 7919 + (i % 2) * 104_729) * 613 % side);
  const cut = await cutPatches(image, hostArray(places, [count, 2]), { size: 8 });
  const seen = new Set<number>();
  for await (const { row, pixels } of cut.patches()) {
    seen.add(row);
    const [x, y] = [places[row * 2]! - 4, places[row * 2 + 1]! - 4];
    if (x < 0 || y < 0 || x + 8 > side || y + 8 > side) continue;
    assertEquals(pixels[8 * 3 + 5], ((x + 5) * 7 + (y + 3) * 13) & 255);
  }
  assertEquals(seen.size, count);
  const largest = Math.max(...regions.map(({ width, height }) => width * height));
  assert(largest < 2 ** 21, `a region of ${largest} pixels`);
  const total = regions.reduce((sum, { width, height }) => sum + width * height, 0);
  assert(total < 1.2 * side * side, `${total} pixels were read of ${side * side}`);
});

Deno.test("cutPatches() refuses options that do not fit the image in one sentence", async () => {
  const image = wholeImage("he.png", "png", hostArray(new Uint8Array(1200), [20, 20, 3]), "uint8");
  const refused: readonly (readonly [Partial<PatchOptions>, string])[] = [
    [{ size: 0 }, "size is 0, expected a whole number from 1 on"],
    [{ microns: 10 }, "it does not say how large its pixels are, give --microns-per-pixel or --pixels"],
    [{ microns: 10, pixels: 4 }, "give microns or pixels, not both"],
    [{ scale: -1 }, "scale is -1, expected a positive number"],
    [{ fill: 256 }, "fill is 256, expected a whole number from 0 to 255"],
    [{ level: 1 }, "level is 1, expected one of 0 to 0"],
    [{ range: [5, 5] }, "range is 5,5, expected LOW,HIGH with LOW below HIGH"],
    [{ channels: ["DAPI"] }, 'it has no channel "DAPI", its channels are red, green, blue'],
    [{ scale: 100 }, "all 1 centres lie outside its 20 x 20 pixels, the first at 500.0, 700.0, check --scale"],
  ];
  const one = hostArray(Float32Array.of(5, 7), [1, 2]);
  for (const [options, problem] of refused) {
    await assertRejects(() => cutPatches(image, one, { size: 4, ...options }), DataError, `"he.png": ${problem}`);
  }
  const lost = hostArray(Float32Array.of(5, 7, 1, NaN), [2, 2]);
  await assertRejects(() => cutPatches(image, lost, { size: 4 }), DataError, "the centre of row 1 has coordinate NaN");
  const line = hostArray(Float32Array.of(5, 7), [2]);
  await assertRejects(() => cutPatches(image, line, { size: 4 }), DataError, "centres have shape [2], expected [N, 2]");
});
