import { createHash } from "node:crypto";
import { DataError } from "../../../core/mod.ts";
import { openImage } from "../../../datasets/images/open_image.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { hasShared, readSharedJson, sharedPath } from "../../shared.ts";
import { largestDifference, writtenByPython } from "./written.ts";

const STORES = "data/reader-fixtures-zarr";

type Known = Readonly<
  Record<string, { readonly arrays: Readonly<Record<string, { readonly sha256_le_c_order: string }>> }>
>;

/** Stores, path of the image in each, and the array of each level. */
const IMAGES: readonly (readonly [store: string, image: string, arrays: readonly string[]])[] = [
  ["ome/blobs-image-v04.ome.zarr", "", ["0"]],
  ["ome/blobs-image-v05.ome.zarr", "", ["0"]],
  ["ome/bioformats2raw.zarr", "", ["0/0", "0/1"]],
  ["ome/ngff-2d.zarr", "", ["0"]],
  ["ome/ngff-hcs.zarr", "A/1/0", ["A/1/0/0"]],
  [
    "spatialdata/spatialdata-0.7-blobs.zarr",
    "images/blobs_multiscale_image",
    [0, 1, 2].map((k) => `images/blobs_multiscale_image/s${k}`),
  ],
];

Deno.test({
  name: "openOmeZarr() reads stores of both formats and four writers to the known bytes",
  ignore: !hasShared,
  fn: async () => {
    const known = readSharedJson(`${STORES}/expected.json`) as Known;
    for (const [store, path, arrays] of IMAGES) {
      const image = await openImage(sharedPath(`${STORES}/${store}/${path}`).pathname);
      assertEquals(image.levels.length, arrays.length);
      for (const [level, array] of arrays.entries()) {
        const { width, height } = image.levels[level]!;
        const { data, shape } = await image.read({ x: 0, y: 0, width, height }, level);
        const channels = shape[2]!;
        const planes = data.slice();
        data.forEach((value, i) => planes[i % channels * width * height + Math.floor(i / channels)] = value);
        const hash = createHash("sha256").update(new Uint8Array(planes.buffer)).digest("hex");
        assertEquals(hash, known[store]!.arrays[array]!.sha256_le_c_order, `${store} ${array}`);
      }
    }
    const image = await openImage(sharedPath(`${STORES}/ome/ngff-2d.zarr`).pathname);
    assertEquals(image.channels, ["Channel 0", "Channel 1", "Channel 2"]);
    assertEquals(image.micronsPerPixel, undefined);
    const plate = sharedPath(`${STORES}/ome/ngff-hcs.zarr`).pathname;
    await assertRejects(() => openImage(plate), DataError, "it is a plate, give the path of one of its images");
    const spatial = sharedPath(`${STORES}/spatialdata/spatialdata-0.7-blobs.zarr`).pathname;
    const error = await assertRejects(() => openImage(spatial), DataError, 'it has no "multiscales"');
    assert(error.message.includes("images/blobs_image, images/blobs_multiscale_image"), error.message);
  },
});

const PYRAMID = `
import zarr
full = np.moveaxis(picture(100, 140, 2, np.uint16), -1, 0)
def write(name, arrays, attributes, **options):
    root = zarr.open_group(path(name), mode="w")
    for k, array in enumerate(arrays):
        root.create_dataset(str(k), data=array, chunks=(1,) * (array.ndim - 2) + (32, 32), **options)
    root.attrs.update(attributes)
def scale(*values):
    return [{"type": "scale", "scale": list(values)}]
axes = [{"name": "c", "type": "channel"}] + [{"name": n, "type": "space", "unit": "nanometer"} for n in "yx"]
datasets = [{"path": str(k), "coordinateTransformations": scale(1, 250 * 2 ** k, 500 * 2 ** k)} for k in range(2)]
labels = {"channels": [{"label": "DAPI"}, {"label": "IBA1"}]}
write("pyramid.zarr", [full, full[:, ::2, ::2]],
    {"multiscales": [{"version": "0.4", "axes": axes, "datasets": datasets}], "omero": labels})
expect("pyramid.zarr/0", np.moveaxis(full, 0, -1))
expect("pyramid.zarr/1", np.moveaxis(full[:, ::2, ::2], 0, -1))
`;

Deno.test({
  name: "openOmeZarr() reads regions over chunks, channel names, µm and the pyramid",
  ignore: !hasPython("zarr"),
  fn: async () => {
    await using files = await writtenByPython(PYRAMID);
    const image = await openImage(`${files.folder}/pyramid.zarr`);
    assertEquals(image.channels, ["DAPI", "IBA1"]);
    assertEquals(image.micronsPerPixel, [0.5, 0.25]);
    assertEquals(image.levels.map(({ downsample }) => downsample), [[1, 1], [2, 2]]);
    assertEquals(image.levels[0]!.block, [32, 32]);
    for (const level of [0, 1]) {
      const { width, height } = image.levels[level]!;
      const wanted = files.expected[`pyramid.zarr/${level}`]!;
      assertEquals(largestDifference(await image.read({ x: 0, y: 0, width, height }, level), wanted), 0);
      const { data, shape } = await image.read({ x: 30, y: 20, width: 5, height: 20 }, level);
      assertEquals(shape, [20, 5, 2]);
      const part = Array.from(data, (_, i) => {
        return wanted.values[((20 + Math.floor(i / 10)) * width + 30 + Math.floor(i / 2) % 5) * 2 + i % 2]!;
      });
      assertEquals([...data], part);
    }
  },
});

Deno.test({
  name: "openOmeZarr() refuses stacks, mismatched channels, missing arrays and damaged chunks",
  ignore: !hasPython("zarr"),
  fn: async () => {
    await using files = await writtenByPython(`${PYRAMID}
write("odd.zarr", [full, full[:1, ::2, ::2]], {"multiscales": [{"axes": ["c", "y", "x"], "datasets": datasets}]})
write("stack.zarr", [full], {"multiscales": [{"axes": ["z", "y", "x"], "datasets": datasets[:1]}]})
write("axes.zarr", [full], {"multiscales": [{"axes": ["y", "x"], "datasets": datasets[:1]}]})
write("lost.zarr", [full], {"multiscales": [{"axes": ["c", "y", "x"], "datasets": datasets}]})
write("bare.zarr", [full], {})
write("raw.zarr", [full], {"multiscales": [{"axes": ["c", "y", "x"], "datasets": datasets[:1]}]}, compressor=None)
open(path("raw.zarr/0/1.0.1"), "r+b").truncate(100)
`);
    const refused: Readonly<Record<string, string>> = {
      "odd.zarr": "its channels are mismatched: resolution 1 has shape [1,50,70]",
      "stack.zarr": "it has 2 planes along z, expected 1",
      "axes.zarr": "its axes y, x do not go with shape [2,100,140]",
      "lost.zarr": 'resolution "1": there is no array "1"',
      "bare.zarr": 'it has no "multiscales" in its attributes',
    };
    for (const [name, problem] of Object.entries(refused)) {
      await assertRejects(() => openImage(`${files.folder}/${name}`), DataError, problem);
    }
    const image = await openImage(`${files.folder}/raw.zarr`);
    await image.read({ x: 0, y: 0, width: 32, height: 32 }, 0);
    await assertRejects(() => image.read({ x: 32, y: 0, width: 9, height: 9 }, 0), DataError, "copy the store again");
  },
});
