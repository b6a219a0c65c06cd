import { assert, assertEquals } from "../assert.ts";

const PAGE = new URL("../../docs/security.md", import.meta.url);

/** Names of the tests of a file; a name that is put together, as `${name} ...`, stands for anything in its place. */
async function testsOf(file: URL): Promise<readonly RegExp[]> {
  const text = await Deno.readTextFile(file);
  const quoted = /(?:Deno\.test\(\s*|name: )(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;
  return [...text.matchAll(quoted)].map(([, plain, template]) => {
    const parts = (plain ?? template!).split(/\$\{[^}]*\}/).map((part) => RegExp.escape(part));
    return new RegExp(`^${parts.join(".+")}$`);
  });
}

Deno.test("every promise of docs/security.md names a test that there is", async () => {
  const rows = (await Deno.readTextFile(PAGE)).split("\n").filter((line) => /\.ts\)/.test(line));
  assert(rows.length > 30, `${rows.length} promises`);
  for (const row of rows) {
    const found = /`([^`]+)` +\(\[([\w.]+)\]\(([\w./-]+)\)\) *\|$/.exec(row);
    assert(found !== null, row);
    const [, name, label, path] = found;
    assertEquals(path!.split("/").at(-1), label);
    const tests = await testsOf(new URL(path!, PAGE));
    assert(tests.some((test) => test.test(name!)), `there is no test "${name}" in ${path}`);
  }
});

Deno.test("every test of this folder that tries a harm stands behind a promise", async () => {
  const page = await Deno.readTextFile(PAGE);
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    if (name.endsWith("_test.ts")) assert(page.includes(`/tests/security/${name}`), name);
  }
});
