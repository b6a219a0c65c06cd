import { CheckpointError, DataError, openZarr, readAnnData, readArray } from "../../../core/mod.ts";
import { attachPatches } from "../../../datasets/images/attach_patches.ts";
import { openImage } from "../../../datasets/images/open_image.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { largestDifference, writtenByPython } from "./written.ts";
import { listing, writeSpots } from "./store.ts";

const ready = hasPython("tifffile");

const IMAGE = `
import tifffile
image = picture(400, 500)
tifffile.imwrite(path("he.tif"), image, photometric="rgb", tile=(64, 64), resolution=(20000, 20000), resolutionunit="CENTIMETER")
places = np.random.default_rng(1).integers(20, 380, (60, 2))
expect("places", places)
expect("patches", np.stack([image[y - 16:y + 16, x - 16:x + 16] for x, y in places]))
`;

function placesIn(values: readonly number[]): [number, number][] {
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i]!, values[2 * i + 1]!]);
}

for (const format of [2, 3] as const) {
  Deno.test({
    name: `attachPatches() writes a chunked array and its record into a store of format ${format}`,
    ignore: !ready,
    fn: async () => {
      await using files = await writtenByPython(IMAGE);
      const store = `${files.folder}/spots.zarr`;
      await writeSpots(store, placesIn(files.expected["places"]!.values), format);
      const image = await openImage(`${files.folder}/he.tif`);
      const steps: number[] = [];
      const progress = (done: number): void => void steps.push(done);
      const record = await attachPatches(store, image, { size: 32, microns: 16, key: "he", progress });
      assertEquals([record.window, steps.length, steps.at(-1)], [[32, 32], 60, 60]);
      const root = await openZarr(store);
      const array = root.kind === "group" ? await root.member("obsm/he") : undefined;
      assert(array?.kind === "array");
      assertEquals([array.dtype, array.chunkRows], ["uint8", 60]);
      assertEquals(largestDifference(await readArray(array), files.expected["patches"]!), 0);
      const { obsm, uns } = await readAnnData(store);
      assertEquals(obsm["he"]?.shape, [60, 32, 32, 3]);
      const kept = uns["he"] as Readonly<Record<string, unknown>>;
      assertEquals([kept["size"], kept["level"], kept["fill"], kept["coordinates"]], [32, 0, 255, "spatial"]);
      assertEquals((kept["image"] as Readonly<Record<string, unknown>>)["file"], "he.tif");
      assertEquals(uns["title"], "spots");
      assertEquals((await Array.fromAsync(Deno.readDir(files.folder))).map(({ name }) => name).sort(), [
        "he.tif",
        "spots.zarr",
      ]);
    },
  });
}

Deno.test({
  name: "attachPatches() keeps a store that Python's anndata opens, patches among obsm, with its metadata consolidated",
  ignore: !(ready && hasPython("anndata", "zarr")),
  fn: async () => {
    await using files = await writtenByPython(`${IMAGE}
import anndata, pandas
table = anndata.AnnData(np.ones((60, 2), np.float32), obs=pandas.DataFrame(index=[f"S{i}" for i in range(60)]))
table.obsm["spatial"] = places.astype(float)
table.write_zarr(path("python.zarr"))
import zarr
zarr.consolidate_metadata(path("python.zarr"))
`);
    const store = `${files.folder}/python.zarr`;
    const image = await openImage(`${files.folder}/he.tif`);
    await attachPatches(store, image, { size: 32, key: "small" });
    await attachPatches(store, image, { size: 160, key: "large", channels: ["green"] });
    const found = runPython(
      `
import json, sys, warnings
import numpy as np, anndata, zarr, tifffile
table = anndata.read_zarr(sys.argv[1])
root = zarr.open_consolidated(sys.argv[1])
record = table.uns["small"]
padded = np.pad(tifffile.imread(sys.argv[2])[..., 1:2], ((80, 80), (80, 80), (0, 0)), constant_values=255)
large = np.stack([padded[int(y):int(y) + 160, int(x):int(x) + 160] for x, y in table.obsm["spatial"]])
print(json.dumps({
    "shape": list(table.obsm["small"].shape), "dtype": str(table.obsm["small"].dtype),
    "values": table.obsm["small"].ravel().tolist(), "large": list(root["obsm/large"].shape),
    "chunks": list(root["obsm/large"].chunks), "same": bool((root["obsm/small"][:] == table.obsm["small"]).all()),
    "equal": bool((root["obsm/large"][:] == large).all()), "sliced": table[[5, 3]].obsm["small"].shape[0],
    "record": [record["image"]["file"], int(record["size"]), list(record["channels"]), record["range_low_high"].tolist()],
}))`,
      [store, image.name],
    ) as Readonly<Record<string, unknown>>;
    assertEquals(found["shape"], [60, 32, 32, 3]);
    assertEquals([found["dtype"], found["same"], found["equal"], found["sliced"]], ["uint8", true, true, 2]);
    assertEquals(found["values"], files.expected["patches"]!.values);
    assertEquals([found["large"], found["chunks"]], [[60, 160, 160, 1], [40, 160, 160, 1]]);
    assertEquals(found["record"], ["he.tif", 32, ["red", "green", "blue"], [[0, 255], [0, 255], [0, 255]]]);
  },
});

