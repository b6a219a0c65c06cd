import { canonicalJson, hashConfig } from "../../../core/config/mod.ts";
import { assertEquals, assertMatch, assertNotEquals, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";

const CONFIG = { b: [1, 2.5, -0], a: { z: null, y: 'é\n"', x: true }, c: 1e21, d: 1e-7 };

Deno.test("canonicalJson() sorts keys, drops undefined and reads back", () => {
  assertEquals(canonicalJson({ b: undefined, a: 1 }), '{"a":1}');
  assertEquals(canonicalJson({ b: { d: 1, c: 2 }, a: [] }), '{"a":[],"b":{"c":2,"d":1}}');
  assertEquals(canonicalJson(JSON.parse(canonicalJson(CONFIG))), canonicalJson(CONFIG));
});

Deno.test("canonicalJson() refuses what JSON cannot say", () => {
  assertThrows(() => canonicalJson({ a: { b: NaN } }), TypeError, 'Cannot write "a.b" as JSON: it holds NaN');
  assertThrows(() => canonicalJson([() => 1]), TypeError, "a value of type function");
  assertThrows(() => canonicalJson([undefined]), TypeError, "a value of type undefined");
});

Deno.test("hashConfig() does not depend on the order of keys", async () => {
  const a = await hashConfig({ x: 1, y: { p: 1, q: 2 } });
  assertMatch(a, /^[0-9a-f]{8}$/);
  assertEquals(await hashConfig({ y: { q: 2, p: 1 }, x: 1 }), a);
  assertNotEquals(await hashConfig({ y: { q: 2, p: 1 }, x: 2 }), a);
});

Deno.test({
  name: "hashConfig() equals SHA-256 over sorted JSON in Python",
  ignore: !hasPython("json", "hashlib"),
  async fn(): Promise<void> {
    const config = { train: { steps: 1000, lr: 0.0002, name: "tissue é" }, dims: [64, 32], flag: false, none: null };
    const program = `import sys, json, hashlib
text = json.dumps(json.loads(sys.argv[1]), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
print(json.dumps(hashlib.sha256(text.encode()).hexdigest()[:8]))`;
    assertEquals<unknown>(await hashConfig(config), runPython(program, [JSON.stringify(config)]));
  },
});
