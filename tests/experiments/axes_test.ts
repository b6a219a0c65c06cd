import { ConfigError } from "../../core/errors.ts";
import { combinations, parseAxes } from "../../experiments/axes.ts";
import { assertEquals, assertThrows } from "../assert.ts";

Deno.test("parseAxes() splits at commas outside brackets and quotes", () => {
  assertEquals(parseAxes(["train.lr=1e-3,1e-4", "dims=[64],[64,64]", 'name="a,b",c,"d\\",e"', "seed=1"]), [
    { path: "train.lr", values: ["1e-3", "1e-4"] },
    { path: "dims", values: ["[64]", "[64,64]"] },
    { path: "name", values: ['"a,b"', "c", '"d\\",e"'] },
    { path: "seed", values: ["1"] },
  ]);
});

Deno.test("parseAxes() refuses what it cannot read, in one sentence", () => {
  const cases: Readonly<Record<string, string>> = {
    lr: "expected path=value,value, for example train.lr=1e-3,1e-4",
    "=1": "expected path=value,value, for example train.lr=1e-3,1e-4",
    "lr=": "a value is empty",
    "lr=1,,2": "a value is empty",
    "lr=1,2,1": "the value 1 is there twice",
    "dims=[1,2": "a bracket or quote is not closed",
    'name="a': "a bracket or quote is not closed",
    "seed=1,x": 'expected seeds that are whole numbers of at least 0, got "x"',
    "seed=-1": 'expected seeds that are whole numbers of at least 0, got "-1"',
  };
  for (const [text, reason] of Object.entries(cases)) {
    const { message } = assertThrows(() => parseAxes([text]), ConfigError);
    assertEquals(message, `Cannot read sweep "${text}": ${reason}`);
  }
  assertThrows(
    () => parseAxes(["lr=1", "lr=2"]),
    ConfigError,
    'Cannot sweep "lr" twice: put all its values into one --sweep',
  );
});

Deno.test("combinations() runs through the last axis fastest", () => {
  assertEquals(combinations(parseAxes(["a=1,2", "b=x,y"])), [
    { a: "1", b: "x" },
    { a: "1", b: "y" },
    { a: "2", b: "x" },
    { a: "2", b: "y" },
  ]);
  assertEquals(combinations([]), [{}]);
});
