import { VERSIONS } from "../../experiments/versions.ts";
import { assertEquals } from "../assert.ts";

Deno.test("VERSIONS are those of deno.json", async () => {
  const { name, version, imports } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  const tfjs = imports["@tensorflow/tfjs"].split("@").at(-1);
  assertEquals(VERSIONS, { [name]: version, tfjs });
});
