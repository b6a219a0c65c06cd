import { readConfigFile } from "../../../core/config/mod.ts";
import { ConfigError } from "../../../core/errors.ts";
import { assertEquals, assertMatch, assertRejects } from "../../assert.ts";

async function withFile(text: string, fn: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, text);
    await fn(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readConfigFile() reads an object", async () => {
  await withFile('{"train":{"lr":1}}', async (path) => assertEquals(await readConfigFile(path), { train: { lr: 1 } }));
});

Deno.test("readConfigFile() takes the configuration out of a run's config.json", async () => {
  const text = JSON.stringify({ format: 1, experiment: "toy", seed: 1, config: { train: { lr: 2 } } });
  await withFile(text, async (path) => assertEquals(await readConfigFile(path), { train: { lr: 2 } }));
});

Deno.test("readConfigFile() refuses a missing file, broken JSON and other values in one sentence", async () => {
  const missing = await assertRejects(() => readConfigFile("/nowhere/x.json"), ConfigError);
  assertEquals(missing.message, 'Cannot read configuration "/nowhere/x.json": there is no such file');
  await withFile('{"a":', async (path) => {
    const { message } = await assertRejects(() => readConfigFile(path), ConfigError);
    assertMatch(message, /^Cannot read configuration ".*": it is not valid JSON \(.*\)$/);
  });
  await withFile("[1]", async (path) => {
    await assertRejects(() => readConfigFile(path), ConfigError, "expected a JSON object, got [1]");
  });
});
