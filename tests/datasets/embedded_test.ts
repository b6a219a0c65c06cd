import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { hasShared, sharedPath } from "../shared.ts";
import { takeRows } from "../../core/host_array.ts";
import type { Categorical } from "../../core/io/anndata.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import {
  alignmentScore,
  applyRigid,
  type LabelledPoints,
  looksUnaligned,
  registerByLabels,
} from "../../core/spatial/register.ts";
import { build } from "../../datasets/embedded/build.ts";

const AXOLOTL = new URL("../../datasets/embedded/axolotl-brain-regeneration.zarr", import.meta.url);
const ZEBRAFISH = new URL("../../datasets/embedded/zebrafish-embryo-stereoseq-pcs.zarr", import.meta.url);

/** Cells per section in the tables of the source, and stray ones that were left out. */
const COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  "02dpi_rep1": [7668, 0],
  "02dpi_rep2": [8192, 0],
  "02dpi_rep3": [8738, 0],
  "05dpi_rep1": [8106, 0],
  "05dpi_rep2": [8178, 0],
  "05dpi_rep3": [8372, 0],
  "10dpi_rep1": [9440, 4],
  "10dpi_rep2": [9600, 0],
  "10dpi_rep4": [10002, 0],
  "15dpi_rep2": [8996, 0],
  "20dpi_rep1": [10462, 0],
  "20dpi_rep2": [11319, 3],
  "20dpi_rep3": [11048, 0],
};

async function sections(key: string): Promise<ReadonlyMap<string, LabelledPoints>> {
  const { obs: { columns }, obsm } = await readAnnData(AXOLOTL);
  const { codes, categories } = columns["section"] as Categorical;
  const types = (columns["cell_type"] as Categorical).codes;
  return new Map(categories.map((name, code) => {
    const rows = [...codes.keys()].filter((row) => codes[row] === code);
    return [name, { points: takeRows(obsm[key]!, rows), label: Int32Array.from(rows, (row) => types[row]!) }];
  }));
}

