import { chooseBackend } from "../../../core/backend/mod.ts";
import {
  add,
  type AnnData,
  type Data,
  DataError,
  dataOf,
  disposeTree,
  fill,
  fromHost,
  hostArray,
  inMemory,
  mapTree,
  mergeConfig,
  mul,
  type Params,
  readAnnData,
  rng,
  square,
  sum,
  type Tensor,
  tidy,
  type Trained,
  writeAnnData,
} from "../../../core/mod.ts";
import type { GeneFlowConfig } from "../../../plugins/geneflow/config.ts";
import { enrichment, passingSets } from "../../../plugins/geneflow/genes/enrichment.ts";
import { geneOverlap } from "../../../plugins/geneflow/genes/overlap.ts";
import { topGenes, uniqueGenes } from "../../../plugins/geneflow/genes/ranking.ts";
import { geneScores } from "../../../plugins/geneflow/genes/scores.ts";
import { readGeneScores } from "../../../plugins/geneflow/genes/stored.ts";
import { type GeneFlowSamples, plugin } from "../../../plugins/geneflow/mod.ts";
import { type PictureMethod, pictureMethod } from "../../../plugins/geneflow/method.ts";
import { readPictures } from "../../../plugins/geneflow/rows.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../../core/backends.ts";
import { hasPython, runPython } from "../../python.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { PICTURES, SPEC, TINY_CONFIG } from "./pictures.ts";

const NAMES = Array.from({ length: 200 }, (_, i) => `G${i}`);

Deno.test("topGenes() and uniqueGenes() keep order and first names", () => {
  assertEquals(topGenes({ names: ["a", "b", "c", "d"], scores: [1, 3, 3, 2] }, 3), ["b", "c", "d"]);
  const { names, scores } = uniqueGenes({ names: ["a", "b", "a"], scores: [1, 2, 9] });
  assertEquals([names, [...scores as Float64Array]], [["a", "b"], [1, 2]]);
});

const HYPERGEOMETRIC = `
import json, sys
from scipy.stats import hypergeom
N, n, m = json.loads(sys.argv[1])
print(float(hypergeom.sf(m - 1, N, n, n)))
`;

Deno.test({
  name: "geneOverlap() counts within the common genes, with the probability of scipy and a floor beside it",
  ignore: !hasPython("scipy"),
  fn: () => {
    const noise = rng(1).host.normal(400);
    const a = { names: NAMES, scores: Float64Array.from(NAMES, (_, i) => 200 - i + 30 * noise[i]!) };
    const others = [...NAMES.slice(20).toReversed(), "X1", "X2"];
    const b = {
      names: others,
      scores: Float64Array.from(others, (name, i) => 300 - Number(name.slice(1)) + 30 * noise[i]!),
    };
    const found = geneOverlap(a, b, 30, rng(2));
    assertEquals([found.background, found.top], [180, 30]);
    const common = (genes: typeof a): readonly string[] => {
      const kept = genes.names.map((name, i) => [name, genes.scores[i]!] as const)
        .filter(([name]) => /^G/.test(name) && Number(name.slice(1)) >= 20);
      return kept.sort((x, y) => y[1] - x[1]).slice(0, 30).map(([name]) => name);
    };
    assertEquals(new Set(found.shared), new Set(common(a)).intersection(new Set(common(b))));
    const expected = runPython(HYPERGEOMETRIC, [JSON.stringify([180, 30, found.shared.length])]) as number;
    assertClose([found.p], [expected], 0, 1e-9);
    assert(found.p < 1e-2, `${found.p}`);
    // Shuffled, 30 of 180 against 30 of 180 share 5 in the mean.
    assertClose([found.shuffled.shared, found.expected], [5, 5], 0.5);
    assert(found.shuffled.p > 0.2 && found.shuffled.p < 0.9, `${found.shuffled.p}`);
    assertEquals(geneOverlap(a, a, 150, rng(2)).top, 100);
    assertThrows(() => geneOverlap(a, { names: ["X", "G3"], scores: [1, 2] }, 5, rng(1)), DataError, "1 are common");
  },
});

