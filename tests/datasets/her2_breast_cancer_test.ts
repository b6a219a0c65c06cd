import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { her2 } from "../../datasets/her2_breast_cancer.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { hasPython } from "../python.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { askPython, assertClose } from "../vectors/arrays.ts";
import { listening } from "./helpers.ts";

const FOLDER = sharedPath("data/her2-breast-cancer-st-he").pathname;

Deno.test({
  name: "her2.load() joins spots, counts and patches by section",
  ignore: !hasShared || !hasPython("scipy"),
  fn: async () => {
    const config = { ...her2.defaults, normalize: "none", scale: "none", holdOut: ["C3"] } as const;
    const data = await her2.load(config, listening(FOLDER));
    assertEquals(data.sections.map(({ name, rows, split }) => [name, rows, split]), [
      ["C2", 187, "train"],
      ["C3", 180, "test"],
      ["C4", 184, "train"],
      ["C5", 181, "train"],
    ]);
    assertEquals(data.sections[0]!.donor, "patient C");
    assertEquals(data.spec.labels["cluster"], ["0", "1", "2", "3", "4", "5", "6"]);
    // The authors left out five spots.
    const codes = data.sections.flatMap(({ labels }) => [...labels["cluster"]!]);
    assertEquals([-1, 0, 6].map((code) => codes.filter((own) => own === code).length), [5, 172, 34]);
    const expected = askPython(
      `
import gzip, csv, io, scipy.io
root = d["root"]
spots = list(csv.DictReader(gzip.open(root + "/spots.csv.gz", "rt")))
x = scipy.io.mmread(gzip.open(root + "/counts.mtx.gz")).tocsr()
img = np.load(gzip.open(root + "/patches_64.npy.gz"))
i = [i for i, s in enumerate(spots) if s["section"] == "C3"]
out = {"total": x[i].sum(1).ravel().tolist()[0], "row": x[i[5]].toarray().ravel().tolist(),
       "img": img[i[5]].ravel().tolist(), "pos": [float(spots[i[5]]["x_px"]), float(spots[i[5]]["y_px"])]}`,
      { root: FOLDER },
    ) as Readonly<Record<string, number[]>>;
    const section = data.sections[1]!;
    const x = await readPart(section, "x");
    const genes = x.shape[1]!;
    const totals = Array.from(
      { length: 180 },
      (_, i) => x.data.subarray(i * genes, (i + 1) * genes).reduce((a, b) => a + b),
    );
    assertEquals(totals, expected["total"]);
    assertEquals([...x.data.subarray(5 * genes, 6 * genes)], expected["row"]);
    assertEquals([...(await section.parts["img"]!.read([5])).data], expected["img"]);
    assertClose((await readPart(section, "pos", [5])).data, expected["pos"]!, 1e-2);
  },
});

Deno.test("her2.load() needs a folder, and says which file of it is absent", async () => {
  await assertRejects(
    () => her2.load(her2.defaults, { seed: 0, note: () => {}, warn: () => {} }),
    DataError,
    "by --data",
  );
  await inTempFolder(async (folder) => {
    const error = await assertRejects(() => her2.load(her2.defaults, listening(folder)), DataError, "spots.csv.gz");
    assert(!error.message.includes("\n"));
  });
});
