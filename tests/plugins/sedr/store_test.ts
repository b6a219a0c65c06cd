import { readPart, rng, tidy, type Trained } from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import { writeAnnData } from "../../../core/io/anndata_writer.ts";
import { disposeTree } from "../../../core/tree.ts";
import { sedrEmbedding } from "../../../datasets/sedr_embedding.ts";
import { plugin, type SedrSamples } from "../../../plugins/sedr/mod.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { inTempFolder } from "../../core/run/helpers.ts";
import { listening } from "../../datasets/helpers.ts";
import { hasPython, runPython } from "../../python.ts";
import { layeredData, smallConfig } from "./setup.ts";

const DATA = layeredData();

/** Embeddings of a network that has just begun. */
async function samplesOf(patch: Record<string, unknown> = {}): Promise<SedrSamples> {
  const config = smallConfig(patch);
  const model = plugin.build(config, DATA.spec, await plugin.prepare!(config, DATA, rng(1), () => {}));
  const [params, state] = tidy(() => [model.trainable.init(rng(2)), model.trainable.initState!()]) as [
    Trained["params"],
    Trained["params"],
  ];
  try {
    const silent = { progress: () => {}, note: () => {} };
    return await model.sample({ params, state, data: DATA, rng: rng(3), ...silent }) as SedrSamples;
  } finally {
    disposeTree([params, state]);
  }
}

Deno.test({
  name: "anndata opens the embeddings with labels, places and the record of the data",
  ignore: !hasPython("anndata", "zarr"),
  fn: () =>
    inTempFolder(async (folder) => {
      const { table, sections } = await samplesOf();
      await writeAnnData(`${folder}/samples.zarr`, table);
      const seen = runPython(
        `
import anndata, json, sys, warnings
warnings.simplefilter("ignore")
a = anndata.read_zarr(sys.argv[1])
print(json.dumps({"shape": a.shape, "sedr": [str(a.obsm["X_sedr"].dtype), list(a.obsm["X_sedr"].shape)],
  "first": a.obsm["X_sedr"][0].tolist(), "place": a.obsm["spatial"][200].tolist(), "columns": list(a.obs.columns),
  "layer": a.obs.layer.astype(str).tolist()[::100], "time": list(a.obs.time.cat.categories), "ordered": bool(a.obs.time.cat.ordered),
  "split": a.obs.split.value_counts().to_dict(), "domains": int(a.obs.domain.nunique()),
  "data": a.uns["data"], "units": list(a.uns["morphogen"]["data"]["times"]["units"])}))
`,
        [`${folder}/samples.zarr`],
      );
      const place = [...await (async () => (await readPart(DATA.sections[1]!, "pos")).data.slice(112, 114))()];
      assertEquals(seen, {
        shape: [432, 0],
        sedr: ["float32", [432, 32]],
        first: [...sections[0]!.z.data.slice(0, 32)],
        place,
        columns: ["layer", "section", "time", "split", "domain"],
        layer: ["upper", "lower", "middle", "upper", "lower"],
        time: ["E9.5", "E10.5"],
        ordered: true,
        split: { train: 288, test: 144 },
        domains: 3,
        data: "nobody (2026). layers. https://example.org",
        units: ["days", "days"],
      });
    }),
});

Deno.test("data set sedr-embedding reads what sedr wrote, and says if a held-out stage was seen", () =>
  inTempFolder(async (folder) => {
    const { table, sections } = await samplesOf();
    const path = `${folder}/samples.zarr`;
    await writeAnnData(path, table);
    const heard = listening(path);
    const data = await sedrEmbedding.load(sedrEmbedding.defaults, heard);
    assertEquals(data.spec.times, DATA.spec.times);
    assertEquals(data.spec.labels, DATA.spec.labels);
    assertEquals([data.spec.parts["x"]!.shape, data.spec.parts["pos"]!.shape], [[32], [2]]);
    assertEquals(data.citation, DATA.citation);
    assertEquals(data.notes, DATA.notes);
    for (const [i, section] of data.sections.entries()) {
      const { name, time, split, labels } = DATA.sections[i]!;
      assertEquals([section.name, section.time, section.split], [name, time, split]);
      assertEquals(section.labels["layer"], labels["layer"]);
      assertEquals((await readPart(section, "x")).data, sections[i]!.z.data);
    }
    const same = listening(path);
    const held = await sedrEmbedding.load({ holdOut: ["E10.5"] }, same);
    assertEquals(held.sections.map(({ split }) => split), ["train", "train", "test"]);
    assertEquals([...heard.warnings, ...same.warnings], []);
    const other = listening(path);
    const leaking = await sedrEmbedding.load({ holdOut: ["E9.5"] }, other);
    assertEquals(leaking.sections.map(({ split }) => split), ["test", "test", "train"]);
    assert(other.warnings[0]!.startsWith("SEDR was fitted on E9.5 too"), other.warnings.join());
    const cases = [
      [["E11.5"], 'Cannot hold out stage "E11.5": the stages are E9.5, E10.5'],
      [["E9.5", "E10.5"], "Cannot hold out all 2 stages"],
    ] as const;
    for (const [holdOut, message] of cases) {
      await assertRejects(() => sedrEmbedding.load({ holdOut }, listening(path)), DataError, message);
    }
    await assertRejects(
      () => sedrEmbedding.load(sedrEmbedding.defaults, listening()),
      DataError,
      "first deno task exp sedr-mosta, or sedr-heart",
    );
  }));