const FISHER = `
import json, sys
from scipy.stats import fisher_exact
tables = json.loads(sys.argv[1])
p = [fisher_exact(t, alternative="greater")[1] for t in tables]
order = sorted(range(len(p)), key=lambda i: -p[i])
adjusted, least = [0] * len(p), 1
for rank, i in enumerate(order):
    least = min(least, p[i] * len(p) / (len(p) - rank))
    adjusted[i] = least
print(json.dumps([p, adjusted]))
`;

const PLANTED = { name: "planted", description: "", genes: [...NAMES.slice(0, 9), "G150", "Z9"] };
const SETS = [
  { name: "spread", description: "", genes: NAMES.filter((_, i) => i % 11 === 0) },
  PLANTED,
  { name: "too small here", description: "", genes: ["G1", "G2", "Z1", "Z2"] },
  { name: "elsewhere", description: "", genes: NAMES.slice(100, 120) },
];

Deno.test({
  name: "enrichment() finds the set that was planted, as scipy does; random sets and genes give nothing",
  ignore: !hasPython("scipy"),
  fn: () => {
    const found = enrichment(NAMES.slice(0, 20), NAMES, SETS, rng(3));
    assertEquals(found.sets.map(({ name, size, shared }) => [name, size, shared.length]), [
      ["planted", 10, 9],
      ["spread", 19, 2],
      ["elsewhere", 20, 0],
    ]);
    const tables = found.sets.map(({ size, shared: { length } }) => [
      [length, 20 - length],
      [size - length, 180 - size + length],
    ]);
    const [p, adjusted] = runPython(FISHER, [JSON.stringify(tables)]) as [number[], number[]];
    assertClose(found.sets.map((set) => set.p), p, 0, 1e-9);
    assertClose(found.sets.map((set) => set.adjusted), adjusted, 0, 1e-9);
    assertEquals(passingSets(found).map(({ name }) => name), ["planted"]);
    for (const floor of [found.randomSets, found.randomGenes]) {
      assert(floor.passing < 0.3 && floor.smallest > 0.2, JSON.stringify(floor));
    }
  },
});

Deno.test("enrichment() says why no set can be tested", () => {
  const lower = [{ name: "mouse", description: "", genes: ["g1", "g2", "g3"] }];
  assertThrows(() => enrichment(["G1"], NAMES, lower, rng(1)), DataError, "if case is ignored");
  const other = [{ name: "ids", description: "", genes: ["ENSG1", "ENSG2", "ENSG3"] }];
  assertThrows(() => enrichment(["G1"], NAMES, other, rng(1)), DataError, "same kind of names");
});

function configOf(changes: Record<string, unknown>): GeneFlowConfig {
  return mergeConfig(mergeConfig(plugin.defaults, TINY_CONFIG, "test"), changes, "test");
}

/** Parameters of a network that was not trained, but whose last layers are not zero. */
function randomParams(method: PictureMethod): Params {
  let leaf = 0;
  return tidy(() =>
    mapTree(
      (tensor: Tensor) => add(tensor, mul(rng(5).fold(leaf++).normal(tensor.shape), 0.1)),
      method.backbone.init(rng(1)),
    )
  );
}

function trainedOf(params: Params, data: Data = PICTURES): Trained {
  return { params, data, rng: rng(4), progress: () => {}, note: () => {} };
}

