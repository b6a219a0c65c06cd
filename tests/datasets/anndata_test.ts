import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { type Data, readPart } from "../../core/data.ts";
import { DataError } from "../../core/errors.ts";
import { type HostArray, hostArray, type NumericArray } from "../../core/host_array.ts";
import type { AnnData, Column } from "../../core/io/anndata.ts";
import { applyRigid, type RigidMap } from "../../core/spatial/register.ts";
import { anndata, type AnnDataConfig } from "../../datasets/anndata.ts";
import { CELLS, listening, SECTIONS, smallTable, values, withStore } from "./helpers.ts";

const CONFIG: AnnDataConfig = {
  ...anndata.defaults,
  time: "stage",
  section: "section",
  label: "type",
  normalize: "log1p-median",
  components: 4,
  holdOut: ["E11.5b"],
};

function load(table: AnnData, config: Partial<AnnDataConfig> = {}, heard = listening("")): Promise<Data> {
  return withStore(table, (location) => anndata.load({ ...CONFIG, ...config }, { ...heard, location }));
}

function withSpatial(table: AnnData, change: (x: number, y: number, section: string) => [number, number]): AnnData {
  const { data, shape } = table.obsm["spatial"]!;
  const moved = new Float32Array(data.length);
  const section = table.obs.columns["section"] as readonly string[];
  for (let i = 0; i < section.length; i++) moved.set(change(data[2 * i]!, data[2 * i + 1]!, section[i]!), 2 * i);
  return { ...table, obsm: { ...table.obsm, spatial: hostArray(moved, shape) } };
}

async function allFeatures(data: Data, split: "train" | "test"): Promise<readonly number[]> {
  const parts = await Promise.all(data.sections.filter((s) => s.split === split).map((s) => readPart(s, "x")));
  return parts.flatMap(values);
}

Deno.test("anndata.load() puts sections, times, labels and splits in order", async () => {
  const data = await load(smallTable());
  assertEquals(data.spec.times.map(({ name, value }) => [name, value]), [["E9.5", 9.5], ["E10.5", 10.5], [
    "E11.5",
    11.5,
  ]]);
  assertEquals(data.sections.map(({ name }) => name), SECTIONS);
  assertEquals(data.sections.map(({ time }) => time), [0, 0, 1, 1, 2, 2]);
  assertEquals(data.sections.map(({ split }) => split), ["train", "train", "train", "train", "train", "test"]);
  assertEquals(data.sections.map(({ rows }) => rows), SECTIONS.map(() => CELLS));
  assertEquals(data.spec.labels, { type: ["gut", "muscle", "skin", "wound"] });
  assertEquals(data.spec.parts["x"]!.shape, [4]);
  const { obs: { columns }, obsm } = smallTable();
  const pos = await readPart(data.sections[1]!, "pos");
  assertEquals(values(pos).slice(0, 4), [2, 3, 14, 15].map((at) => obsm["spatial"]!.data[at]!));
  const label = data.sections[1]!.labels["type"]!;
  assertEquals(data.spec.labels["type"]![label[1]!], (columns["type"] as readonly string[])[7]!);
});

Deno.test({
  name: "anndata.load() computes features as scikit-learn does, fitted on training sections",
  ignore: !hasPython("sklearn"),
  fn: async () => {
    const table = smallTable();
    const section = table.obs.columns["section"] as readonly string[];
    const expected = runPython(
      `
import sys, json, numpy as np
from sklearn.decomposition import PCA
X, train = (np.array(json.loads(v)) for v in sys.argv[1:])
X = X.reshape(-1, 12); t = X.sum(1)
X = np.log1p(X / t[:, None] * np.median(t[train]))
p = PCA(4, svd_solver='full').fit(X[train])
s = p.transform(X)
s = np.abs((s - s[train].mean(0)) / s[train].std(0))
print(json.dumps(s.ravel().tolist()))`,
      [
        JSON.stringify(Array.from((table.X as HostArray<NumericArray>).data)),
        JSON.stringify(section.map((name) => name !== "E11.5b")),
      ],
    ) as number[];
    const data = await load(table);
    for (const [at, name] of SECTIONS.entries()) {
      const found = await readPart(data.sections[at]!, "x");
      const rows = section.flatMap((other, row) => other === name ? [row] : []);
      rows.forEach((row, i) => {
        for (let j = 0; j < 4; j++) {
          assertAlmostEquals(Math.abs(found.data[4 * i + j]!), expected[4 * row + j]!, 2e-4);
        }
      });
    }
  },
});

