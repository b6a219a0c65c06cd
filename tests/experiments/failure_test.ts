import { ConfigError, DataError, NumericsError } from "../../core/mod.ts";
import { reportFailure } from "../../experiments/failure.ts";
import { Stopped } from "../../experiments/stage.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";

/** Exit code and what was said. */
function reported(error: unknown): readonly [code: number, said: readonly unknown[]] {
  const said: unknown[] = [];
  const original = console.error;
  console.error = (text: unknown) => said.push(text);
  try {
    return [reportFailure(error), said];
  } finally {
    console.error = original;
  }
}

function thrownBy(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}

Deno.test("reportFailure() tells failures apart by exit code, in one sentence", () => {
  const at = { step: 3, part: "x", value: NaN };
  assertEquals(reported(new ConfigError("Cannot do a")), [2, ["Cannot do a"]]);
  assertEquals(reported(new DataError("Cannot do b")), [1, ["Cannot do b"]]);
  assertEquals(reported(new NumericsError("Cannot do c", at)), [1, ["Cannot do c"]]);
  assertEquals(reported(new Stopped("SIGINT"))[0], 130);
  assertEquals(reported(new Stopped("SIGTERM"))[0], 143);
});

Deno.test("reportFailure() spares the user the stack of what input caused", () => {
  const sentences = [
    new RangeError("Cannot clip to norm -1: it must be at least 0"),
    new TypeError('Cannot read part "x" of section "a": it has pos'),
    thrownBy(() => Deno.readTextFileSync("/nothing/there")),
    thrownBy(() => new Float32Array(1e15)),
  ];
  for (const error of sentences) {
    const [code, said] = reported(error);
    assertEquals([code, said.length, typeof said[0]], [1, 1, "string"]);
    assertMatch(String(said[0]), /^Cannot /);
  }
});

Deno.test("reportFailure() keeps the stack of a bug", () => {
  const nothing = undefined as unknown as { deep: { key: string } };
  const bugs = [
    thrownBy(() => nothing.deep.key),
    thrownBy(() => (0 as unknown as () => void)()),
    thrownBy(() => new Array(3).fill(0).toSpliced(0, 1).at(0)!.toFixed(1000)),
    thrownBy(() => structuredClone(() => {})),
    "thrown text",
  ];
  for (const error of bugs) {
    const [code, said] = reported(error);
    assertEquals([code, said.length], [1, 2], String(error));
    assertMatch(String(said[0]), /^This is a bug/);
    assertStringIncludes(String(said[1]), error instanceof Error ? error.stack! : String(error));
  }
});
