import { assert, assertEquals, assertLess, assertStringIncludes } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { build, STORES } from "../../datasets/embedded/build.ts";
import { SOURCES } from "../../datasets/embedded/sources.ts";

const EMBEDDED = new URL("../../datasets/embedded/", import.meta.url);

/** Stores whose values are checked; the axolotl store takes its frame from many sums and is compared in `embedded_test.ts`. */
const EXACT: readonly string[] = [
  "celegans-embryo-4d",
  "drosophila-embryo-bdtnp",
  "mouse-cortex-osmfish",
  "mouse-olfactory-bulb-st-he",
  "u2os-fkhr-translocation",
];

/** Float64 to 12 digits: maps of registration come from an iteration, whose last digits are those of one version. */
function inDigits(value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value, (each) => each.toPrecision(12));
  if (Array.isArray(value)) return value.map(inDigits);
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inDigits(inner)]));
}

async function files(folder: string, below = ""): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (isDirectory) found.push(...await files(folder, `${below}${name}/`));
    else found.push(`${below}${name}`);
  }
  return found.sort();
}

Deno.test("embedded stores take at most 40 MiB and 200 files each", async () => {
  let bytes = 0;
  for (const name of Object.keys(STORES)) {
    const folder = new URL(`${name}.zarr`, EMBEDDED).pathname;
    const found = await files(folder);
    assertLess(found.length, 200, name);
    for (const file of found) bytes += (await Deno.stat(`${folder}/${file}`)).size;
  }
  assertLess(bytes, 40 * 2 ** 20);
});

