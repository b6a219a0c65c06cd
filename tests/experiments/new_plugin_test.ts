import { ConfigError } from "../../core/mod.ts";
import { applyChanges, type FileChange } from "../../experiments/new_plugin/changes.ts";
import { packageChanges } from "../../experiments/new_plugin/in_package.ts";
import { repositoryChanges } from "../../experiments/new_plugin/in_repository.ts";
import { pluginNames, renamed } from "../../experiments/new_plugin/names.ts";
import { withEntry } from "../../experiments/new_plugin/tables.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { denoIn, type Ran, ROOT } from "./deno_in.ts";

function assertDone({ code, out, err }: Ran): void {
  assertEquals(code, 0, `${out}\n${err}`);
}

const GENERATE = ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "experiments/new_plugin/main.ts"];

Deno.test("names of plugins have all their forms, or are refused with the reason", () => {
  const { kebab, snake, camel, pascal, constant } = pluginNames("my-2d-method");
  assertEquals([kebab, snake, camel, pascal, constant], [
    "my-2d-method",
    "my_2d_method",
    "my2dMethod",
    "My2dMethod",
    "MY_2D_METHOD",
  ]);
  for (const bad of ["", "My", "my_method", "-a", "a-", "a--b", "2d", "a/b", "../a", "a b", "class", "x".repeat(19)]) {
    assertThrows(() => pluginNames(bad), ConfigError, `Cannot name a plugin "${bad}": `);
  }
});

Deno.test("renamed() renames in every form and keeps imports sorted", () => {
  const text =
    'import { checkTemplate, TEMPLATE_DEFAULTS, type TemplateConfig } from "./config.ts";\n"template" templateNetwork';
  const expected = 'import { A_DEFAULTS, type AConfig, checkA } from "./config.ts";\n"a" aNetwork';
  assertEquals(renamed(text, pluginNames("a")), expected);
});

Deno.test("withEntry() adds to a table in the order of its keys, whatever stands between them", () => {
  const table = "const T = {\n  a: 1,\n  // a note\n  c: {\n    b: 2,\n  },\n};\n";
  assertEquals(
    withEntry(table, "const T", "  b: 3,"),
    "const T = {\n  a: 1,\n  // a note\n  b: 3,\n  c: {\n    b: 2,\n  },\n};\n",
  );
  assertEquals(
    withEntry(table, "const T", "  d: 3,"),
    "const T = {\n  a: 1,\n  // a note\n  c: {\n    b: 2,\n  },\n  d: 3,\n};\n",
  );
  assertThrows(() => withEntry(table, "const T", "  c: 3,"), TypeError, "has this key already");
  assertThrows(() => withEntry(table, "const U", "  c: 3,"), TypeError, "there is no table");
  const json = '{\n  "exports": {\n    ".": "x",\n    "./plugins/b": "y",\n    "./a": "z"\n  }\n}\n';
  assertEquals(
    withEntry(json, '"exports"', '    "./plugins/c": "w",', "./plugins/"),
    '{\n  "exports": {\n    ".": "x",\n    "./plugins/b": "y",\n    "./plugins/c": "w",\n    "./a": "z"\n  }\n}\n',
  );
  assertEquals(JSON.parse(withEntry('{\n  "e": {\n    "a": 1\n  }\n}', '"e"', '    "b": 2,')), { e: { a: 1, b: 2 } });
});

async function listing(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    found.push(...isDirectory ? (await listing(`${folder}/${name}`)).map((inner) => `${name}/${inner}`) : [name]);
    if (isDirectory) found.push(`${name}/`);
  }
  return found.sort();
}

Deno.test("applyChanges() writes all files or none, and never over one that is there", () =>
  inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/old.txt`, "old");
    await Deno.writeTextFile(`${folder}/block`, "");
    const made: FileChange = { path: `${folder}/new/deep/a.txt`, text: "a" };
    const changed: FileChange = { path: `${folder}/old.txt`, text: "changed", was: "old" };
    const impossible: FileChange = { path: `${folder}/block/b.txt`, text: "b" };
    const before = await listing(folder);
    await assertRejects(() => applyChanges([made, changed, impossible]));
    assertEquals(await listing(folder), before);
    assertEquals(await Deno.readTextFile(`${folder}/old.txt`), "old");
    const taken: FileChange = { path: `${folder}/old.txt`, text: "new" };
    await assertRejects(() => applyChanges([made, taken]), ConfigError, "it is there already");
    assertEquals(await listing(folder), before);
    await applyChanges([made, changed]);
    assertEquals(await Deno.readTextFile(`${folder}/new/deep/a.txt`), "a");
    assertEquals(await Deno.readTextFile(`${folder}/old.txt`), "changed");
  }));

Deno.test("what new-plugin writes is formatted, whatever the length of the name", () =>
  inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/deno.json`, '{ "fmt": { "lineWidth": 120 } }\n');
    for (const name of ["a", "zz-top", "abcdefgh-ijklmnopq"]) {
      const names = pluginNames(name);
      const inside = await repositoryChanges(names, ROOT);
      await applyChanges([
        ...await packageChanges(names, `${folder}/${name}`, false),
        ...inside.map(({ path, text }, i) => ({ path: `${folder}/in-${name}/${i}-${path.split("/").at(-1)}`, text })),
      ]);
    }
    assertDone(await denoIn(folder, ["fmt", "--check"]));
  }));