function replicateAgreement(found: ReadonlyMap<string, LabelledPoints>): number {
  const scores: number[] = [];
  for (const [a, first] of found) {
    for (const [b, second] of found) {
      if (a < b && a.slice(0, 2) === b.slice(0, 2)) scores.push(alignmentScore(first, second));
    }
  }
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

Deno.test({
  name: "embedded axolotl store opens in Python's anndata with the cells of the source",
  ignore: !hasPython("anndata"),
  fn(): void {
    const found = runPython(
      `
import sys, json, warnings, numpy as np, anndata
warnings.simplefilter('ignore')
a = anndata.read_zarr(sys.argv[1])
r = a.uns['registration']
off = 0
for i, s in enumerate(r['section']):
    rows = (a.obs['section'] == s).values
    mapped = a.obsm['spatial_source'][rows] @ r['rotation'][i].T + r['translation'][i]
    off = max(off, np.abs(mapped - a.obsm['spatial'][rows]).max())
    assert (np.linalg.det(r['rotation'][i]) < 0) == bool(r['reflected'][i])
print(json.dumps({'counts': a.obs['section'].value_counts().to_dict(), 'dropped': dict(zip(r['section'], r['dropped_fragment_cells'].tolist())),
  'types': len(a.obs['cell_type'].cat.categories), 'vlmc': int((a.obs['cell_type'] == 'VLMC').sum()), 'off': float(off),
  'times': sorted(set(a.obs['time'].tolist())), 'unique': bool(a.obs_names.is_unique), 'licence': a.uns['licence'], 'note': a.uns['note']}))`,
      [AXOLOTL.pathname],
    ) as Record<string, unknown>;
    const sorted = (record: unknown): unknown => Object.entries(record as object).sort();
    assertEquals(sorted(found["counts"]), Object.entries(COUNTS).map(([name, [all, lost]]) => [name, all - lost]));
    assertEquals(sorted(found["dropped"]), Object.entries(COUNTS).map(([name, [, lost]]) => [name, lost]));
    assertEquals([found["types"], found["times"], found["unique"]], [28, [2, 5, 10, 15, 20], true]);
    assert(17242 - (found["vlmc"] as number) <= 7);
    assertLess(found["off"] as number, 1e-3);
    assert(String(found["licence"]).startsWith("MIT") && String(found["note"]).startsWith("No expression"));
  },
});

Deno.test({
  name: "embedded zebrafish store opens in Python's anndata with the bins of the source",
  ignore: !hasPython("anndata"),
  fn(): void {
    const found = runPython(
      `
import sys, json, warnings, anndata
warnings.simplefilter('ignore')
a = anndata.read_zarr(sys.argv[1])
print(json.dumps([a.obs['time'].value_counts().sort_index().tolist(), a.obsm['X_pca'].shape, a.obsm['spatial'].shape, a.uns['licence']]))`,
      [ZEBRAFISH.pathname],
    );
    assertEquals(found, [[563, 1036], [1599, 50], [1599, 2], "MIT, (c) 2025 Zhenyi Zhang"]);
  },
});

Deno.test("embedded axolotl sections lie in one anatomical frame", async () => {
  const [source, registered] = [await sections("spatial_source"), await sections("spatial")];
  assertLess(replicateAgreement(source), 0.2);
  assertGreater(replicateAgreement(registered), 0.32);
  const [names, placed] = [[...registered.keys()], [...registered.values()]];
  const turned = (all: readonly LabelledPoints[]): string[] =>
    names.filter((_, i) => i > 0 && looksUnaligned(all[i]!, all[i - 1]!) !== undefined);
  assertEquals(turned(placed), []);
  assertEquals(turned([...source.values()]).length, 8);
  const { obs: { columns }, obsm } = await readAnnData(AXOLOTL);
  const centre = (column: string, value: string, section: string, axis: number): number => {
    const [named, of] = [columns[column] as Categorical, columns["section"] as Categorical];
    let [sum, count] = [0, 0];
    named.codes.forEach((code, row) => {
      if (named.categories[code] !== value || of.categories[of.codes[row]!] !== section) return;
      sum += obsm["spatial"]!.data[2 * row + axis]!;
      count++;
    });
    return sum / count;
  };
  for (const name of names) {
    assertGreater(centre("side", "inj", name, 0), 1000);
    assertLess(centre("side", "uninj", name, 0), -1000);
    assertGreater(centre("dorsal_ventral", "D", name, 1), 500);
    assertLess(centre("dorsal_ventral", "V", name, 1), -500);
  }
});

Deno.test("registerByLabels() finds the anatomical maps of real sections from cell types alone", async () => {
  const [source, registered] = [await sections("spatial_source"), await sections("spatial")];
  const { uns } = await readAnnData(AXOLOTL);
  const { reflected } = uns["registration"] as unknown as { readonly reflected: { readonly data: Int8Array } };
  const names = [...source.keys()];
  for (
    const [moving, fixed] of [["02dpi_rep1", "02dpi_rep2"], ["05dpi_rep3", "05dpi_rep2"], [
      "10dpi_rep4",
      "10dpi_rep1",
    ]] as const
  ) {
    const { map } = registerByLabels(source.get(moving)!, registered.get(fixed)!);
    assertEquals(map.reflected, reflected.data[names.indexOf(moving)] === 1);
    const [found, expected] = [applyRigid(map, source.get(moving)!.points), registered.get(moving)!.points];
    const off = found.data.map((value, i) => Math.abs(value - expected.data[i]!)).toSorted();
    assertLess(off[off.length >> 1]!, 200, `${moving}: median error ${off[off.length >> 1]} of a tissue 6,000 wide`);
  }
});

Deno.test({
  name: "build() makes the axolotl and zebrafish stores from the tables of the source",
  ignore: !hasShared,
  fn: async () => {
    const out = await Deno.makeTempDir();
    try {
      const stores = [AXOLOTL, ZEBRAFISH];
      await build(
        sharedPath("data").pathname,
        out,
        stores.map(({ pathname }) => pathname.split("/").at(-1)!.slice(0, -5)),
      );
      for (const store of stores) {
        const [kept, made] = [
          await readAnnData(store),
          await readAnnData(`${out}/${store.pathname.split("/").at(-1)}`),
        ];
        assertEquals(made.obs, kept.obs);
        assertEquals(made.uns["source_files"], kept.uns["source_files"]);
        for (const key of Object.keys(kept.obsm)) {
          made.obsm[key]!.data.forEach((value, i) => assertAlmostEquals(value, kept.obsm[key]!.data[i]!, 1e-2));
        }
      }
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  },
});