Deno.test("LICENSES.md names every embedded store with a permissive licence and a commit", async () => {
  const text = await Deno.readTextFile(new URL("LICENSES.md", EMBEDDED));
  const entries = text.split(/^## /m).slice(1);
  for (const name of Object.keys(STORES)) {
    const entry = entries.find((part) => part.startsWith(name));
    assert(entry !== undefined, `LICENSES.md has no entry for ${name}`);
    for (const item of ["Owner of the data:", "Paper:", "Passed on by:", "Licence:"]) {
      assertStringIncludes(entry, item, `${item} of ${name}`);
    }
    assert(/commit\s+`[0-9a-f]{40}`/.test(entry), `${name} has no commit`);
    assert(/Licence: (MIT|BSD-3-Clause|CC BY 3\.0|CC BY 4\.0|CC0)/.test(entry), `${name} has no permissive licence`);
  }
});

Deno.test({
  name: "build() makes the embedded stores value by value from the tables of the source",
  ignore: !hasShared,
  fn: async () => {
    const out = await Deno.makeTempDir();
    try {
      await build(sharedPath("data").pathname, out, EXACT);
      for (const name of EXACT) {
        const kept = await readAnnData(new URL(`${name}.zarr`, EMBEDDED));
        const made = await readAnnData(`${out}/${name}.zarr`);
        const { X, obsm, ...small } = kept;
        const { X: madeX, obsm: madeObsm, ...madeSmall } = made;
        assertEquals(inDigits(madeSmall), inDigits(small));
        assertEquals(Object.keys(madeObsm), Object.keys(obsm));
        const pairs = [[X, madeX], ...Object.keys(obsm).map((key) => [obsm[key], madeObsm[key]])] as const;
        for (const [a, b] of pairs) {
          if (a === undefined && b === undefined) continue;
          assert(a !== undefined && b !== undefined && !("kind" in a) && !("kind" in b), name);
          assertEquals(b.shape, a.shape);
          assert(a.data.constructor === b.data.constructor && a.data.every((value, i) => value === b.data[i]), name);
        }
      }
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  },
});

Deno.test({
  name: "build() writes the same bytes each time",
  ignore: !hasShared,
  fn: async () => {
    const name = "mouse-cortex-osmfish";
    const folders = [await Deno.makeTempDir(), await Deno.makeTempDir()];
    try {
      for (const folder of folders) await build(sharedPath("data").pathname, folder, [name]);
      const [first, second] = folders.map((folder) => `${folder}/${name}.zarr`);
      const names = await files(first!);
      assertEquals(await files(second!), names);
      for (const file of names) {
        assertEquals(await Deno.readFile(`${second}/${file}`), await Deno.readFile(`${first}/${file}`));
      }
    } finally {
      for (const folder of folders) await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("build() refuses a source that was changed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [set, sources] of Object.entries(SOURCES)) {
      await Deno.mkdir(`${folder}/${set}`);
      for (const file of Object.keys(sources)) await Deno.writeTextFile(`${folder}/${set}/${file}`, "time,x,y\n");
    }
    for (const name of Object.keys(STORES)) {
      const message = await build(folder, folder, [name]).then(() => "no error", (error: Error) => error.message);
      assertStringIncludes(message, "its SHA-256 is ");
      assertEquals(await Deno.stat(`${folder}/${name}.zarr`).then(() => true, () => false), false);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Reads a store with Python's anndata and its source with pandas and NumPy; prints what they agree on. */
const COMPARE: Readonly<Record<string, string>> = {
  "drosophila-embryo-bdtnp": `
p, e = table('positions.csv.gz'), table('expression.csv.gz')
same(a.X, e.iloc[:, 1:].values.astype('f4')); same(a.obsm['spatial'], p[['x_um', 'y_um', 'z_um']].values.astype('f4'))
same(a.var_names, e.columns[1:]); same(a.obs_names, p.position_id.astype(str)); out = a.shape`,
  "mouse-cortex-osmfish": `
c, e = table('cells.csv.gz'), table('expression.csv.gz'); v = c.valid == 1; c, e = c[v], e[v]
same(a.X, e.iloc[:, 1:].values); same(a.obs_names, c.cell_id.astype(str)); same(c.cell_id, e.cell_id)
same(a.obsm['spatial'], c[['x_um', 'y_um']].values.astype('f4'))
for k in ['region', 'cell_type', 'cluster_id', 'n_molecules']: same(a.obs[k].values.astype(c[k].dtype), c[k])
out = a.shape`,
  "mouse-olfactory-bulb-st-he": `
c, g, e = table('spots.csv.gz'), table('genes.csv.gz'), table('expression.csv.gz')
same(a.X, e.iloc[:, 1:].values); same(a.obs_names, e.spot_id); same(a.obs_names, c.spot_id); same(a.var_names, g.symbol)
same(a.var.gene_id, e.columns[1:]); same(a.obs.section.astype(str), c.section); same(a.obs.mouse, c.individual)
same(a.obsm['spatial'], c[['x_px', 'y_px']].values.astype('f4')); same(a.obsm['patches'], npy('patches_48.npy.gz'))
out = [*a.shape, *a.obsm['patches'].shape[1:]]`,
  "u2os-fkhr-translocation": `
c = table('cells.csv.gz'); same(a.obsm['crops'], npy('crops_32.npy.gz').transpose(0, 2, 3, 1))
same(a.obsm['spatial'], c[['x_px', 'y_px']].values.astype('f4'))
for k in ['well', 'row', 'col', 'drug', 'unit', 'dose_level', 'role']: same(a.obs[k].values.astype(c[k].dtype), c[k])
for k in ['concentration', 'nucleus_area_px', 'eccentricity', 'gfp_nucleus', 'gfp_ring', 'dna_nucleus', 'nuc_cyt_ratio']:
  same(a.obs[k], c[k].values.astype('f4'))
out = [*a.shape, *a.obsm['crops'].shape[1:]]`,
  "celegans-embryo-4d": `
r = a.uns['registration']; at = 0; names = []
for i, n in enumerate(r['embryo']):
  c = table('embryo_' + n + '.csv.gz'); s = slice(at, at + len(c)); at += len(c)
  o = a.obs.iloc[s]; assert (o.embryo == n).all()
  same(o.frame, c.time); same(o.cell.astype(str), c.cell)
  for k in ['size', 'blot']: same(o[k], c[k].values.astype('f4'))
  same(a.obsm['spatial_source'][s], c[['x', 'y', 'z']].values.astype('f4'))
  R = r['rotation'][i]; assert abs(np.linalg.det(R) - 1) < 1e-9 and abs(R @ R.T - np.eye(3)).max() < 1e-9
  moved = (c[['x', 'y', 'z']].values * [1, 1, r['plane_px'][i]]) @ R.T + r['translation'][i]
  assert abs(moved - a.obsm['spatial'][s]).max() < 1e-3
assert at == len(a)
about = table('embryos.csv').set_index('embryo'); same(about.loc[r['embryo'], 'aux_zpixres'], r['plane_px'])
out = [*a.shape, len(r['embryo'])]`,
};

const SHAPES: Readonly<Record<string, readonly number[]>> = {
  "celegans-embryo-4d": [146_224, 0, 7],
  "drosophila-embryo-bdtnp": [3039, 84],
  "mouse-cortex-osmfish": [4839, 33],
  "mouse-olfactory-bulb-st-he": [1627, 1000, 48, 48, 3],
  "u2os-fkhr-translocation": [11_974, 0, 32, 32, 2],
};

for (const [name, program] of Object.entries(COMPARE)) {
  Deno.test({
    name: `embedded ${name} opens in Python's anndata with the values of the source`,
    ignore: !hasShared || !hasPython("anndata", "pandas"),
    fn(): void {
      const found = runPython(
        `
import sys, json, gzip, io, warnings, numpy as np, pandas as pd, anndata
warnings.simplefilter('ignore')
a = anndata.read_zarr(sys.argv[1])
table = lambda f: pd.read_csv(sys.argv[2] + '/' + f)
npy = lambda f: np.load(io.BytesIO(gzip.open(sys.argv[2] + '/' + f).read()))
def same(x, y):
  x, y = np.asarray(x), np.asarray(y)
  assert x.shape == y.shape and (x == y).all(), (x, y)
${program}
assert a.obs_names.is_unique and a.var_names.is_unique
print(json.dumps(list(out)))`,
        [new URL(`${name}.zarr`, EMBEDDED).pathname, sharedPath(`data/${name}`).pathname],
      );
      assertEquals(found, [...SHAPES[name]!]);
    },
  });
}
