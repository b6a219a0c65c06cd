import { ConfigError, DataError } from "../../../core/errors.ts";
import { hostArray, takeRows } from "../../../core/host_array.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { writeAnnData } from "../../../core/io/anndata_writer.ts";
import { prepCommand } from "../../../datasets/preprocess/command.ts";
import { openStream } from "../../../datasets/preprocess/open_stream.ts";
import { recordsOf } from "../../../datasets/preprocess/record.ts";
import { STEPS } from "../../../datasets/preprocess/registry.ts";
import { writeStream } from "../../../datasets/preprocess/write.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { smallTable } from "../helpers.ts";
import { hearing, inFolder, prep } from "./helpers.ts";

async function names(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Every file below a folder with its bytes in hexadecimal. */
async function contents(folder: string, below = ""): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    const path = `${below}${name}`;
    if (isDirectory) Object.assign(found, await contents(folder, `${path}/`));
    else found[path] = (await Deno.readFile(`${folder}/${path}`)).toHex();
  }
  return found;
}

Deno.test("prepCommand() --help names every step", async () => {
  const lines = hearing();
  assertEquals(await prepCommand(["--help"], lines), 0);
  for (const name of Object.keys(STEPS)) assert(lines.outs[0]!.includes(`\n  ${name} `), name);
});

Deno.test("prepCommand() refuses wrong usage with one sentence", async () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [[], "0 paths"],
    [["a"], "1 paths"],
    [["a", "b"], "expected either steps"],
    [["a", "b", "qc", "--like", "c"], "expected either steps"],
    [["a", "b", "--again", "d", "--like", "c"], "expected either steps"],
    [["a", "b", "qcc"], 'did you mean "qc"'],
    [["a", "b", "qc", "--seed", "x"], 'got "x"'],
    [["a", "b", "qc", "--seed"], '"--seed" needs a value'],
    [["a", "b", "qc", "--overwrite=yes"], '"--overwrite" takes no value'],
    [["a", "b", "qc", "--sed", "3"], 'did you mean "--seed"'],
  ];
  for (const [args, sentence] of wrong) {
    const error = await assertRejects(() => prepCommand(args, hearing()), ConfigError, sentence);
    assert(!error.message.includes("\n"));
  }
});

Deno.test("prepCommand() refuses bad data with one sentence, and leaves neither output nor parts of it", () =>
  inFolder(async (folder) => {
    const table = smallTable();
    const bad = Float32Array.from(table.X!.data);
    bad[12 * 7 + 3] = -4;
    await writeAnnData(`${folder}/bad.zarr`, { ...table, X: hostArray(bad, table.X!.shape) });
    const { X: _, ...empty } = table;
    await writeAnnData(`${folder}/empty.zarr`, empty);
    await Deno.mkdir(`${folder}/photos`);
    await Deno.writeTextFile(`${folder}/photos/cat.txt`, "cat");
    const before = await names(folder);
    const [from, to] = [`${folder}/bad.zarr`, `${folder}/out.zarr`];
    const cases: readonly (readonly [readonly string[], string])[] = [
      [[from, to, "qc:min_counts=1"], 'cell "cell7" has -4 of gene "gene3"'],
      // What is wrong is found only while the result is written.
      [[from, to, "log1p"], 'cell "cell7" has -4 of gene "gene3"'],
      [[`${folder}/empty.zarr`, to, "log1p"], "it has no X"],
      [[`${folder}/none.zarr`, to, "log1p"], "none.zarr"],
      [["cells.h5ad", to, "log1p"], "data import first"],
      [[from, to, "--like", `${folder}/empty.zarr`], "records none"],
      [[from, `${folder}/photos`, "keep"], "is no Zarr store and would be lost"],
      [[from, from, "keep"], "it is there already, --overwrite replaces it"],
    ];
    for (const [args, sentence] of cases) {
      const error = await assertRejects(() => prepCommand(args, hearing()), DataError, sentence);
      assert(!error.message.includes("\n"));
      assertEquals(await names(folder), before);
    }
  }));

Deno.test("what is thrown between blocks ends the writing, and leaves an older store as it was", () =>
  inFolder(async (folder) => {
    const [from, to] = [`${folder}/cells.zarr`, `${folder}/out.zarr`];
    await writeAnnData(from, smallTable());
    await prep(from, to, "log1p");
    const before = await contents(folder);
    const stop = (done: number, total: number): void => {
      assertEquals([done, total], [720, 720]);
      throw new Error("stopped");
    };
    const table = await openStream(from, { note: () => {}, onBlock: stop });
    await assertRejects(() => writeStream(to, table), Error, "stopped");
    assertEquals(await contents(folder), before);
  }));

