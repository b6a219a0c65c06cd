import { readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { hostArray, takeRows } from "../../core/host_array.ts";
import type { AnnData } from "../../core/io/anndata.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { columnStats, unstandardize } from "../../core/spatial/standardize.ts";
import { denseRows } from "../../datasets/matrix.ts";
import { decodePca } from "../../datasets/preprocess/components.ts";
import { parseSteps } from "../../datasets/preprocess/grammar.ts";
import { prepare } from "../../datasets/preprocess/pipeline.ts";
import { collect, streamOf } from "../../datasets/preprocess/stream_table.ts";
import { anndata, type AnnDataConfig } from "../../datasets/anndata.ts";
import { featuresOfSections, openFeatures } from "../../datasets/store_features.ts";
import { tissueOf } from "../../datasets/tissue.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { assertClose } from "../vectors/arrays.ts";
import { listening, smallTable, withStore } from "./helpers.ts";

const CONFIG: AnnDataConfig = {
  ...anndata.defaults,
  time: "stage",
  section: "section",
  label: "type",
  holdOut: ["E9.5b", "E11.5b"],
};

/** The small table with values of a type that becomes float32 only as it is read. */
function inDoubles(): AnnData {
  const table = smallTable();
  return { ...table, X: hostArray(Float64Array.from(table.X!.data), table.X!.shape) };
}

for (const [features, components] of [["components", 3], ["components", 0], ["X", 0]] as const) {
  Deno.test(`features "${features}" of a store (${components} kept) are those that reading it at once gives`, () =>
    withStore(inDoubles(), async (path) => {
      const config = { ...CONFIG, features, components };
      const whole = await anndata.load(config, { ...listening(path), location: path });
      const stored = await openFeatures(path, config, 0);
      assert(stored !== undefined);
      assertEquals(stored.names, whole.spec.parts["x"]!.names);
      const sources = await featuresOfSections(stored, tissueOf(stored.table, config, () => {}));
      for (const [i, section] of whole.sections.entries()) {
        const [expected, all] = [await readPart(section, "x"), await sources[i]!.read()];
        assertEquals(sources[i]!.shape, expected.shape);
        assertClose(all.data, expected.data, 1e-6);
        const some = await sources[i]!.read([7, 3, 100, 3]);
        const columns = expected.shape[1]!;
        const rows = [7, 3, 100, 3].flatMap((row) => [...all.data.subarray(row * columns, (row + 1) * columns)]);
        assertEquals([some.shape, [...some.data]], [[4, columns], rows]);
        // Every sixth row of the store is of a section: as many of its rows lie in a chunk, and fewer are at hand.
        assert(sources[i]!.chunkRows! <= 720 / 6 + 1 && sources[i]!.cachedRows! >= 1);
      }
    }));
}

Deno.test("features that a data set hands out lead back to genes: z-scores, components, expression", async () => {
  const steps = parseSteps("split:by=section:hold_out=E9.5b+E11.5b,normalize,log1p,pca:components=12");
  const prepared = await collect(await prepare(streamOf(smallTable()), steps));
  const train = Int32Array.from(prepared.obs.index.keys()).filter((row) =>
    !CONFIG.holdOut.includes((prepared.obs.columns["section"] as readonly string[])[row]!)
  );
  const stats = columnStats(takeRows(prepared.obsm["X_pca"]!, train));
  await withStore(prepared, async (path) => {
    const config = { ...CONFIG, features: "X_pca", components: 0 };
    const data = await anndata.load(config, { ...listening(path), location: path });
    const stored = await readAnnData(path);
    const tissue = tissueOf(stored, config, () => {});
    for (const [i, section] of data.sections.entries()) {
      const genes = decodePca(stored, unstandardize(await readPart(section, "x"), stats));
      assertClose(genes.data, denseRows(prepared.X!, tissue.sections[i]!.rows).data, 1e-4);
    }
  });
});

Deno.test("openFeatures() leaves to memory what is small, computed, absent, by column, or no Zarr store", async () => {
  const sparse: AnnData = {
    ...smallTable(),
    X: {
      kind: "csc",
      shape: [720, 12],
      indptr: Int32Array.from({ length: 13 }, (_, i) => i),
      indices: Int32Array.from({ length: 12 }, (_, i) => i),
      data: new Float32Array(12).fill(1),
    },
  };
  await withStore(smallTable(), async (path) => {
    const config = { ...CONFIG, features: "components", components: 0 };
    assertEquals(await openFeatures(path, config), undefined);
    assertEquals(await openFeatures(path, { ...config, features: "other" }, 0), undefined);
    assertEquals(await openFeatures(path, { ...config, spatial: "other" }, 0), undefined);
    for (const computed of [{ components: 2 }, { highlyVariable: 3 }, { normalize: "log1p-median" }] as const) {
      assertEquals(await openFeatures(path, { ...config, features: "X", ...computed }, 0), undefined);
    }
    assertEquals(await openFeatures(`${path}.h5ad`, config, 0), undefined);
  });
  await withStore(sparse, async (path) => {
    assertEquals(await openFeatures(path, { ...CONFIG, features: "X", components: 0 }, 0), undefined);
  });
});

Deno.test("featuresOfSections() names the cell and feature that are not finite", () => {
  const table = smallTable();
  const data = Float32Array.from(table.obsm["components"]!.data);
  data[5 * 301 + 2] = NaN;
  const bad = { ...table, obsm: { ...table.obsm, components: hostArray(data, [720, 5]) } };
  return withStore(bad, async (path) => {
    const config = { ...CONFIG, features: "components", components: 0 };
    const stored = (await openFeatures(path, config, 0))!;
    const tissue = tissueOf(stored.table, config, () => {});
    await assertRejects(() => featuresOfSections(stored, tissue), DataError, 'row 301 has NaN of "components 3"');
  });
});
