import { ConfigError, DataError } from "../../../core/errors.ts";
import { type HostArray, hostArray, type NumericArray, takeRows } from "../../../core/host_array.ts";
import type { AnnData, Column } from "../../../core/io/anndata.ts";
import { rng } from "../../../core/rng/stream.ts";
import { parseSteps } from "../../../datasets/preprocess/grammar.ts";
import { prepare } from "../../../datasets/preprocess/pipeline.ts";
import { recordsOf } from "../../../datasets/preprocess/record.ts";
import { collect, streamOf, type StreamTable } from "../../../datasets/preprocess/stream_table.ts";
import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "../../assert.ts";
import { decodePca, storedPca } from "../../../datasets/preprocess/components.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { smallTable } from "../helpers.ts";

/** Six cells of two sections and four genes. */
function tiny(counts: readonly number[], columns: Readonly<Record<string, Column>> = {}): AnnData {
  return {
    obs: {
      index: ["c0", "c1", "c2", "c3", "c4", "c5"],
      columns: { section: ["s1", "s1", "s1", "s2", "s2", "s2"], donor: ["a", "a", "a", "b", "b", "b"], ...columns },
    },
    var: { index: ["G1", "G2", "mt-Co1", "G4"], columns: {} },
    X: hostArray(Float32Array.from(counts), [6, 4]),
    layers: {},
    obsm: { spatial: hostArray(Float32Array.of(0, 0, 1, 0, 0, 1, 5, 5, 7, 5, 5, 9), [6, 2]) },
    varm: {},
    obsp: {},
    uns: {},
  };
}

const COUNTS = [1, 2, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 9, 0, 2, 0, 1, 9, 0, 3, 3, 1, 0];

function run(text: string, table: AnnData = tiny(COUNTS), seed = 0): Promise<StreamTable> {
  return prepare(streamOf(table), parseSteps(text), { seed });
}

Deno.test("qc reports how many cells each reason removes, and keeps totals as columns of obs", async () => {
  const table = await run("qc:min_counts=4:max_counts=15:min_genes=2:max_mito=20:mito_prefix=MT-:min_cells=1");
  // c1 sees one gene, c2 nothing, c3 too much, c0 and c4 have 25 and 90 percent mitochondrial counts.
  assertEquals(table.obs.index, ["c5"]);
  const [record] = recordsOf(table.uns);
  assertEquals(record!.counts, {
    cells_min_counts: 1,
    cells_max_counts: 1,
    cells_min_genes: 2,
    cells_max_mito: 2,
    genes_min_cells: 1,
  });
});

Deno.test("qc counts cells of a gene among the cells that stay", async () => {
  const table = await run("qc:min_counts=1:min_cells=3");
  assertEquals([table.obs.index.length, table.var.index], [5, ["G1", "G2", "mt-Co1"]]);
  assertEquals(Array.from(table.obs.columns["total_counts"] as Float64Array), [4, 5, 20, 10, 7]);
  assertEquals(Array.from(table.obs.columns["pct_counts_mt"] as Float64Array), [25, 0, 0, 90, 100 / 7]);
  const { X } = await collect(table);
  assertEquals(Array.from(X!.data as Float32Array), [1, 2, 1, 5, 0, 0, 9, 9, 0, 0, 1, 9, 3, 3, 1]);
});

Deno.test("qc finds mitochondrial genes by the column of var that names them, texts or categories", async () => {
  const ids: AnnData = { ...tiny(COUNTS), var: { index: ["E1", "E2", "E3", "E4"], columns: {} } };
  const symbols = ["G1", "G2", "mt-Co1", "G4"];
  const categories = { kind: "categorical" as const, codes: Int32Array.of(0, 0, 1, -1), categories: ["G", "MT-A"] };
  for (const column of [symbols, { ...categories, ordered: false }]) {
    const table = { ...ids, var: { ...ids.var, columns: { symbol: column } } };
    const { obs } = await run("qc:max_mito=20:symbols=symbol", table);
    assertEquals(obs.index, ["c1", "c2", "c3", "c5"]);
  }
});

