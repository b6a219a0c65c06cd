import { DataError } from "../../../core/mod.ts";
import { imageError, type ImageSource } from "../../../datasets/images/image.ts";
import { openImage } from "../../../datasets/images/open_image.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { largestDifference, writtenByPython } from "./written.ts";

/** LibTIFF's own program rewrites files in all codings. */
function hasTiffcp(): boolean {
  try {
    new Deno.Command("tiffcp", { args: ["-h"], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    console.warn("SKIP: tiffcp is absent, install libtiff-tools");
    return false;
  }
}

const ready = hasPython("tifffile", "PIL") && hasTiffcp();

const CODINGS = `
import tifffile
from PIL import Image
def copy(source, name, *flags):
    subprocess.run(["tiffcp", *flags, path(source), path(name)], check=True)
    expect(name, tifffile.imread(path(source)))
`;

async function whole(image: ImageSource, level = 0): ReturnType<ImageSource["read"]> {
  const { width, height } = image.levels[level]!;
  return await image.read({ x: 0, y: 0, width, height }, level);
}

Deno.test({
  name: "openTiff() reads strips and tiles of every compression, type, byte order and layout as libtiff stores them",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${CODINGS}
for kind, array in {
    "rgb8": picture(75, 101), "grey8": picture(75, 101, 1)[..., 0],
    "grey16": picture(75, 101, 1, np.uint16)[..., 0], "rgb16": picture(40, 50, 3, np.uint16),
}.items():
    tifffile.imwrite(path(kind + ".tif"), array, photometric="rgb" if array.ndim == 3 else "minisblack")
    expect(kind + ".tif", array)
    for name, flags in {
        "lzw": ["-c", "lzw"], "lzw2": ["-c", "lzw:2"], "zip": ["-c", "zip"], "zip2": ["-c", "zip:2"],
        "packbits": ["-c", "packbits"], "zstd": ["-c", "zstd"], "none": ["-c", "none"],
    }.items():
        copy(kind + ".tif", f"{kind}-{name}-strips.tif", *flags, "-s", "-r", "16")
        copy(kind + ".tif", f"{kind}-{name}-tiles.tif", *flags, "-t", "-w", "32", "-l", "16")
        copy(kind + ".tif", f"{kind}-{name}-big.tif", *flags, "-8", "-t", "-w", "32", "-l", "32")
        copy(kind + ".tif", f"{kind}-{name}-motorola.tif", *flags, "-B", "-t", "-w", "32", "-l", "16")
        copy(kind + ".tif", f"{kind}-{name}-motorola-strips.tif", *flags, "-B", "-s", "-r", "7")
        if kind == "rgb8":
            copy(kind + ".tif", f"{kind}-{name}-planes.tif", *flags, "-p", "separate", "-s", "-r", "16")
            copy(kind + ".tif", f"{kind}-{name}-planar-tiles.tif", *flags, "-p", "separate", "-t", "-w", "32", "-l", "16")
planes = picture(40, 50, 3, np.uint16)
for name, flags in {"none": {}, "zlib": {"compression": "zlib"}}.items():
    tifffile.imwrite(path(f"rgb16-{name}-planes.tif"), np.moveaxis(planes, -1, 0), photometric="rgb",
        planarconfig="separate", tile=(16, 32), byteorder=">", **flags)
    expect(f"rgb16-{name}-planes.tif", planes)
real = picture(60, 70, 1, np.float32)[..., 0]
tifffile.imwrite(path("float.tif"), real)
expect("float.tif", real)
copy("float.tif", "float-zip3.tif", "-c", "zip:3", "-t", "-w", "32", "-l", "16")
copy("float.tif", "float-lzw3.tif", "-c", "lzw:3", "-s", "-r", "7")
for dtype in ["int8", "int16", "int32", "uint32", "float64"]:
    array = (np.arange(12 * 9).reshape(12, 9) - (0 if dtype[0] == "u" else 50)).astype(dtype)
    tifffile.imwrite(path(dtype + ".tif"), array, byteorder=">")
    expect(dtype + ".tif", array)
`);
    const names = Object.keys(files.expected);
    assert(names.length > 120, `only ${names.length} files`);
    for (const name of names) {
      const image = await openImage(`${files.folder}/${name}`);
      const pixels = await whole(image);
      const wanted = files.expected[name]!;
      assertEquals(image.dtype, wanted.dtype, name);
      assertEquals(largestDifference(pixels, wanted), 0, name);
    }
  },
});

Deno.test({
  name: "openTiff() reads any region as the same part of the whole",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${CODINGS}
tifffile.imwrite(path("rgb.tif"), picture(75, 101), photometric="rgb")
copy("rgb.tif", "tiles.tif", "-c", "zip:2", "-t", "-w", "32", "-l", "16")
copy("rgb.tif", "planes.tif", "-c", "lzw", "-p", "separate", "-s", "-r", "10")
copy("rgb.tif", "rows.tif", "-c", "none", "-s", "-r", "75")
`);
    for (const name of Object.keys(files.expected)) {
      const image = await openImage(`${files.folder}/${name}`);
      const { values } = files.expected[name]!;
      const regions = [[0, 0, 1, 1], [31, 15, 2, 2], [32, 16, 32, 16], [5, 70, 96, 5], [100, 74, 1, 1], [
        0,
        20,
        101,
        0,
      ]];
      for (const [x, y, width, height] of regions as [number, number, number, number][]) {
        const { data, shape } = await image.read({ x, y, width, height }, 0);
        assertEquals(shape, [height, width, 3]);
        const wanted = Array.from(data, (_, i) => {
          const [row, column] = [Math.floor(i / (3 * width)), Math.floor(i / 3) % width];
          return values[((y + row) * 101 + x + column) * 3 + i % 3];
        });
        assertEquals([...data], wanted, `${name} at ${x}, ${y}`);
      }
    }
    const image = await openImage(`${files.folder}/rows.tif`);
    assertEquals(image.levels[0]!.block, [101, 1]);
    for (const region of [{ x: 100, y: 0, width: 2, height: 1 }, { x: 0, y: -1, width: 1, height: 1 }]) {
      await assertRejects(() => image.read(region, 0), RangeError, 'rows.tif": level 0 has 101 x 75 pixels');
    }
    await assertRejects(() => image.read({ x: 0, y: 0, width: 1, height: 1 }, 1), RangeError, "it has levels 0 to 0");
  },
});