Deno.test({
  name: "attachPatches() leaves the store as it was when it fails, and finishes what an interrupted process began",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(IMAGE);
    const store = `${files.folder}/spots.zarr`;
    await writeSpots(store, placesIn(files.expected["places"]!.values));
    const image = await openImage(`${files.folder}/he.tif`);
    const before = await listing(store);
    const gone = (): Promise<never> => Promise.reject(new DataError("the image is gone"));
    await assertRejects(() => attachPatches(store, { ...image, read: gone }, { size: 8 }), DataError, "is gone");
    const full = async (): Promise<never> => await Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }));
    await assertRejects(
      () => attachPatches(store, { ...image, read: full }, { size: 8 }),
      CheckpointError,
      "disk is full",
    );
    assertEquals(await listing(store), before);
    await attachPatches(store, image, { size: 8 });
    // As after a stop between the two renames.
    await Deno.remove(`${store}/obsm/patches`, { recursive: true });
    await Deno.mkdir(`${store}.adding/obsm`, { recursive: true });
    await attachPatches(store, image, { size: 4 });
    const { obsm } = await readAnnData(store);
    assertEquals(obsm["patches"]?.shape, [60, 4, 4, 3]);
    await assertRejects(
      () => attachPatches(store, image, { size: 4 }),
      DataError,
      "it is there already, choose another",
    );
    const titled = attachPatches(store, image, { size: 4, key: "title" });
    await assertRejects(() => titled, DataError, "uns has something of that name");
    for (const key of ["a/b", "..", "", "a b"]) {
      await assertRejects(() => attachPatches(store, image, { size: 4, key }), DataError, "choose another");
    }
    const elsewhere = attachPatches(store, image, { size: 4, key: "p2", coordinates: "pixels" });
    await assertRejects(() => elsewhere, DataError, 'Cannot find coordinates in obsm "pixels"');
  },
});

Deno.test({
  name: "attachPatches() refuses coordinates in µm of an image in pixels, unless their scale is given",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(IMAGE);
    const store = `${files.folder}/spots.zarr`;
    // Half a µm per pixel: places in µm reach to the middle of the image.
    const places = placesIn(files.expected["places"]!.values).map(([x, y]): [number, number] => [0.5 * x, 0.5 * y]);
    await writeSpots(store, places, 2);
    const image = await openImage(`${files.folder}/he.tif`);
    await assertRejects(
      () => attachPatches(store, image, { size: 32 }),
      DataError,
      "which are places in µm; expected pixels of this image (0.5 µm each), give --scale 2 for places in µm, or --scale 1",
    );
    await attachPatches(store, image, { size: 32, scale: 2, key: "right" });
    await attachPatches(store, image, { size: 32, scale: 1, key: "insisted" });
    const { obsm } = await readAnnData(store);
    assertEquals(Object.keys(obsm).sort(), ["insisted", "right", "spatial"]);
    assertEquals(largestDifference(obsm["right"]!, files.expected["patches"]!), 0);
  },
});
