import { type HostArray, hostArray, type NumericArray } from "../../core/host_array.ts";
import { DataError } from "../../core/errors.ts";
import { writeSafetensors } from "../../core/io/safetensors.ts";
import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { compare, type Line, type Outcomes, runCheck, toleranceOf } from "./compare.ts";
import { type Fixture, numbered, parseFixture, stateDict } from "./fixture.ts";

type Tensors = Readonly<Record<string, HostArray<NumericArray>>>;

function fixtureOf(tensors: Tensors, more: Partial<Fixture> = {}): Fixture {
  return {
    name: "made/up",
    method: "made",
    problem: "up",
    tensors,
    config: {},
    tolerance: { default: { abs: 0.01, rel: 0.1 } },
    special: {},
    ...more,
  };
}

const NUMBERS = fixtureOf({ "out/a": hostArray(Float32Array.of(1, -2, 0), [3]) });

function lineOf(fixture: Fixture, outcomes: Outcomes): Line {
  const lines = compare(fixture, outcomes);
  assertEquals(lines.length, 1);
  return lines[0]!;
}

Deno.test("compare() accepts what lies within abs + rel * |expected| and says how far off it is", () => {
  const line = lineOf(NUMBERS, { "out/a": [1.05, -2.2, 0.005] });
  assertEquals([line.fixture, line.check, line.ok], ["made/up", "out/a", true]);
  assertAlmostEquals(line.max_abs!, 0.2, 1e-9);
  assertAlmostEquals(line.max_rel!, 0.1, 1e-9);
  // The second entry uses most of its limit: 0.2 of 0.01 + 0.1 * 2.
  assertAlmostEquals(line.tol!, 0.21, 1e-9);
});

Deno.test("compare() rejects one entry beyond its limit, infinities and NaN", () => {
  assertEquals(lineOf(NUMBERS, { "out/a": [1.2, -2, 0] }).ok, false);
  assertEquals(lineOf(NUMBERS, { "out/a": [1, -2, 0.02] }).ok, false);
  assertEquals(lineOf(NUMBERS, { "out/a": [Infinity, -2, 0] }).ok, false);
  const line = lineOf(NUMBERS, { "out/a": [1, NaN, 0] });
  assertEquals([line.ok, line.max_abs], [false, NaN]);
});

Deno.test("compare() rejects a wrong number of values", () => {
  const line = lineOf(NUMBERS, { "out/a": [1, -2] });
  assertEquals([line.ok, line.max_abs], [false, null]);
  assertStringIncludes(line.note!, "2 values, expected 3");
});

Deno.test("compare() rejects results that no check computes, and names that the fixture lacks", () => {
  const missing = lineOf(NUMBERS, {});
  assertEquals([missing.check, missing.ok], ["out/a", false]);
  const lines = compare(NUMBERS, { "out/a": [1, -2, 0], "out/b": [1] });
  assertEquals(lines.map(({ check, ok }) => [check, ok]), [["out/a", true], ["out/b", false]]);
});

Deno.test("compare() also checks inputs that our code makes itself", () => {
  const fixture = fixtureOf({ "in/mask": hostArray(Uint8Array.of(1, 0), [2]) });
  assertEquals(compare(fixture, {}), []);
  assertEquals(lineOf(fixture, { "in/mask": [1, 0] }).ok, true);
  assertEquals(lineOf(fixture, { "in/mask": [1, 1] }).ok, false);
});

Deno.test("toleranceOf() takes the entry with the longest matching prefix", () => {
  const value = hostArray(Float32Array.of(0), [1]);
  const names = ["out/grad/a", "out/b", "in/c"];
  const fixture = fixtureOf(Object.fromEntries(names.map((name) => [name, value])), {
    tolerance: {
      default: { abs: 1, rel: 0 },
      "out": { abs: 2, rel: 0 },
      "out/grad": { abs: 3, rel: 0 },
      "out/gradient": { abs: 4, rel: 0 },
    },
  });
  assertEquals(names.map((name) => toleranceOf(fixture, name).abs), [3, 2, 1]);
});

Deno.test("compare() wants whole numbers equal unless an entry allows a step", () => {
  const tensors = { "out/n": hostArray(Int32Array.of(1, 5000), [2]), "out/p": hostArray(Uint8Array.of(7), [1]) };
  const close = { "out/n": [1, 5001], "out/p": [8] };
  const strict = fixtureOf(tensors, { tolerance: { default: { abs: 5, rel: 1 }, "out": { abs: 1e-4, rel: 1e-3 } } });
  assertEquals(compare(strict, close).map(({ ok }) => ok), [false, false]);
  const loose = fixtureOf(tensors, { tolerance: { default: { abs: 0, rel: 0 }, "out/p": { abs: 1, rel: 0 } } });
  assertEquals(compare(loose, close).map(({ ok }) => ok), [false, true]);
});

Deno.test("compare() obeys special rules and insists on them", () => {
  const tensors = { "out/a": hostArray(Float32Array.of(1, 2, 3, 4), [2, 2]) };
  const fixture = fixtureOf(tensors, { special: { "out/a": "only the first row" } });
  const rows = Uint8Array.of(1, 0);
  assertEquals(lineOf(fixture, { "out/a": { kind: "rows", values: [1, 2, 99, NaN], rows } }).ok, true);
  assertEquals(lineOf(fixture, { "out/a": { kind: "rows", values: [99, 2, 3, 4], rows } }).ok, false);
  assertEquals(lineOf(fixture, { "out/a": { kind: "verdict", holds: true } }).ok, true);
  assertEquals(lineOf(fixture, { "out/a": { kind: "verdict", holds: false } }).ok, false);
  // An entry by entry comparison ignores the rule; rows or a verdict need one.
  assertEquals(lineOf(fixture, { "out/a": [1, 2, 3, 4] }).ok, false);
  assertEquals(lineOf(fixtureOf(tensors), { "out/a": { kind: "verdict", holds: true } }).ok, false);
});

Deno.test("runCheck() turns exceptions and problems without a check into failures", async () => {
  const [thrown] = await runCheck(NUMBERS, () => Promise.reject(new Error("no such layer")));
  assertEquals([thrown!.ok, thrown!.note], [false, "no such layer"]);
  const lines = await runCheck(NUMBERS, undefined);
  assertEquals(lines.map(({ check, ok }) => [check, ok]), [["out/a", false]]);
});

Deno.test("parseFixture() reads metadata and refuses other files", () => {
  const tensors = { "net.0.weight": hostArray(Float32Array.of(1, 2), [1, 2]) };
  const metadata = {
    format: "parity-fixture/1",
    method: "made",
    name: "up",
    config: '{"width":3}',
    tolerance: '{"default":{"abs":1,"rel":0}}',
  };
  const fixture = parseFixture(writeSafetensors(tensors, metadata));
  assertEquals([fixture.name, fixture.config["width"], fixture.tolerance["default"]!.abs], ["made/up", 3, 1]);
  assertEquals(stateDict(fixture)["net.0.weight"]!.shape, [1, 2]);
  assertThrows(() => parseFixture(writeSafetensors(tensors)), DataError, "parity-fixture/1");
});

Deno.test("numbered() finds the groups of a fixture", () => {
  const value = hostArray(Float32Array.of(0), [1]);
  const names = ["in/item10/x", "in/item2/x", "in/item2/y", "in/items", "out/item3/x"];
  const fixture = fixtureOf(Object.fromEntries(names.map((name) => [name, value])));
  assertEquals(numbered(fixture, "in/item"), [2, 10]);
});