Deno.test("normalize and log1p leave counts for keep and for seurat_v3, and a target that is not the median", async () => {
  const table = await run("keep,normalize:target=10,log1p");
  const { X, layers } = await collect(table);
  assertEquals(Array.from(layers["counts"]!.data), COUNTS);
  assertClose(X!.data.subarray(0, 4), [Math.log(3.5), Math.log(6), Math.log(3.5), 0], 1e-6);
  assertEquals(Array.from(X!.data.subarray(8, 12)), [0, 0, 0, 0]);
  assertEquals(recordsOf(table.uns)[1]!.counts, { cells_without_counts: 1 });
  const median = recordsOf((await run("normalize")).uns)[0]!;
  assertEquals(median.fitted, { target: 7 });
  assertEquals(recordsOf(table.uns)[1]!.fitted, {});
});

Deno.test("split by donor makes later steps learn from the other donors only", async () => {
  const table = await run("split:by=donor:hold_out=b,normalize");
  const { fitted, fitRows } = recordsOf(table.uns)[1]!;
  assertEquals([fitted, fitRows], [{ target: 4.5 }, 3]);
  assertEquals(table.obs.columns["split"], {
    kind: "categorical",
    codes: Int32Array.of(0, 0, 0, 1, 1, 1),
    categories: ["train", "test"],
    ordered: false,
  });
});

/** A table whose cells of some sections are others altogether: counts, coordinates and labels. */
function disturbed(table: AnnData, held: readonly string[]): AnnData {
  const { section, type } = table.obs.columns as Readonly<Record<string, readonly string[]>>;
  const isHeld = section!.map((name) => held.includes(name));
  const change = (array: { readonly data: NumericArray }, columns: number): Float32Array =>
    Float32Array.from(array.data, (value, at) => isHeld[Math.floor(at / columns)] ? (3 * value + at) % 17 : value);
  return {
    ...table,
    obs: {
      ...table.obs,
      columns: { ...table.obs.columns, type: type!.map((name, row) => isHeld[row] ? "none" : name) },
    },
    X: hostArray(change(table.X!, 12), table.X!.shape),
    obsm: { ...table.obsm, spatial: hostArray(change(table.obsm["spatial"]!, 2), table.obsm["spatial"]!.shape) },
  };
}

for (
  const steps of [
    "qc:min_counts=1:min_cells=375,normalize,log1p,hvg:n=6,pca:components=3",
    "normalize,log1p,hvg:n=6:batch=section,pca:components=3",
    "hvg:n=6:flavor=seurat_v3:span=1,normalize:target=100,log1p,pca:components=3",
    "hvg:n=6:flavor=seurat_v3:span=1:batch=section,normalize,pca:components=3",
    "qc:min_genes=1,niches:radius=150:section=section",
  ]
) {
  Deno.test(`nothing that "${steps}" learns, and no training cell, depends on held-out cells`, async () => {
    const held = ["E9.5b", "E11.5a"];
    const table = smallTable();
    const text = `split:by=section:hold_out=${held.join("+")},${steps}`;
    const [a, b] = [await collect(await run(text, table)), await collect(await run(text, disturbed(table, held)))];
    const learned = recordsOf(a.uns).map(({ fitted }) => fitted);
    assert(learned.some((fitted) => Object.keys(fitted).length > 0));
    assertEquals(recordsOf(b.uns).map(({ fitted }) => fitted), learned);
    assertEquals([a.var.index, a.varm], [b.var.index, b.varm]);
    const rowsOf = ({ obs }: AnnData): Int32Array =>
      Int32Array.from(obs.index.keys()).filter((row) => !held.includes((obs.columns["section"] as string[])[row]!));
    const values = (one: AnnData): readonly NumericArray[] =>
      [one.X as HostArray<NumericArray>, ...Object.values(one.obsm)].map((array) => takeRows(array, rowsOf(one)).data);
    assertEquals(values(a), values(b));
    // The same change among the training cells does change what is learned.
    const c = await run(text, disturbed(table, ["E9.5a", "E10.5b"]));
    assertNotEquals(recordsOf(c.uns).map(({ fitted }) => fitted), learned);
  });
}

Deno.test("decodePca() gives back what the components hold, all of it where there are as many as genes", async () => {
  const table = await run("normalize,log1p,pca:components=4", smallTableOf4());
  const { X, obsm } = await collect(table);
  assertClose(decodePca(table, obsm["X_pca"]!).data, X!.data, 1e-5);
  const few = await run("normalize,log1p,pca:components=2", smallTableOf4());
  const kept = storedPca(few).explainedVariance.reduce((a, b) => a + b);
  const all = storedPca(table).explainedVariance.reduce((a, b) => a + b);
  const decoded = decodePca(few, few.obsm["X_pca"]!);
  const left = decoded.data.reduce((sum, value, at) => sum + (value - X!.data[at]!) ** 2, 0) / (X!.shape[0]! - 1);
  assertClose([left], [all - kept], 1e-5);
  assertThrows(() => decodePca({ varm: {}, uns: {} }, obsm["X_pca"]!), DataError, "lacks varm");
  const { mean: _, ...rest } = table.uns["pca"] as { mean: never };
  assertThrows(() => storedPca({ ...table, uns: { pca: rest } }), DataError, "run step pca");
});