Deno.test("new-plugin refuses what it cannot make, with the reason and exit code 2", () =>
  inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/README.md`, "mine");
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /^Cannot make 0 plugins: name one/],
      [["a", "b"], /^Cannot make 2 plugins/],
      [["cfm", `--dir=${folder}/x`], /^Cannot name a plugin "cfm": there is one of this name/],
      [["My", `--dir=${folder}/x`], /^Cannot name a plugin "My"/],
      [["mine", "--link"], /^Flag "--link" is for packages/],
      [["mine", `--dir=${folder}`], /README\.md: it is there already/],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await denoIn(ROOT, [...GENERATE, ...args]);
      assertEquals([code, out], [2, ""], err);
      assertMatch(err.trim(), message);
    }
    assertEquals(await listing(folder), ["README.md"]);
  }));

const TINY = ["--steps=2", "--set=plugin.config.sampling.cells=16", "--set=plugin.config.sampling.points=3", "--json"];

Deno.test("new-plugin --dir makes a package that passes the contract tests, trains at once and can be published", () =>
  inTempFolder(async (folder) => {
    const dir = `${folder}/a-plugin`;
    assertDone(await denoIn(ROOT, [...GENERATE, "a-plugin", `--dir=${dir}`, "--link"]));
    assertDone(await denoIn(dir, ["fmt", "--check"]));
    assertDone(await denoIn(dir, ["lint"]));
    const tested = await denoIn(dir, ["task", "test"]);
    assertDone(tested);
    assertMatch(tested.out, /ok \| \d\d passed/);
    const listed = await denoIn(dir, ["task", "exp", "--list", "--json"]);
    assertDone(listed);
    assertEquals(JSON.parse(listed.out)[0].name, "a-plugin-toy");
    const trained = await denoIn(dir, ["task", "exp", "a-plugin-toy", ...TINY]);
    assertDone(trained);
    const { steps, metrics, run } = JSON.parse(trained.out);
    assert(steps === 2 && Number.isFinite(metrics["energy-distance"]), trained.out);
    assert(run.startsWith("runs/a-plugin-toy/"), run);
    // From the checkout, by the plugin's path, which knows the experiment.
    const again = await denoIn(ROOT, ["task", "eval", `${dir}/${run}`, "--plugin", `${dir}/mod.ts`, "--json"]);
    assertDone(again);
    assertEquals(JSON.parse(again.out).metrics, metrics);
    assertDone(await denoIn(dir, ["publish", "--dry-run", "--allow-dirty", "--no-check"]));
  }));

/** Copy what the checkout needs to run, without its history and runs. */
async function copyCheckout(to: string): Promise<void> {
  const copy = async (from: URL, into: string): Promise<void> => {
    await Deno.mkdir(into, { recursive: true });
    for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
      if (isDirectory) await copy(new URL(`${name}/`, from), `${into}/${name}`);
      else if (isFile) await Deno.copyFile(new URL(name, from), `${into}/${name}`);
    }
  };
  for (const folder of ["core", "plugins", "experiments", "datasets", "tests"]) {
    await copy(new URL(`${folder}/`, ROOT), `${to}/${folder}`);
  }
  for (const file of ["deno.json", "deno.lock", "mod.ts"]) await Deno.copyFile(new URL(file, ROOT), `${to}/${file}`);
}

Deno.test("new-plugin adds a plugin to a checkout: formatted, registered, tested, and it trains", () =>
  inTempFolder(async (folder) => {
    await copyCheckout(folder);
    const root = new URL(`file://${folder}/`);
    const changes = await repositoryChanges(pluginNames("my-method"), root);
    await applyChanges(changes);
    const paths = changes.map(({ path }) => path);
    assertDone(await denoIn(root, ["fmt", "--check", ...paths]));
    const sources = paths.filter((path) => path.endsWith(".ts"));
    assertDone(await denoIn(root, ["lint", ...sources]));
    const tests = ["tests/plugins/my_method/", "tests/contract/plugins_test.ts", "tests/architecture/layout_test.ts"];
    const filter = "--filter=/my-method|myMethod|held to the contract|called what/";
    assertDone(await denoIn(root, ["test", "-A", "--no-check", filter, ...tests]));
    const trained = await denoIn(root, ["task", "exp", "my-method-emt", ...TINY]);
    assertDone(trained);
    assertEquals(JSON.parse(trained.out).steps, 2);
    const { exports, tasks } = JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
    assertEquals(exports["./plugins/my-method"], "./plugins/my-method/mod.ts");
    assert(tasks.doc.command.includes("plugins/my-method/mod.ts"), tasks.doc.command);
  }));