Deno.test("geneScores() are the mean absolute slopes of the squared output, by finite differences", async () => {
  await chooseBackend(BACKENDS.includes("native") ? "native" : "wasm");
  await assertNoLeak(async () => {
    for (const state of ["noise", "path"] as const) {
      // Dropout has no say: slopes are of the network as it draws.
      const dropped = { encoder: { dropout: 0.3 }, network: { dropout: 0.3 } };
      const config = configOf({ genes: { images: 2, state }, model: "regression", ...dropped });
      const method = pictureMethod(config, SPEC);
      const params = randomParams(method);
      const { scores, halves, images } = await geneScores(config, trainedOf(params));
      assertEquals(images, 2);
      // A regression starts at zero and has one time, so that its output needs no noise.
      const section = PICTURES.sections[1]!;
      const rows = [6, 18].map((row) => ({ section, row }));
      const slopes = await Promise.all(rows.map(async (row) => {
        const { expression, cells } = await readPictures(PICTURES, config, [row]);
        const size = async (change: (value: number, gene: number) => number): Promise<number> => {
          const value = tidy(() => {
            const given = fromHost(hostArray(expression.data.map(change), expression.shape));
            const context = { train: false, rng: rng(0) };
            const cond = method.backbone.encode(params, { expression: given, cells: fromHost(cells) }, context);
            return sum(
              square(method.backbone.apply(params, { img: fill([1, 8, 8, 3], 0) }, fill([1], 0), cond, context).img),
            );
          });
          const [size] = await dataOf(value);
          value.dispose();
          return size!;
        };
        const step = 1e-2;
        const slope = async (gene: number): Promise<number> => {
          const at = (by: number): Promise<number> => size((value, i) => i === gene ? value + by : value);
          return Math.abs((await at(step) - await at(-step)) / (2 * step));
        };
        return await Promise.all([0, 1, 2, 3].map(slope));
      }));
      const largest = Math.max(...slopes.flat());
      assert(largest > 0, "nothing depends on genes");
      assertClose(halves[0], slopes[0]!, 0.03 * largest);
      assertClose(halves[1], slopes[1]!, 0.03 * largest);
      assertClose(scores, slopes[0]!.map((slope, gene) => (slope + slopes[1]![gene]!) / 2), 0.03 * largest);
      disposeTree(params);
    }
  });
});

Deno.test("geneScores() of images of several cells sum over them, however many places are empty", async () => {
  await chooseBackend(BACKENDS.includes("native") ? "native" : "wasm");
  const withPlaces = (places: number): Data => {
    const spec = { ...SPEC, parts: { ...SPEC.parts, x: { shape: [places, 4], unit: "ln(1 + counts)" } } };
    const sections = PICTURES.sections.map((section) => {
      const values = new Float32Array(section.rows * places * 4);
      const genes = rng(8).fold(section.name).host.uniform(section.rows * 8);
      for (let row = 0; row < section.rows; row++) values.set(genes.subarray(row * 8, (row + 1) * 8), row * places * 4);
      return { ...section, parts: { ...section.parts, x: inMemory(hostArray(values, [section.rows, places, 4])) } };
    });
    return { ...PICTURES, spec, sections };
  };
  const scored = async (places: number): Promise<Float64Array> => {
    const [config, data] = [configOf({ genes: { images: 4 } }), withPlaces(places)];
    const method = pictureMethod(config, data.spec);
    const params = randomParams(method);
    const { scores } = await geneScores(config, trainedOf(params, data));
    disposeTree(params);
    return scores;
  };
  const [two, five] = [await scored(2), await scored(5)];
  assert(two.every((score) => score > 0), two.join());
  assertClose(five, two, 1e-4 * Math.max(...two));
});

const NAMED: Data = {
  ...PICTURES,
  spec: { ...SPEC, parts: { ...SPEC.parts, x: { ...SPEC.parts["x"]!, names: ["Actb", "Lum", "Postn", "Mmp2"] } } },
};

async function analysed(changes: Record<string, unknown>): Promise<{
  readonly samples: GeneFlowSamples;
  readonly metrics: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly figures: readonly string[];
}> {
  const model = plugin.build(configOf(changes), NAMED.spec);
  const params = randomParams(model.method as PictureMethod);
  const notes: string[] = [];
  const trained = { ...trainedOf(params, NAMED), note: (message: string) => void notes.push(message) };
  try {
    const samples = await model.sample(trained) as GeneFlowSamples;
    const metrics = await model.evaluate(trained, samples);
    assert(metrics.every(({ value, anchors }) => [value, ...Object.values(anchors)].every(Number.isFinite)));
    const figures = await model.figures(trained, samples);
    return {
      samples,
      metrics: Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
      notes,
      figures: figures.map(({ id }) => id),
    };
  } finally {
    disposeTree(params);
  }
}