Deno.test("anndata.load() lets a test section change nothing in the training sections", async () => {
  const table = smallTable();
  const dense = table.X as HostArray<NumericArray>;
  const section = table.obs.columns["section"] as readonly string[];
  const X = hostArray(
    Float32Array.from(dense.data, (v, at) => section[Math.floor(at / 12)] === "E11.5b" ? 50 * v + at % 5 : v),
    dense.shape,
  );
  const perturbed = withSpatial({ ...table, X }, (x, y, name) => name === "E11.5b" ? [3 * y + x, 7 * x] : [x, y]);
  for (
    const config of [{}, { highlyVariable: 6 }, { register: "labels" }, { features: "components" }, {
      fraction: 0.5,
    }] as const
  ) {
    const [a, b] = [await load(table, config), await load(perturbed, config)];
    assertEquals(await allFeatures(a, "train"), await allFeatures(b, "train"));
    for (const i of [0, 1, 2, 3, 4]) {
      assertEquals(await readPart(a.sections[i]!, "pos"), await readPart(b.sections[i]!, "pos"));
    }
    if (!("features" in config)) assertNotEquals(await allFeatures(a, "test"), await allFeatures(b, "test"));
  }
});

Deno.test("anndata.load() reads sparse matrices like dense ones", async () => {
  const table = smallTable();
  const { data, shape: [rows = 0, genes = 0] } = table.X as HostArray<NumericArray>;
  const compress = (kind: "csr" | "csc"): AnnData => {
    const [outer, inner] = kind === "csr" ? [rows, genes] : [genes, rows];
    const [indptr, indices, kept]: [number[], number[], number[]] = [[0], [], []];
    for (let i = 0; i < outer; i++) {
      for (let j = 0; j < inner; j++) {
        const value = kind === "csr" ? data[i * genes + j]! : data[j * genes + i]!;
        if (value !== 0) {
          indices.push(j);
          kept.push(value);
        }
      }
      indptr.push(kept.length);
    }
    const X = {
      kind,
      shape: [rows, genes],
      indptr: Int32Array.from(indptr),
      indices: Int32Array.from(indices),
      data: Float32Array.from(kept),
    } as const;
    return { ...table, X };
  };
  const expected = await allFeatures(await load(table), "train");
  for (const kind of ["csr", "csc"] as const) {
    assertEquals(await allFeatures(await load(compress(kind)), "train"), expected);
  }
});

Deno.test("anndata.load() takes components of obsm, z-scored by the training cells", async () => {
  const data = await load(smallTable(), { features: "components", components: 3 });
  assertEquals(data.spec.parts["x"]!.names, ["components 1", "components 2", "components 3"]);
  const training = await allFeatures(data, "train");
  for (let j = 0; j < 3; j++) {
    const column = training.filter((_, at) => at % 3 === j);
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    assertAlmostEquals(mean, 0, 1e-6);
    assertAlmostEquals(column.reduce((a, b) => a + (b - mean) ** 2, 0) / column.length, 1, 1e-5);
  }
});

Deno.test("anndata.load() keeps a fraction of each section, the same for the same seed", async () => {
  const [a, b, c] = [listening("", 1), listening("", 1), listening("", 2)];
  const [first, again, other] = await Promise.all(
    [a, b, c].map((heard) => load(smallTable(), { fraction: 0.25 }, heard)),
  );
  assertEquals(first!.sections.map(({ rows }) => rows), SECTIONS.map(() => CELLS / 4));
  assertEquals(await allFeatures(first!, "train"), await allFeatures(again!, "train"));
  assertNotEquals(await allFeatures(first!, "train"), await allFeatures(other!, "train"));
});

