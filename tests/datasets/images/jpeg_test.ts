import { DataError } from "../../../core/mod.ts";
import { openImage } from "../../../datasets/images/open_image.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { largestDifference, writtenByPython } from "./written.ts";

const ready = hasPython("PIL");

Deno.test({
  name: "openJpeg() decodes baseline and progressive files to the very pixels of Pillow",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`
from PIL import Image
rgb = picture(137, 153)
def save(name, image, **options):
    image.save(path(name), **options)
    expect(name, np.asarray(Image.open(path(name))))
for subsampling in range(3):
    save(f"s{subsampling}.jpg", Image.fromarray(rgb), quality=85, subsampling=subsampling)
save("progressive.jpg", Image.fromarray(rgb), quality=70, progressive=True)
save("restarts.jpg", Image.fromarray(rgb), quality=95, optimize=True)
save("grey.jpg", Image.fromarray(rgb[..., 1]), quality=90)
exif = Image.Exif()
exif[0x0112] = 6
save("turned.jpg", Image.fromarray(rgb), exif=exif)
`);
    assertEquals(Object.keys(files.expected).length, 7);
    for (const [name, wanted] of Object.entries(files.expected)) {
      const image = await openImage(`${files.folder}/${name}`);
      const [height, width] = image.shape;
      assertEquals(largestDifference(await image.read({ x: 0, y: 0, width, height }, 0), wanted), 0, name);
    }
  },
});

Deno.test({
  name: "openJpeg() reads a real slide overview as Pillow does",
  ignore: !(ready && hasShared),
  fn: async () => {
    const path = sharedPath("data/her2-breast-cancer-st-he/images/C2_overview.jpg").pathname;
    const image = await openImage(path);
    const [height, width] = image.shape;
    const { data } = await image.read({ x: 0, y: 0, width, height }, 0);
    const sums = runPython(
      `
import json, sys
import numpy as np
from PIL import Image
pixels = np.asarray(Image.open(sys.argv[1])).astype(np.int64).ravel()
print(json.dumps([int(pixels.sum()), int((pixels * (np.arange(pixels.size) % 1009)).sum())]))`,
      [path],
    );
    const found = [0, 0];
    data.forEach((value, i) => {
      found[0]! += value;
      found[1]! += value * (i % 1009);
    });
    assertEquals(found, sums);
  },
});

Deno.test({
  name: "openJpeg() refuses truncated files and print colours",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`
from PIL import Image
Image.fromarray(picture(137, 153)).save(path("rgb.jpg"))
Image.fromarray(picture(20, 20)).convert("CMYK").save(path("cmyk.jpg"))
`);
    const bytes = await Deno.readFile(`${files.folder}/rgb.jpg`);
    const path = `${files.folder}/bad.jpg`;
    for (const [length, problem] of [[30, "no complete header"], [bytes.length - 400, "truncated"]] as const) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      await assertRejects(() => openImage(path), DataError, problem);
    }
    await assertRejects(() => openImage(`${files.folder}/cmyk.jpg`), DataError, "the JPEG has 4 components");
  },
});