Deno.test("prepCommand() prepares a store in place, in several calls as in one", () =>
  inFolder(async (folder) => {
    const [path, other] = [`${folder}/cells.zarr`, `${folder}/other.zarr`];
    await writeAnnData(path, smallTable());
    const steps = ["keep,normalize", "log1p,hvg:n=4:flavor=seurat_v3:layer=counts:span=1,regions:k=4:section=section"];
    await prep(path, other, steps.join());
    await prep(path, path, steps[0]!, "--overwrite");
    const lines = await prep(path, path, steps[1]!, "--overwrite", "--json");
    const { steps: done, cells, genes } = JSON.parse(lines.outs[0]!);
    assertEquals(done.map(({ name }: { name: string }) => name), ["keep", "normalize", "log1p", "hvg", "regions"]);
    assertEquals([cells, genes, await names(folder)], [720, 4, ["cells.zarr", "other.zarr"]]);
    const [a, b] = [await readAnnData(path), await readAnnData(other)];
    assertEquals(a.obs, b.obs);
    assertEquals(a.X, b.X);
  }));

Deno.test("prepCommand() --again gives the same store from the record, byte for byte", () =>
  inFolder(async (folder) => {
    const [from, first, again] = [`${folder}/cells.zarr`, `${folder}/first.zarr`, `${folder}/again.zarr`];
    await writeAnnData(from, smallTable());
    const steps = "split:by=section:folds=3:test=1,qc:min_counts=5:min_cells=20,keep,normalize,log1p,hvg:n=6," +
      "pca:components=3,neighbors:k=5,coordinates:section=section,regions:k=6:section=section," +
      "sample:n=8:section=section,niches:radius=150:section=section,spatial_neighbors:k=3:section=section";
    await prep(from, first, steps, "--seed", "7");
    const expected = await contents(first);
    assertEquals(await prepCommand([from, again, "--again", first], hearing()), 0);
    assertEquals(await contents(again), expected);
    // Data that have a part of the steps behind them get the rest.
    await prep(from, again, steps.split(",").slice(0, 5).join(), "--seed", "7", "--overwrite");
    assertEquals(await prepCommand([again, again, "--again", first, "--overwrite"], hearing()), 0);
    const [a, b] = [await readAnnData(first), await readAnnData(again)];
    assertEquals(recordsOf(b.uns), recordsOf(a.uns));
    assertEquals([b.obs, b.X, b.obsm], [a.obs, a.X, a.obsm]);
    await prep(from, again, "log1p", "--overwrite");
    await assertRejects(
      () => prepCommand([again, `${folder}/no.zarr`, "--again", first], hearing()),
      DataError,
      'step 1 of the data is "log1p"',
    );
  }));

Deno.test("prepCommand() keeps held-out cells held out when it goes on with a prepared store", () =>
  inFolder(async (folder) => {
    const [path, once] = [`${folder}/cells.zarr`, `${folder}/once.zarr`];
    await writeAnnData(path, smallTable());
    const [split, rest] = ["split:by=section:hold_out=E9.5a+E11.5b", "normalize,log1p,pca:components=3"];
    await prep(path, once, `${split},${rest}`);
    await prep(path, path, split, "--overwrite");
    await prep(path, path, rest, "--overwrite");
    const [a, b] = [await readAnnData(once), await readAnnData(path)];
    assertEquals(recordsOf(b.uns), recordsOf(a.uns));
    assertEquals(recordsOf(b.uns).map(({ fitRows }) => fitRows), [720, 480, 480, 480]);
    const { split: _, ...columns } = b.obs.columns;
    await writeAnnData(path, { ...b, obs: { ...b.obs, columns } });
    await assertRejects(() => prep(path, `${folder}/no.zarr`, "log1p"), DataError, 'obs lacks its column "split"');
  }));

Deno.test("prepCommand() carries image patches along, those of the cells that stay", () =>
  inFolder(async (folder) => {
    const [from, to] = [`${folder}/cells.zarr`, `${folder}/out.zarr`];
    const table = smallTable();
    const patches = hostArray(Uint8Array.from({ length: 720 * 60 }, (_, at) => (at * 7) % 251), [720, 5, 4, 3]);
    await writeAnnData(from, { ...table, obsm: { ...table.obsm, patches } });
    await prep(from, to, "qc:min_counts=40,log1p");
    const out = await readAnnData(to);
    const place = new Map(table.obs.index.map((name, row) => [name, row]));
    const rows = out.obs.index.map((name) => place.get(name)!);
    assert(rows.length > 0 && rows.length < 720, `${rows.length} cells stay`);
    assertEquals(out.obsm["patches"], takeRows(patches, rows));
  }));

Deno.test("prepCommand() says what of a store it leaves out", () =>
  inFolder(async (folder) => {
    const path = `${folder}/cells.zarr`;
    await writeAnnData(path, smallTable());
    for (const name of ["raw", "varp"]) {
      await Deno.mkdir(`${path}/${name}/genes`, { recursive: true });
      for (const group of [name, `${name}/genes`]) {
        await Deno.copyFile(`${path}/uns/.zgroup`, `${path}/${group}/.zgroup`);
      }
    }
    await Deno.remove(`${path}/.zmetadata`).catch(() => {});
    const { errs } = await prep(path, `${folder}/out.zarr`, "log1p");
    assert(errs.some((line) => line.startsWith("Left out varp") && line.includes("genes")), errs.join("\n"));
    assert(errs.some((line) => line.startsWith("Left out raw")), errs.join("\n"));
  }));