Deno.test("anndata.load() warns of turned sections, and register=labels brings them back", async () => {
  const map: RigidMap = { rotation: [-1, 0, 0, 1], translation: [500, 90], reflected: true };
  const turn = (x: number, y: number, name: string): [number, number] =>
    name !== "E10.5a"
      ? [x, y]
      : Array.from(applyRigid(map, hostArray(Float32Array.of(x, y), [1, 2])).data) as [number, number];
  const table = withSpatial(smallTable(), turn);
  const heard = listening("");
  await load(table, {}, heard);
  assert(heard.warnings.some((text) => text.includes('"E10.5a" and "E9.5b" look unaligned')));
  assertStringIncludes(heard.warnings.join(), "set dataset.config.register=labels");
  const quiet = listening("");
  const data = await load(table, { register: "labels" }, quiet);
  assertEquals(quiet.warnings, []);
  const [pos, truth] = await Promise.all([data, await load(smallTable())].map((d) => readPart(d.sections[2]!, "pos")));
  const off = pos!.data.map((value, i) => Math.abs(value - truth!.data[i]!)).toSorted();
  assert(off[off.length >> 1]! < 100, `median error ${off[off.length >> 1]} of a tissue 2,000 wide`);
  const still = listening("");
  await load(smallTable(), {}, still);
  assertEquals(still.warnings, []);
});

Deno.test("anndata.load() drops stray cells on request", async () => {
  const table = withSpatial(smallTable(), (x, y, name) => name === "E9.5a" && x > 1950 ? [x + 9e4, y] : [x, y]);
  const heard = listening("");
  const kept = await load(table, { fragments: "drop" }, heard);
  const lost = CELLS - kept.sections[0]!.rows;
  assert(lost > 0 && lost < 9);
  assertEquals(heard.notes, [`Left out ${lost} stray cells of section "E9.5a"`]);
  assertEquals((await load(table)).sections[0]!.rows, CELLS);
});

Deno.test("anndata.load() goes on without labels and says what is skipped", async () => {
  const heard = listening("");
  const data = await load(smallTable(), { label: "annotation" }, heard);
  assertEquals(data.spec.labels, {});
  assertEquals(data.sections[0]!.labels, {});
  assertStringIncludes(heard.notes.join(), 'No labels in obs column "annotation": obs has stage, section, type');
  assertStringIncludes(data.notes.join(), "F1");
});

Deno.test("anndata.load() orders and selects time points by timeOrder", async () => {
  const heard = listening("");
  const data = await load(smallTable(), { timeOrder: ["E11.5", "E9.5"], holdOut: [] }, heard);
  assertEquals(data.spec.times.map(({ name, value }) => [name, value]), [["E11.5", 0], ["E9.5", 1]]);
  assertEquals(data.sections.map(({ name }) => name), ["E11.5a", "E11.5b", "E9.5a", "E9.5b"]);
  assertStringIncludes(heard.notes.join(), `Left out ${2 * CELLS} of ${6 * CELLS} cells`);
});

Deno.test("anndata.load() takes a time point as one section and three coordinates", async () => {
  const table = smallTable();
  const rows = CELLS * SECTIONS.length;
  const solid = hostArray(Float32Array.from({ length: 3 * rows }, (_, i) => (i * 7919) % 1013), [rows, 3]);
  const data = await load({ ...table, obsm: { solid } }, {
    section: "",
    spatial: "solid",
    holdOut: [],
    register: "labels",
  });
  assertEquals(data.sections.map(({ name }) => name), ["E9.5", "E10.5", "E11.5"]);
  assertEquals(data.spec.parts["pos"], { shape: [3], unit: "units of the store", names: ["x", "y", "z"] });
});

