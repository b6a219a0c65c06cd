import { createHash } from "node:crypto";
import { hostArray, type SlideImage } from "../../core/mod.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { hasPython, runPython } from "../python.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { openImage } from "../../datasets/images/open_image.ts";
import { slideFiles, writeSlide } from "../../experiments/slide_file.ts";
import { CheckpointError } from "../../core/errors.ts";

const [WIDTH, HEIGHT, CHANNELS] = [1101, 700, 2];

/** Grey values that tell the place and the channel. */
function valueAt(x: number, y: number, channel: number): number {
  return (x * 3 + y * 5 + channel * 90) % 256;
}

const IMAGE: SlideImage = {
  section: "S1",
  pixels: hostArray(
    Uint8Array.from({ length: WIDTH * HEIGHT * CHANNELS }, (_, at) => {
      const pixel = Math.floor(at / CHANNELS);
      return valueAt(pixel % WIDTH, Math.floor(pixel / WIDTH), at % CHANNELS);
    }),
    [HEIGHT, WIDTH, CHANNELS],
  ),
  channels: ["FKHR", "DNA"],
  origin: [-40, 8],
  scale: 4,
  unit: "µm of the section",
  notes: ["made for a test"],
};

Deno.test("writeSlide() writes all resolutions as means of 2 x 2 pixels, in the coordinates of the section", () =>
  inTempFolder(async (folder) => {
    const files = slideFiles(`${folder}/slide`);
    await writeSlide(files, IMAGE);
    const image = await openImage(files.slide);
    assertEquals([image.shape, image.channels, image.micronsPerPixel], [[HEIGHT, WIDTH, 2], ["FKHR", "DNA"], [
      0.25,
      0.25,
    ]]);
    assertEquals(image.levels.map(({ width, height, downsample }) => [width, height, ...downsample]), [
      [1101, 700, 1, 1],
      [551, 350, 2, 2],
      [276, 175, 4, 4],
    ]);
    for (const [x, y] of [[0, 0], [137, 62], [274, 174]] as const) {
      const { data } = await image.read({ x, y, width: 1, height: 1 }, 1);
      const mean = (channel: number): number => {
        const four = [[0, 0], [1, 0], [0, 1], [1, 1]].map(([i, j]) => valueAt(2 * x + i!, 2 * y + j!, channel));
        return Math.floor(four.reduce((a, b) => a + b, 0) / 4 + 0.5);
      };
      assertEquals([...data], [mean(0), mean(1)]);
    }
    // The last column of an odd width has no neighbour.
    const { data: last } = await image.read({ x: 550, y: 0, width: 1, height: 1 }, 1);
    assertEquals(last[0], Math.floor((valueAt(1100, 0, 0) + valueAt(1100, 1, 0)) / 2 + 0.5));
    const [first] = JSON.parse(await Deno.readTextFile(`${files.slide}/.zattrs`)).multiscales;
    assertEquals(first.axes.slice(1), ["y", "x"].map((name) => ({ name, type: "space", unit: "micrometer" })));
    assertEquals(first.datasets[1].coordinateTransformations, [
      { type: "scale", scale: [1, 0.5, 0.5] },
      { type: "translation", translation: [0, 9 / 4, -39 / 4] },
    ]);
    const picture = await openImage(files.picture);
    assertEquals(picture.shape, [HEIGHT, WIDTH, 3]);
    const { data } = await picture.read({ x: 7, y: 3, width: 1, height: 1 }, 0);
    assertEquals([...data], [0, valueAt(7, 3, 0), valueAt(7, 3, 1)]);
  }));

Deno.test("writeSlide() leaves nothing under the final name where it cannot write", () =>
  inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "no folder");
    await assertRejects(() => writeSlide(slideFiles(`${folder}/file/slide`), IMAGE), CheckpointError, "Cannot write");
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["file"]);
  }));

Deno.test({
  name: "writeSlide() writes tiles as OME-Zarr 0.4 names them, which Python's zarr reads bit for bit",
  ignore: !hasPython("zarr"),
  fn: () =>
    inTempFolder(async (folder) => {
      const { slide } = slideFiles(`${folder}/slide`);
      await writeSlide(slideFiles(`${folder}/slide`), IMAGE);
      const program = `
import hashlib, json, sys, zarr
a = zarr.open(sys.argv[1], mode="r")["0"]
print(json.dumps([a.shape, a.chunks, a.compressor.codec_id, hashlib.sha256(a[:].transpose(1, 2, 0).tobytes()).hexdigest()]))
`;
      const hash = createHash("sha256").update(IMAGE.pixels.data).digest("hex");
      assertEquals(runPython(program, [slide]), [
        [CHANNELS, HEIGHT, WIDTH],
        [1, 512, 512],
        "zlib",
        hash,
      ]);
      assertEquals((await Deno.stat(`${slide}/0/1/1/2`)).isFile, true);
    }),
});