const READ = `
import json, sys, anndata
table = anndata.read_zarr(sys.argv[1])
sets = table.uns["gene_sets"]
print(json.dumps([list(table.var_names), table.var["sensitivity"].tolist(), table.var["top"].tolist(),
  list(sets["name"]), [int(v) for v in sets["shared"]], [float(v) for v in sets["adjusted_p"]]]))
`;

Deno.test("a run tells its top genes, tests gene sets and compares with another run", async () => {
  await chooseBackend(BACKENDS.includes("native") ? "native" : "wasm");
  const folder = await Deno.makeTempDir();
  const write = async (run: string, table: AnnData): Promise<string> => {
    await Deno.mkdir(`${folder}/${run}`);
    await writeAnnData(`${folder}/${run}/samples.zarr`, table, { zarrFormat: 2 });
    return `${folder}/${run}`;
  };
  await Deno.writeTextFile(`${folder}/sets.gmt`, "MATRIX\tabout\tLum\tPostn\tMmp2\nOTHERS\tabout\tGapdh\tTbp\tHprt\n");
  const first = await analysed({});
  assertEquals(first.samples.table.var.index, NAMED.spec.parts["x"]!.names);
  assert(first.notes.some((note) => note.startsWith("genes that move the images most (gradients of 6 images): ")));
  assert("top-genes-stable" in first.metrics && !("enriched-gene-sets" in first.metrics));
  const run = await write("first", first.samples.table);
  assertEquals((await readGeneScores(`${run}/`)).names, NAMED.spec.parts["x"]!.names);
  const second = await analysed({ genes: { sets: `${folder}/sets.gmt`, others: [run], top: 2 } });
  assertEquals(second.metrics["top-genes-shared"], 2);
  assertClose([second.metrics["top-genes-shared-p"]!], [1 / 6], 1e-12);
  assertEquals(second.metrics["enriched-gene-sets"], 0);
  assertEquals(second.figures.slice(-2), ["top-genes", "gene-sets"]);
  assert(second.notes.some((note) => note.includes("none, nearest is MATRIX")), second.notes.join());
  const stored = await write("second", second.samples.table);
  const { uns } = await readAnnData(`${stored}/samples.zarr`);
  assertEquals((uns["gene_sets"] as Record<string, unknown>)["name"], ["MATRIX"]);
  if (hasPython("anndata", "zarr")) {
    const [names, scores, top, sets, shared] = runPython(READ, [`${stored}/samples.zarr`]) as (readonly unknown[])[];
    assertEquals(names, NAMED.spec.parts["x"]!.names);
    assertClose(scores as number[], second.samples.genes!.scores.scores, 1e-12);
    assertEquals((top as boolean[]).filter(Boolean).length, 2);
    assertEquals(sets, ["MATRIX"]);
    assertEquals(shared, [second.samples.genes!.sets!.sets[0]!.shared.length]);
  }
});

Deno.test("gene sets and runs that cannot be used are refused before training", async () => {
  const folder = await Deno.makeTempDir();
  const prepare = (genes: Record<string, unknown>): Promise<unknown> =>
    plugin.prepare!(configOf({ genes }), NAMED, rng(1), () => {});
  await assertRejects(() => prepare({ sets: `${folder}/none.gmt` }), DataError, "there is no such file");
  await assertRejects(() => prepare({ others: [`${folder}/run`] }), DataError, "name a run folder that is finished");
  const empty = { index: [], columns: {} };
  const table = { obs: empty, var: empty, layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} };
  await writeAnnData(`${folder}/samples.zarr`, table);
  await assertRejects(() => prepare({ others: [folder] }), DataError, "have no scores of genes");
  const problems = (changes: Record<string, unknown>): string => plugin.check(configOf(changes)).join("; ");
  assert(problems({ genes: { images: 1 } }).includes("two halves"));
  assert(problems({ genes: { images: 0, sets: "a.gmt" } }).includes("plugin.config.genes.images is 0"));
  assert(problems({ condition: "time", genes: { others: ["a"] } }).includes("has no genes"));
  assert(problems({ genes: { state: "data" } }).includes("genes.state"));
  assertThrows(() => plugin.build(configOf({ genes: { sets: "a.gmt" } }), SPEC), DataError, "do not name them");
});