Deno.test("anndata.load() says in one sentence what cannot be used", async () => {
  const table = smallTable();
  const cases: readonly [AnnData, Partial<AnnDataConfig>, string][] = [
    [table, { time: "day" }, 'Cannot find the time points in obs column "day": obs has stage, section, type'],
    [table, { section: "slide" }, 'Cannot find the sections in obs column "slide": obs has stage, section, type'],
    [table, { spatial: "xy" }, 'Cannot find coordinates in obsm "xy": obsm has components, spatial'],
    [{ ...table, obsm: {} }, {}, 'Cannot find coordinates in obsm "spatial": obsm has no arrays'],
    [table, { spatial: "components" }, "of shape [720,5] as coordinates: expected [N, 2] or [N, 3]"],
    [smallTable({ stage: Array(720).fill("E9.5") }), {}, "from one time point (E9.5): expected at least 2"],
    [table, { timeOrder: ["E9.5", "E12"] }, 'by "E12": the data have E10.5, E11.5, E9.5'],
    [table, { holdOut: ["E12a"] }, 'Cannot hold out section "E12a": the sections are E9.5a, E9.5b'],
    [table, { holdOut: [...SECTIONS] }, "Cannot hold out all 6 sections"],
    [
      smallTable({ section: Array(720).fill("all") }),
      {},
      'section "all": its cells are of the time points E9.5 and E10.5',
    ],
    [
      withSpatial(table, (x, y, s) => [s === "E9.5b" ? NaN : x, y]),
      {},
      'Cannot use section "E9.5b": cell 0 has coordinate NaN',
    ],
    [
      withSpatial(table, (x, y, s) => [x, s === "E10.5a" ? 5 : y]),
      {},
      'Cannot use section "E10.5a": all 120 cells have 5 as coordinate 1',
    ],
    [table, { components: 13 }, "set dataset.config.components to at most 12"],
    [table, { highlyVariable: 13 }, "Cannot keep 13 highly variable genes of 12"],
    [table, { features: "X_pca" }, 'Cannot find features in obsm "X_pca": obsm has components, spatial'],
  ];
  for (const [bad, config, message] of cases) {
    const error = await assertRejects(() => load(bad, config), DataError, message);
    assert(!error.message.includes("\n") && !error.message.endsWith("."), error.message);
  }
  const { X: _, ...without } = table;
  await assertRejects(() => load(without), DataError, "the store has no X; name an entry of obsm");
  const holes = hostArray(new Float32Array(720 * 12).fill(NaN), [720, 12]);
  await assertRejects(() => load({ ...table, X: holes }, { normalize: "none" }), DataError, "it holds NaN");
});

Deno.test("anndata.load() says that there is no store, or none was given", async () => {
  await assertRejects(() => anndata.load(CONFIG, listening("/nowhere/data.zarr")), DataError, '"/nowhere/data.zarr"');
  await assertRejects(() => anndata.load(CONFIG, listening()), DataError, "give an AnnData-Zarr store by --data");
});

Deno.test("anndata.check() names each key that is out of range", () => {
  assertEquals(anndata.check(anndata.defaults), []);
  const problems = anndata.check({ ...CONFIG, time: "", fraction: 0, components: 2.5, register: "auto" as "none" });
  assertEquals(problems, [
    "time is empty, expected a name",
    'register is "auto", expected "none" or "labels"',
    "components is 2.5, expected a whole number of at least 0",
    "fraction is 0, expected a number above 0 and up to 1",
  ]);
});

Deno.test("anndata.load() reads numeric, boolean and categorical times", async () => {
  const rows = CELLS * SECTIONS.length;
  const stage = (i: number): number => Math.floor((i % SECTIONS.length) / 2);
  const each = <T>(value: (stage: number) => T): T[] => Array.from({ length: rows }, (_, i) => value(stage(i)));
  const cases: readonly [Column, readonly [string, number][]][] = [
    [Float32Array.from(each((s) => [3.4, 21.4, 3.8][s]!)), [["3.4", 3.4], ["3.8", 3.8], ["21.4", 21.4]]],
    [each((s) => s > 0), [["false", 0], ["true", 1]]],
    [
      {
        kind: "categorical",
        codes: Int32Array.from(each((s) => s + 1)),
        categories: ["P1", "P10", "P5", "P2"],
        ordered: false,
      },
      [["P2", 2], ["P5", 5], ["P10", 10]],
    ],
  ];
  for (const [column, expected] of cases) {
    const data = await load(smallTable({ age: column }), { time: "age", holdOut: [] });
    assertEquals(data.spec.times.map(({ name, value }): [string, number] => [name, value]), [...expected]);
    assertEquals(data.sections.map(({ time }) => time), data.sections.map(({ time }) => time).toSorted());
  }
  const missing = {
    kind: "nullable",
    values: Int32Array.from(each((s) => s)),
    missing: Uint8Array.from(each((s) => Number(s === 1))),
  } as const;
  const heard = listening("");
  const data = await load(smallTable({ age: missing }), { time: "age", holdOut: [] }, heard);
  assertEquals(data.spec.times.map(({ name }) => name), ["0", "2"]);
  assertEquals(
    heard.notes[0],
    `Left out ${2 * CELLS} of ${6 * CELLS} cells, which have no section or none of the time points`,
  );
});
