import { hostArray } from "../../../core/host_array.ts";
import { writeAnnData } from "../../../core/io/anndata_writer.ts";
import { prepareCommand } from "../../../datasets/preprocess/command.ts";
import { STEPS } from "../../../datasets/preprocess/registry.ts";
import { assert, assertEquals } from "../../assert.ts";
import { smallTable } from "../helpers.ts";
import { hearing, inFolder } from "./helpers.ts";

async function names(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("prepareCommand() --help names every step", async () => {
  const lines = hearing();
  assertEquals(await prepareCommand(["--help"], lines), 0);
  for (const name of Object.keys(STEPS)) assert(lines.outs[0]!.includes(`\n  ${name} `), name);
});

Deno.test("prepareCommand() exits with 2 and one sentence on wrong usage", async () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [[], "0 paths"],
    [["a", "b", "c", "--steps", "qc"], "3 paths"],
    [["a", "b"], "either --steps or --like"],
    [["a", "b", "--steps", "qc", "--like", "c"], "either --steps or --like"],
    [["a", "b", "--steps", "qcc"], 'did you mean "qc"'],
    [["a", "b", "--steps", "qc", "--seed", "x"], 'seed "x"'],
    [["a", "b", "--stps", "qc"], 'option "--stps"'],
  ];
  for (const [args, sentence] of wrong) {
    const lines = hearing();
    assertEquals(await prepareCommand(args, lines), 2, args.join(" "));
    assertEquals([lines.outs.length, lines.errs.length], [0, 1]);
    assert(lines.errs[0]!.includes(sentence), lines.errs[0]);
  }
});

Deno.test("prepareCommand() exits with 1 on bad data, and leaves neither output nor parts of it", () =>
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
    const cases: readonly (readonly [readonly string[], string])[] = [
      [
        [`${folder}/bad.zarr`, `${folder}/out.zarr`, "--steps", "qc:min_counts=1"],
        'cell "cell7" has -4 of gene "gene3"',
      ],
      [[`${folder}/empty.zarr`, `${folder}/out.zarr`, "--steps", "log1p"], "it has no X"],
      [[`${folder}/none.zarr`, `${folder}/out.zarr`, "--steps", "log1p"], "none.zarr"],
      [[`${folder}/bad.zarr`, `${folder}/out.zarr`, "--like", `${folder}/empty.zarr`], "records none"],
      [[`${folder}/bad.zarr`, `${folder}/photos`, "--steps", "keep"], "is no Zarr store and would be lost"],
    ];
    for (const [args, sentence] of cases) {
      const lines = hearing();
      assertEquals(await prepareCommand(args, lines), 1, args.join(" "));
      assert(lines.errs.at(-1)!.includes(sentence), lines.errs.at(-1));
      assertEquals(await names(folder), before);
    }
  }));

Deno.test("prepareCommand() prepares a store in place, and adds to its records", () =>
  inFolder(async (folder) => {
    const path = `${folder}/cells.zarr`;
    await writeAnnData(path, smallTable());
    assertEquals(await prepareCommand([path, path, "--steps", "keep,normalize"], hearing()), 0);
    const lines = hearing();
    assertEquals(
      await prepareCommand(
        [path, path, "--steps", "log1p,hvg:n=4:flavor=seurat_v3:layer=counts:span=1", "--json"],
        lines,
      ),
      0,
    );
    const { steps, cells, genes } = JSON.parse(lines.outs[0]!);
    assertEquals(steps.map(({ name }: { name: string }) => name), ["keep", "normalize", "log1p", "hvg"]);
    assertEquals([cells, genes, await names(folder)], [720, 4, ["cells.zarr"]]);
  }));