Deno.test({
  name: "openTiff() decodes JPEG blocks to the pixels that libtiff and Pillow decode",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${CODINGS}
tifffile.imwrite(path("rgb.tif"), picture(75, 101), photometric="rgb")
tifffile.imwrite(path("grey.tif"), picture(75, 101, 1)[..., 0])
def jpeg(source, name, *flags):
    subprocess.run(["tiffcp", *flags, path(source), path(name)], check=True)
    expect(name, np.asarray(Image.open(path(name))))
jpeg("rgb.tif", "ycbcr-tiles.tif", "-c", "jpeg:90", "-t", "-w", "32", "-l", "16")
jpeg("rgb.tif", "ycbcr-strips.tif", "-c", "jpeg:90", "-s", "-r", "16")
jpeg("rgb.tif", "rgb-tiles.tif", "-c", "jpeg:r:90", "-t", "-w", "32", "-l", "16")
jpeg("grey.tif", "grey-tiles.tif", "-c", "jpeg:90", "-t", "-w", "32", "-l", "16")
Image.open(path("rgb.tif")).save(path("pillow.tif"), compression="jpeg", quality=80)
expect("pillow.tif", np.asarray(Image.open(path("pillow.tif"))))
`);
    for (const [name, wanted] of Object.entries(files.expected)) {
      const image = await openImage(`${files.folder}/${name}`);
      assertEquals(largestDifference(await whole(image), wanted), 0, name);
    }
  },
});

Deno.test({
  name: "openTiff() follows OME-XML: channels, their names, pixel size and pyramid",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${CODINGS}
full = np.moveaxis(picture(128, 160, 3, np.uint16), -1, 0)
meta = {"axes": "CYX", "Channel": {"Name": ["DAPI", "CD3 & <CD8>", "PanCK"]},
    "PhysicalSizeX": 325, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.25, "PhysicalSizeYUnit": "µm"}
with tifffile.TiffWriter(path("channels.ome.tif"), bigtiff=True) as tif:
    options = dict(photometric="minisblack", tile=(32, 32), compression="zlib")
    tif.write(full, subifds=2, metadata=meta, **options)
    for k in [2, 4]:
        tif.write(full[:, ::k, ::k], subfiletype=1, metadata=None, **options)
for k in [1, 2, 4]:
    expect(f"channels.ome.tif/{k}", np.moveaxis(full[:, ::k, ::k], 0, -1))
rgb = picture(64, 80)
tifffile.imwrite(path("rgb.ome.tif"), rgb, photometric="rgb", metadata={"axes": "YXS"}, tile=(32, 32))
expect("rgb.ome.tif", rgb)
stack = np.zeros((3, 20, 30), np.uint8)
tifffile.imwrite(path("stack.ome.tif"), stack, metadata={"axes": "ZYX"}, photometric="minisblack")
`);
    const image = await openImage(`${files.folder}/channels.ome.tif`);
    assertEquals(image.format, "ome-tiff");
    assertEquals(image.shape, [128, 160, 3]);
    assertEquals(image.channels, ["DAPI", "CD3 & <CD8>", "PanCK"]);
    assertEquals(image.micronsPerPixel, [0.325, 0.25]);
    assertEquals(image.levels.map(({ downsample }) => downsample), [[1, 1], [2, 2], [4, 4]]);
    for (const [level, k] of [1, 2, 4].entries()) {
      assertEquals(largestDifference(await whole(image, level), files.expected[`channels.ome.tif/${k}`]!), 0);
    }
    const rgb = await openImage(`${files.folder}/rgb.ome.tif`);
    assertEquals(rgb.channels, ["red", "green", "blue"]);
    assertEquals(rgb.micronsPerPixel, undefined);
    assertEquals(largestDifference(await whole(rgb), files.expected["rgb.ome.tif"]!), 0);
    await assertRejects(() => openImage(`${files.folder}/stack.ome.tif`), DataError, "it has 3 planes along Z");
  },
});