function smallTableOf4(): AnnData {
  const counts = rng(6).host.poisson(40 * 4, Float32Array.from({ length: 160 }, (_, at) => 2 + 3 * (at % 4)));
  const index = Array.from({ length: 40 }, (_, i) => `c${i}`);
  return { ...tiny(COUNTS), obs: { index, columns: {} }, X: hostArray(counts, [40, 4]), obsm: {} };
}

Deno.test("sample keeps at most n cells of each region of each section, by the seed", async () => {
  const table = smallTable();
  const steps = "regions:k=6:section=section,sample:n=5:section=section";
  const [a, b, c] = [await run(steps, table, 1), await run(steps, table, 1), await run(steps, table, 2)];
  assertEquals(a.obs.index, b.obs.index);
  assert(a.obs.index.join() !== c.obs.index.join());
  const sections = a.obs.columns["section"] as readonly string[];
  const groups = Map.groupBy(a.obs.columns["region"] as Int32Array, (_, row) => sections[row]!);
  assertEquals(groups.size, 6);
  const whole = await run("regions:k=6:section=section", table, 1);
  const all = whole.obs.columns["section"] as readonly string[];
  for (const [section, regions] of groups) {
    for (let region = 0; region < 6; region++) {
      const size = (whole.obs.columns["region"] as Int32Array).filter((one, row) =>
        one === region && all[row] === section
      );
      assertEquals(regions.filter((one) => one === region).length, Math.min(5, size.length));
    }
  }
});

Deno.test("niches take their size from the training sections, and come after cells are left out", async () => {
  const table = await run("niches:radius=1.1:section=section");
  assertEquals([table.obsm["niches"]!.shape, recordsOf(table.uns)[0]!.fitted], [[6, 1], { size: 1 }]);
  const training = await run("split:by=donor:hold_out=b,niches:radius=1.45:section=section");
  assertEquals(Array.from(training.obsm["niches"]!.data), [0, 1, 2, 1, 0, 2, 2, 0, 1, 3, 4, 5, 4, 3, 5, 5, 3, 4]);
  await assertRejects(() => run("niches:k=2,qc:min_counts=4"), DataError, "form niches after that");
});

