import { mergeConfig } from "../../../core/config/mod.ts";
import { ConfigError } from "../../../core/errors.ts";
import { assertEquals, assertStrictEquals, assertThrows } from "../../assert.ts";

const DEFAULTS = {
  train: { steps: 10, lr: 0.1, note: null as string | null },
  stages: [{ name: "a", steps: 1 }],
  tags: [] as string[],
  mixed: ["a", 1] as (string | number)[],
};

Deno.test("mergeConfig() merges records and replaces lists", () => {
  const merged = mergeConfig(
    DEFAULTS,
    { train: { lr: 1 }, stages: [{ name: "b", steps: 2 }, { name: "c", steps: 3 }], tags: ["x"], mixed: [2, "b"] },
    "f.json",
  );
  assertEquals(merged, {
    train: { steps: 10, lr: 1, note: null },
    stages: [{ name: "b", steps: 2 }, { name: "c", steps: 3 }],
    tags: ["x"],
    mixed: [2, "b"],
  });
  assertEquals(DEFAULTS.train.lr, 0.1);
});

Deno.test("mergeConfig() of nothing changes nothing", () => {
  assertEquals(mergeConfig(DEFAULTS, {}, "f.json"), DEFAULTS);
  assertEquals(mergeConfig(DEFAULTS, { train: { lr: undefined } }, "f.json"), DEFAULTS);
});

Deno.test("mergeConfig() keeps what the defaults allowed when they are given as schema", () => {
  const noted = mergeConfig(DEFAULTS, { train: { note: "x" } }, "f.json");
  assertStrictEquals(mergeConfig(noted, { train: { note: null } }, "g.json", DEFAULTS).train.note, null);
  assertThrows(() => mergeConfig(noted, { train: { note: null } }, "g.json"), ConfigError, "expected text like");
});

Deno.test("mergeConfig() names file and key of what does not fit", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{ train: { lrr: 1 } }, 'unknown key "train.lrr", did you mean "train.lr"?'],
    [{ train: { lr: "1" } }, 'key "train.lr": expected a number like 0.1, got "1"'],
    [{ train: { lr: NaN } }, 'key "train.lr": expected a number like 0.1, got NaN'],
    [
      { stages: [{ name: "b" }] },
      'key "stages.0": expected an object with keys among name, steps, got none for "steps"',
    ],
    [{ stages: [{ name: "b", steps: 1, stpes: 2 }] }, 'unknown key "stages.0.stpes", did you mean "stages.0.steps"?'],
    [{ stages: ["b"] }, 'key "stages.0": expected an object with keys among name, steps, got "b"'],
    [[1], "expected an object with keys among train, stages, tags, mixed, got [1]"],
    [null, "expected an object with keys among train, stages, tags, mixed, got null"],
    [{ tags: [{}] }, 'key "tags.0": expected text or a number, got {}'],
  ];
  for (const [patch, reason] of cases) {
    const { message } = assertThrows(() => mergeConfig(DEFAULTS, patch, "f.json"), ConfigError);
    assertEquals(message, `Cannot apply f.json: ${reason}`);
  }
});
