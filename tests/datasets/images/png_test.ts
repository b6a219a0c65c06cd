import { DataError } from "../../../core/mod.ts";
import { openImage } from "../../../datasets/images/open_image.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { largestDifference, writtenByPython } from "./written.ts";

const ready = hasPython("PIL");

Deno.test({
  name: "openPng() reads grey, colour, palette, few bits and 16 bits as Pillow does",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`
from PIL import Image
rgb = picture(37, 53)
for name, image in {
    "rgb.png": Image.fromarray(rgb), "grey.png": Image.fromarray(rgb[..., 0]), "bits.png": Image.fromarray(rgb).convert("1"),
    "rgba.png": Image.fromarray(picture(37, 53, 4)), "la.png": Image.fromarray(picture(37, 53, 4)).convert("LA"),
}.items():
    image.save(path(name))
    expect(name, np.asarray(image.convert("L") if image.mode == "1" else image))
deep = picture(37, 53, 1, np.uint16)[..., 0]
Image.fromarray(deep.astype(np.int32)).save(path("deep.png"))
expect("deep.png", deep)
for colours in [2, 4, 16, 200]:
    palette = Image.fromarray(rgb).quantize(colours)
    palette.save(path(f"palette{colours}.png"))
    expect(f"palette{colours}.png", np.asarray(palette.convert("RGB")))
`);
    assertEquals(Object.keys(files.expected).length, 10);
    for (const [name, wanted] of Object.entries(files.expected)) {
      const image = await openImage(`${files.folder}/${name}`);
      const pixels = await image.read({ x: 0, y: 0, width: 53, height: 37 }, 0);
      assertEquals(image.dtype, wanted.dtype, name);
      assertEquals(largestDifference(pixels, wanted), 0, name);
    }
    const image = await openImage(`${files.folder}/rgba.png`);
    assertEquals([image.format, ...image.channels], ["png", "red", "green", "blue", "alpha"]);
    const part = await image.read({ x: 50, y: 30, width: 3, height: 7 }, 0);
    assertEquals(part.data[4], files.expected["rgba.png"]!.values[(30 * 53 + 51) * 4]);
    await assertRejects(() => image.read({ x: 51, y: 30, width: 3, height: 7 }, 0), RangeError, "level 0 has 53 x 37");
  },
});

Deno.test({
  name: "openPng() notices damage, and sizes that do not fit in memory before it decodes",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`
from PIL import Image
Image.fromarray(picture(37, 53)).save(path("rgb.png"))
`);
    const bytes = await Deno.readFile(`${files.folder}/rgb.png`);
    const path = `${files.folder}/bad.png`;
    for (const length of [9, 30, 500, bytes.length - 13, bytes.length - 1]) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      await assertRejects(() => openImage(path), DataError, "the PNG is damaged, copy it again");
    }
    await Deno.writeFile(path, bytes.map((value, i) => i === 200 ? value ^ 1 : value));
    await assertRejects(() => openImage(path), DataError, "the PNG is damaged");
    const large = bytes.slice();
    new DataView(large.buffer).setUint32(16, 20_000);
    new DataView(large.buffer).setUint32(20, 30_000);
    await Deno.writeFile(path, large);
    await assertRejects(() => openImage(path), DataError, "20000 x 30000 pixels can only be decoded as a whole");
    await Deno.writeTextFile(path, "not an image");
    const error = await assertRejects(() => openImage(path), DataError, "its format is not known, expected TIFF");
    assert(error.message.includes(path));
  },
});
