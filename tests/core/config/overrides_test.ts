import { applyOverrides } from "../../../core/config/mod.ts";
import { ConfigError } from "../../../core/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const DEFAULTS = {
  train: { steps: 100000, lr: 0.0002, ema: true, clip: null as number | string | null },
  plugin: { objective: { kind: "glvfm", parts: { x: 1, pos: 1 } }, dims: [64, 64], presets: [] as (string | number)[] },
  name: "med",
};

function messageOf(override: string): string {
  return assertThrows(() => applyOverrides(DEFAULTS, [override]), ConfigError).message;
}

Deno.test("applyOverrides() sets numbers, texts, truth values and lists", () => {
  const config = applyOverrides(DEFAULTS, [
    "train.lr=1e-3",
    "train.ema=false",
    "plugin.objective.kind=cfm",
    'name="with = and \\u00e9"',
    "plugin.dims=[128]",
    'plugin.presets=["a",1]',
  ]);
  assertEquals(config, {
    train: { steps: 100000, lr: 0.001, ema: false, clip: null },
    plugin: { objective: { kind: "cfm", parts: { x: 1, pos: 1 } }, dims: [128], presets: ["a", 1] },
    name: "with = and é",
  });
});

Deno.test("applyOverrides() goes left to right and leaves the defaults as they were", () => {
  const before = structuredClone(DEFAULTS);
  assertEquals(applyOverrides(DEFAULTS, ["train.steps=1", "train.steps=2"]).train.steps, 2);
  assertEquals(DEFAULTS, before);
});

Deno.test("applyOverrides() reads numbers as text where the default is text", () => {
  assertEquals(applyOverrides(DEFAULTS, ["name=2024"]).name, "2024");
  assertEquals(applyOverrides(DEFAULTS, ["name=null"]).name, "null");
  assertEquals(applyOverrides(DEFAULTS, ["name=a=b"]).name, "a=b");
  assertEquals(applyOverrides(DEFAULTS, ["name="]).name, "");
});

Deno.test("applyOverrides() accepts any scalar where the default is null", () => {
  assertEquals(applyOverrides(DEFAULTS, ["train.clip=1.5"]).train.clip, 1.5);
  assertEquals(applyOverrides(DEFAULTS, ["train.clip=norm"]).train.clip, "norm");
  const clipped = applyOverrides(DEFAULTS, ["train.clip=1"]);
  assertEquals(applyOverrides(clipped, ["train.clip=null"], DEFAULTS).train.clip, null);
});

Deno.test("applyOverrides() merges an object key by key", () => {
  assertEquals(applyOverrides(DEFAULTS, ['train={"lr":1}']).train, { ...DEFAULTS.train, lr: 1 });
});

Deno.test("applyOverrides() refuses what does not fit, in one sentence", () => {
  const cases: Readonly<Record<string, string>> = {
    "train.lrr=1e-3": 'unknown key "train.lrr", did you mean "train.lr"?',
    "train.steps=many": 'expected a number like 100000, got "many"',
    "train.steps=1e999": "expected a number like 100000, got Infinity",
    "train.steps=null": "expected a number like 100000, got null",
    "train.ema=yes": 'expected true or false, got "yes"',
    "train.ema=1": "expected true or false, got 1",
    "train.clip=[1]": "expected text, a number, true, false or null, got [1]",
    "lr=1": 'unknown key "lr", did you mean "train.lr"?',
    "train.zzzzzz=1": 'unknown key "train.zzzzzz", known are train.steps, train.lr, train.ema, train.clip',
    "zzzzzz.y=1": 'unknown key "zzzzzz.y", known are train, plugin, name',
    "train.lr.x=1": 'unknown key "train.lr.x", did you mean "train.lr"?',
    "__proto__.q=1": 'unknown key "__proto__.q", known are train, plugin, name',
    "constructor=1": 'unknown key "constructor", known are train, plugin, name',
    "train=5": "expected an object with keys among steps, lr, ema, clip, got 5",
    'train={"lr":"a"}': 'key "train.lr": expected a number like 0.0002, got "a"',
    'train={"lrr":1}': 'unknown key "train.lrr", did you mean "train.lr"?',
    "plugin.dims=128": "expected a list like [64,64], got 128",
    'plugin.dims=[1,"a"]': 'key "plugin.dims.1": expected a number like 64, got "a"',
    "plugin.dims.0=1": '"plugin.dims" is a list, set it as a whole: plugin.dims=[64,64]',
    "plugin.presets=[true]": 'key "plugin.presets.0": expected text or a number, got true',
    "train.steps": 'expected path=value, for example "train.steps=100000"',
    "=3": 'unknown key "", known are train, plugin, name',
  };
  for (const [override, reason] of Object.entries(cases)) {
    assertEquals(messageOf(override), `Cannot apply override "${override}": ${reason}`);
  }
});

Deno.test("applyOverrides() does not touch the prototype of objects", () => {
  assertThrows(() => applyOverrides(DEFAULTS, ['train={"__proto__":{"polluted":1}}']), ConfigError, "__proto__");
  assertEquals("polluted" in {}, false);
});
