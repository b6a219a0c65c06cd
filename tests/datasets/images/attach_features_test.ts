import { DataError, readAnnData } from "../../../core/mod.ts";
import { attachFeatures } from "../../../datasets/images/attach_features.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { listing, writeSpots } from "./store.ts";
import { writtenByPython } from "./written.ts";

const ready = hasPython("numpy", "h5py");

/** Four spots of the store, and features in another order. */
const FEATURES = `
import h5py
names = ["SPOT-2", "SPOT-0", "OTHER", "SPOT-3", "SPOT-1"]
values = np.arange(15, dtype=np.float32).reshape(5, 3)
def hest(name, barcodes, embeddings, key="barcodes"):
    with h5py.File(path(name), "w") as file:
        file["embeddings"] = embeddings
        file["coords"] = np.zeros((len(embeddings), 2), np.int64)
        if barcodes is not None:
            file[key] = np.array([[b.encode()] for b in barcodes], dtype=object).astype("S")
hest("uni.h5", names, values)
hest("double.h5", names, values.astype(np.float64), "barcode")
np.save(path("uni.npy"), values)
np.save(path("ordered.npy"), values[:4])
open(path("names.txt"), "w").write("\\n".join(names) + "\\n")
np.save(path("names.npy"), np.array(names))
`;

const WANTED = [3, 4, 5, 12, 13, 14, 0, 1, 2, 9, 10, 11];

Deno.test({
  name: "attachFeatures() puts rows of .h5 and .npy files in the order of the store's barcodes",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(FEATURES);
    const store = `${files.folder}/spots.zarr`;
    await writeSpots(store, [[0, 0], [1, 0], [0, 1], [1, 1]]);
    const at = (name: string): string => `${files.folder}/${name}`;
    assertEquals(await attachFeatures(store, at("uni.h5"), { key: "uni" }), {
      shape: [4, 3],
      matching: "barcode",
      unused: 1,
    });
    await attachFeatures(store, at("double.h5"), { key: "double" });
    await attachFeatures(store, at("uni.npy"), { key: "texts", barcodes: at("names.txt") });
    await attachFeatures(store, at("uni.npy"), { key: "array", barcodes: at("names.npy") });
    assertEquals((await attachFeatures(store, at("ordered.npy"), { key: "ordered" })).matching, "order");
    const { obsm, uns } = await readAnnData(store);
    for (const key of ["uni", "double", "texts", "array"]) assertEquals([...obsm[key]!.data], WANTED, key);
    assertEquals([...obsm["ordered"]!.data], Array.from({ length: 12 }, (_, i) => i));
    assertEquals(uns["uni"], { made_by: "morphogen", file: "uni.h5", matching: "barcode", features: 3 });
    if (!hasPython("anndata")) return;
    const found = runPython(
      "import anndata, json, sys; print(json.dumps(anndata.read_zarr(sys.argv[1]).obsm['uni'].ravel().tolist()))",
      [store],
    );
    assertEquals(found, WANTED);
  },
});

Deno.test({
  name:
    "attachFeatures() names the first barcode that is missing or doubled, wrong counts and values that are no numbers",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`${FEATURES}
hest("missing.h5", names[:4], values[:4])
hest("twice.h5", names + ["SPOT-3"], np.zeros((6, 3)))
hest("half.h5", names, values.astype(np.float16))
hest("counts.h5", names[:4], values)
hest("bare.h5", None, values)
bad = values.copy()
bad[3, 1] = np.nan
hest("nan.h5", names, bad)
bad[3, 1] = np.inf
hest("inf.h5", names, bad)
hest("cube.h5", names, values.reshape(5, 3, 1))
with h5py.File(path("patches.h5"), "w") as file:
    file["img"] = np.zeros((2, 4, 4, 3), np.uint8)
open(path("cut.h5"), "wb").write(open(path("uni.h5"), "rb").read()[:700])
open(path("uni.pt"), "wb").write(b"PK")
`);
    const store = `${files.folder}/spots.zarr`;
    await writeSpots(store, [[0, 0], [1, 0], [0, 1], [1, 1]]);
    const before = await listing(store);
    const refused: Readonly<Record<string, string>> = {
      "missing.h5": `barcode "SPOT-1" of "${store}" is not among its 4, keep the rows that have features`,
      "half.h5": 'its "embeddings" are float16, which the HDF5 library cannot read, store them as float32',
      "twice.h5": 'barcode "SPOT-3" stands in rows 3 and 5 of the file, remove one of them',
      "counts.h5": "it has 5 rows and 4 barcodes, expected as many of both",
      "bare.h5": 'it has no texts in "barcodes", it has coords, embeddings, give --barcodes FILE',
      "nan.h5": 'feature 1 of barcode "SPOT-3" (row 3) is NaN, expected a finite number',
      "inf.h5": 'feature 1 of barcode "SPOT-3" (row 3) is Infinity, expected a finite number',
      "cube.h5": "they have shape [5, 3, 1], expected [rows, features]",
      "patches.h5": 'it has no numbers in "embeddings", it has img, name them so',
      "cut.h5": "copy or write the file again",
      "uni.pt": "it is no .npy or .h5 file, convert it to one",
      "uni.npy": `it names no barcodes and has 5 rows where "${store}" has 4, give --barcodes FILE`,
      "names.npy": "it holds texts, expected numbers",
      "none.h5": "there is no such file",
    };
    for (const [name, problem] of Object.entries(refused)) {
      await assertRejects(() => attachFeatures(store, `${files.folder}/${name}`, { key: "uni" }), DataError, problem);
    }
    const short = attachFeatures(store, `${files.folder}/ordered.npy`, {
      key: "u",
      barcodes: `${files.folder}/names.txt`,
    });
    await assertRejects(() => short, DataError, "it has 4 rows and 5 barcodes");
    const absent = attachFeatures(store, `${files.folder}/uni.npy`, { key: "u", barcodes: "none.txt" });
    await assertRejects(() => absent, DataError, 'Cannot read barcodes from "none.txt": there is no such file');
    assertEquals(await listing(store), before);
  },
});