/** Steps, what is wrong, and a part of the one sentence that says so. */
const BAD: readonly (readonly [string, AnnData, string])[] = [
  ["qc:min_counts=1", tiny(COUNTS.with(5, -1)), 'cell "c1" has -1 of gene "G2", expected counts of at least 0'],
  ["normalize", tiny(COUNTS.with(5, -1)), 'Cannot normalize totals: cell "c1" has -1'],
  ["normalize", tiny(COUNTS.with(0, NaN)), 'cell "c0" has NaN of gene "G1"'],
  ["normalize", tiny(COUNTS.map(() => 0)), "every training cell has a total of 0"],
  ["log1p", tiny(COUNTS.with(0, -2)), 'cell "c0" has -2 of gene "G1"'],
  ["pca:components=1", tiny(COUNTS.with(7, NaN)), 'cell "c1" has NaN of gene "G4"'],
  ["pca:components=5", tiny(COUNTS), "Cannot find 5 components of 6 training cells and 4 genes: at most 4"],
  ["hvg:n=2:flavor=seurat_v3", tiny(COUNTS.with(0, 0.5)), 'cell "c0" has 0.5 of gene "G1", expected whole counts'],
  ["hvg:n=2:flavor=seurat_v3:layer=raw", tiny(COUNTS), 'layer "raw": the table has no layers'],
  ["hvg:n=5", tiny(COUNTS), "Cannot keep 5 variable genes: the table has 4"],
  ["hvg:n=4", tiny(COUNTS.map((count, at) => at % 4 === 3 ? 2 : count)), "only 3 vary among the training cells"],
  ["hvg:n=2", tiny(COUNTS.with(0, NaN)), 'the mean of gene "G1" is NaN after expm1'],
  [
    "hvg:n=1:batch=section",
    tiny(COUNTS, { section: ["s1", "s2", "s2", "s2", "s2", "s2"] }),
    'section "s1" has 1 training cell',
  ],
  [
    "coordinates:section=section",
    tiny(COUNTS, { section: ["s1", "s2", "s2", "s2", "s2", "s2"] }),
    'section "s1" has 1 cell ',
  ],
  [
    "niches:k=3:section=section",
    tiny(COUNTS, { section: ["s1", "s2", "s2", "s2", "s2", "s2"] }),
    'section "s1" has 1 cells',
  ],
  [
    "spatial_neighbors:k=1:section=section",
    tiny(COUNTS, { section: ["s1", "s2", "s2", "s2", "s2", "s2"] }),
    'section "s1" has 1 cells',
  ],
  [
    "regions:k=2:section=section",
    tiny(COUNTS, { section: ["s1", "s2", "s2", "s2", "s2", "s2"] }),
    'section "s1" into 2 regions',
  ],
  ["neighbors", tiny(COUNTS), 'obsm "X_pca": obsm has spatial, run pca first'],
  ["pca:components=2,neighbors:k=9", tiny(COUNTS), "Cannot find 9 neighbours: the table has 6 cells"],
  ["coordinates:key=xy", tiny(COUNTS), 'obsm "xy": obsm has spatial'],
  [
    "coordinates",
    {
      ...tiny(COUNTS),
      obsm: { spatial: hostArray(Float32Array.of(0, 0, 1, Infinity, 0, 1, 5, 5, 7, 5, 5, 9), [6, 2]) },
    },
    'cell "c1" has coordinate Infinity',
  ],
  ["qc:max_mito=5:mito_prefix=RP-", tiny(COUNTS), 'no gene begins with "RP-"'],
  ["qc:symbols=name", tiny(COUNTS), 'var column "name": var has no columns'],
  ["qc:min_counts=99", tiny(COUNTS), "Cannot leave out all 6 cells"],
  ["qc:min_cells=7", tiny(COUNTS), "Cannot leave out all 4 genes"],
  ["split:by=patient:folds=2", tiny(COUNTS), 'obs column "patient"'],
  ["split:by=donor:folds=3", tiny(COUNTS), "3 folds of 2 groups"],
  ["normalize,split:by=donor:hold_out=b", tiny(COUNTS), 'step "normalize" has learned from all 6 cells already'],
  ["split:by=donor:hold_out=b,split:by=section:hold_out=s1", tiny(COUNTS), "the table is split already"],
  ["split:by=donor:hold_out=z", tiny(COUNTS), 'section "z"'],
  [
    "split:by=section:donor=donor:folds=2",
    tiny(COUNTS, { section: ["s1", "s1", "s2", "s1", "s2", "s2"] }),
    'section "s1" occurs in donors "a" and "b"',
  ],
];

for (const [steps, table, sentence] of BAD) {
  Deno.test(`"${steps}" refuses with one sentence: ${sentence}`, async () => {
    const error = await assertRejects(async () => await collect(await run(steps, table)), DataError, sentence);
    assert(!String(error).includes("\n"));
  });
}

const WRONG: readonly (readonly [string, string])[] = [
  ["", "expected at least one"],
  ["hvgs", 'did you mean "hvg"'],
  ["hvg:m=3", 'parameter of step "hvg" "m"'],
  ["hvg:n", "expected key=value"],
  ["hvg:n=many", "expected a number like 2000"],
  ["hvg:n=0", "n is 0"],
  ["hvg:flavor=cell_ranger", 'flavor is "cell_ranger"'],
  ["normalize:target=-1", 'target is "-1"'],
  ["qc:min_counts=-3", "min_counts is -3"],
  ["qc:max_mito=120", "max_mito is 120"],
  ["niches", "expected one of them above 0"],
  ["niches:k=3:radius=2", "expected one of them above 0"],
  ["split:by=donor", "expected one of them"],
  ["split:by=donor:folds=2:test=2", "test is 2"],
  ["keep:layer=a/b", 'layer is "a/b"'],
];

for (const [steps, sentence] of WRONG) {
  Deno.test(`parseSteps() refuses "${steps}": ${sentence}`, () => {
    assertThrows(() => parseSteps(steps), ConfigError, sentence);
  });
}
