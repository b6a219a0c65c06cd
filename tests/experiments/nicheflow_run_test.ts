import { readResult } from "../../core/mod.ts";
import { namesIn } from "../core/run/helpers.ts";
import { assert, assertEquals, assertGreater, assertMatch } from "../assert.ts";
import { hasChromium, openInChromium } from "../chromium.ts";
import { hasPython, runPython } from "../python.ts";
import { exists, run } from "./process.ts";

/** The whole experiment on the embedded sections, with a network that learns nothing in as few steps. */
const SHORT: readonly string[] = [
  "nicheflow-med",
  "--steps=12",
  ...[
    "train.checkpointEvery=5",
    "train.logEvery=1",
    "plugin.config.network.embed=24",
    "plugin.config.network.feedForward=16",
    "plugin.config.network.encoders=1",
    "plugin.config.network.decoders=1",
    "plugin.config.regions.niches=16",
    "plugin.config.regions.pairs=8",
    "plugin.config.classifier.epochs=2",
    "plugin.config.sampling.points=3",
  ].map((setting) => `--set=${setting}`),
];

const KEYS = ["experiment", "run", "seed", "backend", "steps", "seconds", "data", "params", "metrics"];

interface Report {
  readonly figures: readonly { readonly id: string; readonly frames: readonly { readonly file: string }[] }[];
  readonly rerun: readonly string[];
}

Deno.test("nicheflow-med on the embedded sections, from the command line to the report", async (t) => {
  const out = await Deno.makeTempDir({ prefix: "morphogen-" });
  let folder = "";
  let result: Record<string, unknown> & { readonly metrics?: Readonly<Record<string, number>> } = {};
  let report: Report = { figures: [], rerun: [] };
  try {
    const began = await t.step(
      "it ends with 0, says which data it uses first, and prints one JSON object",
      async () => {
        const outcome = await run("exp", [...SHORT, "--json", `--out=${out}`]);
        assertEquals(outcome.code, 0, outcome.err.join("\n"));
        assertEquals(outcome.err[0], "no MED data given: using the axolotl sections (labels as features)");
        result = JSON.parse(outcome.out);
        assertEquals(KEYS.filter((key) => !(key in result)), []);
        assertEquals(result["experiment"], "nicheflow-med");
        assertEquals(result["data"], "embedded:axolotl-brain-regeneration");
        assertEquals(result["steps"], 12);
        folder = String(result["run"]);
        const metrics = result.metrics!;
        for (const name of ["1nn-f1", "spd-equal-budget", "psd", "psd-way"]) {
          assert(Number.isFinite(metrics[name]), name);
        }
      },
    );

    if (!began) {
      return;
    }

    await t.step("its run folder holds everything", async () => {
      const names = await namesIn(folder);
      const wanted = ["checkpoints", "config.json", "env.json", "figures", "metrics.jsonl", "prepared", "report.html"];
      assertEquals(
        [...wanted, "report.json", "result.json", "samples.zarr"].filter((name) => !names.includes(name)),
        [],
      );
      assertEquals(await namesIn(`${folder}/checkpoints`), ["latest", "step-00000010", "step-00000012"]);
      assertEquals(await Deno.readTextFile(`${folder}/checkpoints/latest`), "step-00000012\n");
      assertEquals<unknown>(await readResult({ folder }), result);
      assertEquals((await Deno.readTextFile(`${folder}/metrics.jsonl`)).trim().split("\n").length, 12);
      report = JSON.parse(await Deno.readTextFile(`${folder}/report.json`));
      const files = report.figures.flatMap(({ frames }) => frames.map(({ file }) => file));
      assertEquals(await namesIn(`${folder}/figures`), files.sort());
      assertGreater(files.length, 5);
    });

    await t.step("its report opens in Chromium with every figure and a silent console", async () => {
      if (!hasChromium) return;
      const { dom, console } = await openInChromium(`file://${await Deno.realPath(folder)}/report.html`);
      assertEquals(console, []);
      for (const { id, frames } of report.figures) {
        const from = dom.indexOf(`id="figure-${id}"`);
        assertGreater(from, 0, id);
        const figure = dom.slice(from, dom.indexOf("</figure>", from));
        assertEquals(figure.split('role="img"').length - 1, frames.length, id);
      }
      for (const text of ["built from cell-type labels", "Wei X. et al.", "MIT"]) assert(dom.includes(text), text);
    });

    await t.step("AnnData opens its samples", async () => {
      if (!hasPython("anndata", "zarr")) return;
      const { config } = JSON.parse(await Deno.readTextFile(`${folder}/config.json`));
      const found = runPython(
        `
import json, sys, warnings
warnings.simplefilter("ignore")
import anndata, numpy
table = anndata.read_zarr(sys.argv[1])
print(json.dumps({
  "rows": table.n_obs, "columns": table.n_vars, "spatial": list(table.obsm["spatial"].shape),
  "finite": bool(numpy.isfinite(table.X).all() and numpy.isfinite(table.obsm["spatial"]).all()),
  "obs": sorted(table.obs.columns), "unique": bool(table.obs_names.is_unique),
}))`,
        [`${folder}/samples.zarr`],
      ) as Readonly<Record<string, unknown>>;
      assertGreater(Number(found["rows"]), 1000);
      assertEquals([found["columns"], found["finite"], found["unique"]], [
        config.dataset.config.components,
        true,
        true,
      ]);
      assertEquals(found["spatial"], [found["rows"], 2]);
    });

    await t.step("a finished run is shown again, not run again", async () => {
      const outcome = await run("exp", [...SHORT, "--json", `--out=${out}`]);
      assertEquals(JSON.parse(outcome.out), result);
      assertMatch(outcome.err.join("\n"), /is finished: showing its result; --fresh starts anew$/);
    });

    await t.step("report rebuilds the page to the letter", async () => {
      const path = `${folder}/report.html`;
      const before = await Deno.readTextFile(path);
      await Deno.remove(path);
      const outcome = await run("report", [folder]);
      assertEquals([outcome.code, outcome.out], [0, `report: ${path}\n`], outcome.err.join("\n"));
      assertEquals(await Deno.readTextFile(path) === before, true, "the page differs");
    });

    await t.step("sample draws the same cells again", async () => {
      const outcome = await run("sample", [folder, `--out=${out}/again`]);
      assertEquals(outcome.code, 0, outcome.err.join("\n"));
      const chunk = "X/0.0";
      assertEquals(await exists(`${folder}/samples.zarr/${chunk}`), true);
      const [a, b] = await Promise.all(
        [`${folder}/samples.zarr`, `${out}/again/samples.zarr`].map((store) => Deno.readFile(`${store}/${chunk}`)),
      );
      assertEquals(a!.toHex() === b!.toHex(), true, "the cells differ");
    });
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});
