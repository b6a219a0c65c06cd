import {
  extent,
  linearScale,
  linearTicks,
  logScale,
  logTicks,
  padDomain,
  roundEnds,
} from "../../../core/report/scale.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";

const labels = (ticks: readonly { label: string }[]): string[] => ticks.map(({ label }) => label);

Deno.test("linearTicks() falls on round numbers inside the range", () => {
  assertEquals(labels(linearTicks([0, 1])), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  assertEquals(labels(linearTicks([-1.3, 2.1])), ["\u22121.0", "\u22120.5", "0", "0.5", "1.0", "1.5", "2.0"]);
  assertEquals(labels(linearTicks([0, 20000])), ["0", "5,000", "10,000", "15,000", "20,000"]);
  assertEquals(labels(linearTicks([0.12, 0.14])), ["0.120", "0.125", "0.130", "0.135", "0.140"]);
  assertEquals(labels(linearTicks([3, 3])), ["3"]);
  assertEquals(labels(linearTicks([0, 3e-7], 3)), ["0", "1e\u22127", "2e\u22127", "3e\u22127"]);
});

Deno.test("linearTicks() gives about as many as asked for, in steps of 1, 2 or 5, on ranges of any size", () => {
  for (const width of [1e-9, 3.7e-4, 0.9, 1, 7, 44, 99.5, 2e5, 6.02e23]) {
    for (const low of [0, -width / 3, width * 1.7]) {
      for (const count of [3, 5, 8]) {
        const ticks = linearTicks([low, low + width], count);
        assert(ticks.length >= count / 2 && ticks.length <= 2 * count + 1, `${width} ${count}: ${ticks.length}`);
        const step = (ticks[1]!.value - ticks[0]!.value) / 10 ** Math.floor(Math.log10(width / count));
        assert([1, 2, 5, 10].some((nice) => Math.abs(step - nice) < 1e-3), `step ${step}`);
        assert(ticks.every(({ value }) => value >= low - width * 1e-6 && value <= low + width * (1 + 1e-6)));
      }
    }
  }
});

Deno.test("logTicks() uses powers of ten, finer steps for narrow ranges, linear ones for the narrowest", () => {
  assertEquals(labels(logTicks([0.005, 300])), ["0.01", "0.1", "1", "10", "100"]);
  assertEquals(labels(logTicks([0.08, 1.4])), ["0.1", "0.2", "0.5", "1"]);
  assertEquals(labels(logTicks([1.1, 1.9], 4)), ["1.2", "1.4", "1.6", "1.8"]);
  assertEquals(labels(logTicks([1e-9, 1e9])).length <= 7, true);
  assertEquals(labels(logTicks([1e-6, 1e-3])), ["1e\u22126", "1e\u22125", "1e\u22124", "0.001"]);
});

Deno.test("linearScale() and logScale() map ends to ends, also turned round", () => {
  const turned = linearScale([2, 4], [100, 0]);
  assertEquals([turned(2), turned(3), turned(4)], [100, 50, 0]);
  assertEquals(linearScale([1, 1], [0, 10])(1), 5);
  const log = logScale([0.01, 100], [0, 40]);
  assertAlmostEquals(log(0.1), 10, 1e-9);
  assert(Number.isNaN(log(0)) && Number.isNaN(log(-1)));
});

Deno.test("extent(), padDomain() and roundEnds() cope with nothing, one value and gaps", () => {
  assertEquals(extent([]), [0, 1]);
  assertEquals(extent([[NaN, 3], Float32Array.of(-2, Infinity)]), [-2, 3]);
  assertEquals(padDomain([0, 10], 0.1), [-1, 11]);
  assertEquals(padDomain([0, 0], 0.1), [-0.5, 0.5]);
  assertEquals(roundEnds([0, 19999]), [0, 20000]);
  assertEquals(roundEnds([0, 17000]), [0, 17000]);
  assertEquals(roundEnds([4, 4]), [4, 4]);
});
