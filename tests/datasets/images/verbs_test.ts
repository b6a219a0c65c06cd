import { ConfigError } from "../../../core/mod.ts";
import { parseFeatures, parsePatches, patchesVerb } from "../../../datasets/images/verbs.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";

Deno.test("parsePatches() reads every flag, and leaves out what is not given", () => {
  assertEquals(parsePatches(["a.zarr", "he.tif", "--size", "64"]), { store: "a.zarr", image: "he.tif", size: 64 });
  const flags = "--size=64 --microns 50 --scale 0.2 --microns-per-pixel=0.5 --level 1 --fill 0 --range 10,4095";
  const all = parsePatches([
    ..."a.zarr 2 --channels DAPI,CD3 --key he --coordinates px".split(" "),
    ...flags.split(" "),
  ]);
  assertEquals(all, {
    store: "a.zarr",
    image: "2",
    size: 64,
    microns: 50,
    scale: 0.2,
    micronsPerPixel: 0.5,
    level: 1,
    fill: 0,
    channels: ["DAPI", "CD3"],
    range: [10, 4095],
    key: "he",
    coordinates: "px",
  });
});

Deno.test("parseFeatures() reads its flags, and both refuse wrong usage in one sentence", () => {
  assertEquals(parseFeatures(["a.zarr", "uni.npy", "--key", "uni", "--barcodes", "b.txt"]), {
    store: "a.zarr",
    file: "uni.npy",
    key: "uni",
    barcodes: "b.txt",
  });
  const wrong: readonly (readonly [() => unknown, string])[] = [
    [() => parsePatches(["a.zarr", "he.tif"]), "give --size N"],
    [() => parsePatches(["a.zarr", "--size", "4"]), "with 1 paths: expected patches STORE IMAGE"],
    [() => parsePatches(["a", "b", "--sice", "4"]), 'Unknown flag "--sice", did you mean "--size"?'],
    [() => parsePatches(["a", "b", "--size", "big"]), 'Flag "--size" expects a number, got "big"'],
    [() => parsePatches(["a", "b", "--size", "4", "--range", "4"]), 'Flag "--range" expects two numbers'],
    [() => parsePatches(["a", "b", "--size"]), 'Flag "--size" needs a value: --size N'],
    [() => parseFeatures(["a", "b"]), "give --key NAME"],
  ];
  for (const [run, problem] of wrong) assertThrows(run, ConfigError, problem);
  assert(patchesVerb.help().includes("--microns X"));
});
