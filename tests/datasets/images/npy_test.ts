import { DataError } from "../../../core/mod.ts";
import { readNpy } from "../../../datasets/images/npy.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { writtenByPython } from "./written.ts";

const ready = hasPython("numpy");

Deno.test({
  name: "readNpy() reads every type, byte order and memory order that NumPy saves",
  ignore: !ready,
  fn: async () => {
    await using files = await writtenByPython(`
base = np.array([[0, 1, 2], [100, 120, 7]])
for order in "<>":
    for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        array = base.astype(order + kind) / (3 if kind[0] == "f" else 1)
        array = array.astype(order + kind)
        name = f"{'little' if order == '<' else 'big'}-{kind}.npy"
        np.save(path(name), array)
        expected[name] = {"shape": [2, 3], "dtype": kind, "values": array.astype(float).ravel().tolist()}
cube = np.arange(24.0).reshape(2, 3, 4)
np.save(path("fortran.npy"), np.asfortranarray(cube))
expected["fortran.npy"] = {"shape": [2, 3, 4], "dtype": "f8", "values": cube.ravel().tolist()}
halves = np.array([0, -0.0, 6e-8, 1e-4, 65504, -1.5, np.float16(1 / 3)], np.float16)
np.save(path("halves.npy"), halves)
expected["halves.npy"] = {"shape": [7], "dtype": "f2", "values": halves.astype(float).tolist()}
np.save(path("empty.npy"), np.zeros((0, 5)))
expected["empty.npy"] = {"shape": [0, 5], "dtype": "f8", "values": []}
np.save(path("texts.npy"), np.array(["AAAC-1", "µ", ""]))
np.save(path("bytes.npy"), np.array([b"AAAC-1", b"G"]))
np.save(path("objects.npy"), np.array([{}, 1], object), allow_pickle=True)
np.save(path("records.npy"), np.zeros(3, [("a", "f4"), ("b", "i4")]))
`);
    assert(Object.keys(files.expected).length > 20);
    for (const [name, { shape, values }] of Object.entries(files.expected)) {
      const found = await readNpy(`${files.folder}/${name}`);
      assertEquals(found.shape, shape, name);
      assertEquals(Array.from(found.values as Float64Array), values, name);
    }
    assertEquals((await readNpy(`${files.folder}/texts.npy`)).values, ["AAAC-1", "µ", ""]);
    assertEquals((await readNpy(`${files.folder}/bytes.npy`)).values, ["AAAC-1", "G"]);
    await assertRejects(() => readNpy(`${files.folder}/objects.npy`), DataError, 'its type is "|O", expected numbers');
    await assertRejects(() => readNpy(`${files.folder}/records.npy`), DataError, "without structured types");
    await assertRejects(() => readNpy(`${files.folder}/none.npy`), DataError, "there is no such file");
    const bytes = await Deno.readFile(`${files.folder}/fortran.npy`);
    for (const length of [5, 40, bytes.length - 1]) {
      await Deno.writeFile(`${files.folder}/short.npy`, bytes.subarray(0, length));
      await assertRejects(() => readNpy(`${files.folder}/short.npy`), DataError, length < 12 ? "begin" : "truncated");
    }
  },
});
