import { assert, assertEquals, assertMatch } from "../assert.ts";
import { LIST, PUBLISHED } from "./exports.ts";
import { atLeast, leastVersion, parsePublished, versionProblem } from "./semver.ts";

Deno.test("leastVersion() asks for the next minor version before 1.0.0, for the next major one after it", () => {
  assertEquals(leastVersion("0.1.4", true), "0.2.0");
  assertEquals(leastVersion("1.2.3", true), "2.0.0");
  assertEquals(leastVersion("1.2.3", false), "1.2.3");
  assert(atLeast("0.10.0", "0.9.9") && atLeast("1.0.0", "1.0.0") && !atLeast("0.2.9", "0.3.0"));
});

Deno.test("versionProblem() names what is removed or changed without a new version", () => {
  const published = parsePublished("0.1.0\n. function a\n. variable b\n");
  assertEquals(versionProblem("0.1.0", [". function a", ". variable b", ". function c"], published), undefined);
  assertMatch(
    versionProblem("0.1.1", [". variable b"], published)!,
    /expected at least 0\.2\.0, since .*: \. function a$/,
  );
  assertMatch(
    versionProblem("0.1.1", [". variable a", ". variable b"], published)!,
    /removed or changed: \. function a$/,
  );
  assertEquals(versionProblem("0.2.0", [". variable b"], published), undefined);
  assertMatch(versionProblem("0.0.9", [". function a", ". variable b"], published)!, /expected at least 0\.1\.0$/);
});

Deno.test("the version of deno.json fits what is exported, by the list of what was published", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  const exports = (await Deno.readTextFile(LIST)).trimEnd().split("\n");
  const published = parsePublished(await Deno.readTextFile(PUBLISHED));
  assertEquals(versionProblem(version, exports, published), undefined);
});
