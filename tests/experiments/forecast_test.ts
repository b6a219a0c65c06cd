import { forecaster } from "../../experiments/forecast.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { run } from "./process.ts";
import { TOY } from "./toy_runs.ts";

function heard(name: "native" | "wasm", notes: readonly string[], seconds: readonly number[]): string[] {
  const said: string[] = [];
  let clock = 0;
  const step = forecaster({ name, device: "", notes }, 100, (sentence) => said.push(sentence), () => clock);
  for (const each of seconds) {
    clock += 1000 * each;
    step();
  }
  return said;
}

Deno.test("forecaster() speaks before the first step and after the third", () => {
  const [before, after, ...more] = heard("wasm", [], [2, 2, 2, 2, 2]);
  assertMatch(before!, /^backend wasm .* no BLAS library: .*--backend native/);
  assertMatch(after!, /^training takes about 3 min 14 s more at this speed; /);
  assertEquals(more, []);
});

Deno.test("forecaster() does not wait for more steps where one takes long", () => {
  const said = heard("wasm", ["Cannot find a BLAS library"], [20]);
  assertMatch(said[1]!, /^training takes about 33 min 00 s more at this speed; see the note on the backend above/);
});

Deno.test("forecaster() is silent where a library computes", () => {
  assertEquals(heard("native", [], [1, 1, 1, 1]), []);
});

Deno.test("exp --backend wasm says how long training takes before it is under way", () =>
  inTempFolder(async (out) => {
    const { code, err } = await run("exp", [...TOY, "--steps=10", "--backend=wasm", `--out=${out}`]);
    assertEquals(code, 0, err.join("\n"));
    const at = (pattern: RegExp): number => err.findIndex((line) => pattern.test(line));
    const order = [/^backend wasm: /, /no BLAS library/, /^training takes about \d+ s more/, /^training 10\/10/].map(
      at,
    );
    assertEquals(order.includes(-1), false, err.join("\n"));
    assertEquals(order.toSorted((a, b) => a - b), order);
  }));
