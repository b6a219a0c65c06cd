import { type AnnData, hostArray } from "../../core/mod.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { assertFailed, exists, run } from "./process.ts";
import { TINY, type TissueOptions, tissueTable, writeTissue } from "./tissue_store.ts";

function without(record: AnnData["obs"]["columns"], name: string): AnnData["obs"]["columns"] {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

function withColumns(table: AnnData, columns: AnnData["obs"]["columns"]): AnnData {
  return { ...table, obs: { ...table.obs, columns } };
}

/** The usual tissue with changed coordinates. */
function placed(change: (spatial: Float32Array) => void, options?: TissueOptions): AnnData {
  const table = tissueTable(options);
  const { data, shape } = table.obsm["spatial"]!;
  const spatial = Float32Array.from(data);
  change(spatial);
  return { ...table, obsm: { spatial: hostArray(spatial, shape) } };
}

const usual = tissueTable();

/** Tables that cannot be used, by name, with what the one sentence says. */
const BAD: Readonly<Record<string, readonly [table: AnnData, sentence: RegExp]>> = {
  "no-coordinates": [{ ...usual, obsm: {} }, /^Cannot find coordinates in obsm "spatial": obsm has no arrays/],
  "other-coordinates": [
    { ...usual, obsm: { X_umap: usual.obsm["spatial"]! } },
    /^Cannot find coordinates in obsm "spatial": obsm has X_umap/,
  ],
  "flat-coordinates": [
    { ...usual, obsm: { spatial: hostArray(new Float32Array(360), [360, 1]) } },
    /of shape \[360,1\] as coordinates: expected \[N, 2\] or \[N, 3\]$/,
  ],
  "no-times": [
    withColumns(usual, without(usual.obs.columns, "timepoint")),
    /^Cannot find the time points in obs column "timepoint": obs has annotation/,
  ],
  "one-time": [tissueTable({ times: ["E9.5"] }), /one time point \(E9\.5\): expected at least 2$/],
  "nan": [placed((at) => at[400] = NaN), /^Cannot use section "E10\.5": cell 80 has coordinate NaN/],
  "infinite": [placed((at) => at[401] = Infinity), /^Cannot use section "E10\.5": cell 80 has coordinate Infinity/],
  "equal": [placed((at) => at.fill(5)), /^Cannot use section "E9\.5": all 120 cells have 5 as coordinate 0/],
  "few-cells": [tissueTable({ cells: 1 }), /^Cannot /],
};

Deno.test("exp --data ends with 1 and one sentence on a table that it cannot use", () =>
  inTempFolder(async (folder) => {
    for (const [name, [table, sentence]] of Object.entries(BAD)) {
      const path = await writeTissue(folder, name, table);
      assertFailed(await run("exp", ["nicheflow-med", `--data=${path}`, ...TINY, `--out=${folder}/runs`]), 1, sentence);
    }
    assertEquals(await exists(`${folder}/runs`), false);
  }));

Deno.test("exp --data ends with 1 and one sentence on what is no store", () =>
  inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/cells.h5ad`, "not a store");
    await Deno.mkdir(`${folder}/empty.zarr`);
    await Deno.mkdir(`${folder}/other.zarr`);
    await Deno.writeTextFile(`${folder}/other.zarr/.zgroup`, '{"zarr_format":2}');
    const cases = {
      [`${folder}/missing.zarr`]: /missing\.zarr" as a Zarr store: there is no such file or folder/,
      [`${folder}/empty.zarr`]: /empty\.zarr" as a Zarr store/,
      [`${folder}/other.zarr`]: /other\.zarr" as AnnData: .*expected a group with "obs" and "var"/,
      [`${folder}/cells.h5ad`]: /cells\.h5ad/,
      "https://127.0.0.1:9/cells.zarr": /^Cannot read "https:\/\/127\.0\.0\.1:9/,
    };
    for (const [path, sentence] of Object.entries(cases)) {
      assertFailed(await run("exp", ["nicheflow-med", `--data=${path}`, `--out=${folder}/runs`]), 1, sentence);
    }
    assertEquals(await exists(`${folder}/runs`), false);
  }));

Deno.test("exp --data ends with 1 and one sentence where sections have fewer cells than a niche", () =>
  inTempFolder(async (folder) => {
    // The second time point has five cells, the niches of the others more.
    const table = tissueTable();
    const first = table.obs.columns["timepoint"];
    assert(first !== undefined && "kind" in first && first.kind === "categorical");
    const codes = first.codes.map((code, i) => code === 1 && i >= 125 ? -1 : code);
    const few = withColumns(table, { ...table.obs.columns, timepoint: { ...first, codes } });
    const path = await writeTissue(folder, "few", few);
    const outcome = await run("exp", ["nicheflow-med", `--data=${path}`, ...TINY, `--out=${folder}/runs`]);
    assertEquals(outcome.code, 1, outcome.err.join("\n"));
    assertMatch(outcome.err[0]!, /^Left out 115 of 360 cells/);
    assertMatch(outcome.err.at(-1)!, /^Cannot use section "E10\.5": it has 5 cells, and the niches of .* have \d+; /);
    assertEquals(outcome.err.filter((line) => line.startsWith("training")), []);
  }));

Deno.test("exp --data without labels skips what needs them, and says so in output, result and report", () =>
  inTempFolder(async (folder) => {
    const path = await writeTissue(folder, "plain", withColumns(usual, without(usual.obs.columns, "annotation")));
    const { code, out, err } = await run("exp", [
      ...["nicheflow-med", `--data=${path}`, ...TINY, "--steps=2", "--json", `--out=${folder}/runs`],
    ]);
    assertEquals(code, 0, err.join("\n"));
    const { metrics, notes, run: where } = JSON.parse(out);
    assertEquals(Object.keys(metrics).filter((name) => name.includes("1nn")), []);
    assert(Number.isFinite(metrics["spd-equal-budget"]));
    assert(err.some((line) => /^No labels in obs column "annotation"/.test(line)), err.join("\n"));
    assert(notes.some((note: string) => /no cell-type labels|no cell types/.test(note)), notes.join("\n"));
    assertMatch(await Deno.readTextFile(`${where}/report.html`), /no cell-type labels|no cell types/);
  }));