Deno.test({
  name: "openTiff() takes pages of equal size for channels, smaller ones for a pyramid, and reads sizes in µm",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${CODINGS}
full = picture(128, 160)
with tifffile.TiffWriter(path("slide.svs.tif")) as tif:
    options = dict(photometric="rgb", tile=(32, 32), metadata=None)
    tif.write(full, description="Aperio Image Library\\n160x128|AppMag = 40|MPP = 0.2525", **options)
    tif.write(full[::4, ::4], **options)
    tif.write(np.zeros((20, 90, 3), np.uint8), photometric="rgb", metadata=None)
expect("slide.svs.tif", full[::4, ::4])
channels = np.moveaxis(picture(30, 40, 2, np.uint16), -1, 0)
tifffile.imwrite(path("imagej.tif"), channels, imagej=True, resolution=(2.0, 4.0), metadata={"unit": "um", "axes": "CYX"})
expect("imagej.tif", np.moveaxis(channels, 0, -1))
tifffile.imwrite(path("cm.tif"), full, photometric="rgb", resolution=(20000, 40000), resolutionunit="CENTIMETER")
tifffile.imwrite(path("dpi.tif"), full, photometric="rgb", resolution=(300, 300), resolutionunit="INCH")
`);
    const slide = await openImage(`${files.folder}/slide.svs.tif`);
    assertEquals(slide.levels.map(({ width, height }) => [width, height]), [[160, 128], [40, 32]]);
    assertEquals(slide.micronsPerPixel, [0.2525, 0.2525]);
    assertEquals(largestDifference(await whole(slide, 1), files.expected["slide.svs.tif"]!), 0);
    const imagej = await openImage(`${files.folder}/imagej.tif`);
    assertEquals(imagej.channels, ["0", "1"]);
    assertEquals(imagej.micronsPerPixel, [0.5, 0.25]);
    assertEquals(largestDifference(await whole(imagej), files.expected["imagej.tif"]!), 0);
    assertEquals((await openImage(`${files.folder}/cm.tif`)).micronsPerPixel, [0.5, 0.25]);
    assertEquals((await openImage(`${files.folder}/dpi.tif`)).micronsPerPixel, undefined);
  },
});

Deno.test({
  name: "openTiff() refuses what it cannot read in one sentence, and notices every truncation",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${CODINGS}
tifffile.imwrite(path("rgb.tif"), picture(75, 101), photometric="rgb")
tifffile.imwrite(path("bits.tif"), picture(75, 101, 1)[..., 0] > 127, photometric="minisblack")
Image.open(path("bits.tif")).save(path("fax.tif"), compression="group4")
Image.fromarray(picture(20, 20)).convert("P").save(path("palette.tif"))
Image.fromarray(picture(20, 20)).convert("CMYK").save(path("cmyk.tif"))
copy("rgb.tif", "tiles.tif", "-c", "zip", "-t", "-w", "32", "-l", "16")
tifffile.imwrite(path("float.tif"), picture(20, 30, 1, np.float32)[..., 0])
copy("float.tif", "float-big.tif", "-c", "zip:3", "-B")
data = bytearray(open(path("rgb.tif"), "rb").read())
with tifffile.TiffFile(path("rgb.tif")) as tif:
    at = tif.pages[0].tags["Compression"].valueoffset
data[at:at + 2] = (34712).to_bytes(2, "little")
open(path("j2k.tif"), "wb").write(data)
tifffile.imwrite(path("stack.tif"), np.stack([picture(20, 30)] * 2), photometric="rgb")
`);
    const refused: Readonly<Record<string, string>> = {
      "bits.tif": "it has samples of 1 bits, expected 8, 16 or 32",
      "fax.tif": "its compression 4 (CCITT fax 4) is not supported, store it with LZW",
      "palette.tif": "its colour space 3 (palette) is not supported",
      "cmyk.tif": "its colour space 5 (CMYK) is not supported",
      "j2k.tif": "its compression 34712 (JPEG 2000) is not supported",
      "stack.tif": "it has 2 pages of the same size with 3 samples each, expected one such page",
      "float-big.tif": "its floating-point differences are big-endian",
      "none.tif": "there is no such file",
    };
    for (const [name, problem] of Object.entries(refused)) {
      const error = await assertRejects(() => openImage(`${files.folder}/${name}`), DataError);
      assert(error.message.startsWith(`Cannot read image "${files.folder}/${name}": ${problem}`), error.message);
    }
    const bytes = await Deno.readFile(`${files.folder}/tiles.tif`);
    const path = `${files.folder}/short.tif`;
    for (const length of [1, 7, 9, 100, 1000, bytes.length - 300, bytes.length - 30]) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      const error = await assertRejects(async () => await whole(await openImage(path)), DataError);
      assert(/truncated|not known|directory|lacks the tag/.test(error.message), `${length}: ${error.message}`);
    }
    await Deno.writeFile(path, bytes.map((value, i) => i > 20 && i < 400 ? 0xff : value));
    const error = await assertRejects(async () => await whole(await openImage(path)), DataError);
    assert(error.message.includes("block 0 cannot be decoded"), error.message);
    assertEquals(imageError("a", "b").message, 'Cannot read image "a": b');
  },
});
