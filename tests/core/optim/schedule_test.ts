import { constantSchedule, cosineSchedule, plateau, type PlateauState } from "../../../core/optim/schedule.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

const FLOAT64 = vectors.meta.tolerance.float64;

type Options = Parameters<typeof plateau>[2];

/** Factor on the learning rate after each value. */
function factors(values: readonly number[], options: Options): number[] {
  let state: PlateauState | undefined;
  return values.map((value) => (state = plateau(state, value, options)).factor);
}

Deno.test("plateau() reproduces the vector reduce_on_plateau", () => {
  const { factor, patience, threshold_rel, lr0, ...want } = vectors.reduce_on_plateau;
  assertEquals(want.metric, "constant 0.5 for 60 calls");
  const options = { multiplier: factor, patience, threshold: threshold_rel };
  const rates = factors(Array(60).fill(0.5), options).map((value) => lr0 * value);
  assertEquals(rates.findIndex((rate) => rate < lr0) + 1, want.first_call_with_lower_lr_1based);
  assertEquals(rates.findIndex((rate) => rate < lr0 * factor) + 1, want.second_drop_call_1based);
  assertAlmostEquals(rates.at(-1)!, want.final_lr, FLOAT64 * want.final_lr);
});

Deno.test("plateau() counts only relative gains above the threshold", () => {
  const options = { multiplier: 0.5, patience: 1, threshold: 0.1 };
  // 1.05 and 1.09 are within a tenth of 1; 1.2 is not.
  assertEquals(factors([1, 1.05, 1.09, 1.2, 1.2, 1.2], options), [1, 1, 0.5, 0.5, 0.5, 0.25]);
  assertEquals(factors([0, NaN, NaN], options), [1, 1, 0.5]);
  // A gain has to exceed the threshold, also where that is 0.
  assertEquals(factors([0, 0, 0], options), [1, 1, 0.5]);
});

Deno.test("plateau() lowers the rate where torch's ReduceLROnPlateau does", () => {
  const values = [0.1, 0.3, 0.30001, 0.29, 0.3, 0.31, 0.31, 0.31, 0.31, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.6];
  // PyTorch 1.13: ReduceLROnPlateau(optimizer, mode="max", factor=0.75, patience=2, threshold=1e-4), rate 1 at the start.
  const [once, twice, thrice] = [0.75, 0.5625, 0.421875];
  const torch = [
    ...[1, 1, 1, 1, once, once, once, once],
    ...[twice, twice, twice, twice, thrice, thrice, thrice, 0.31640625, 0.31640625, 0.31640625],
  ];
  assertClose(factors(values, { multiplier: 0.75, patience: 2, threshold: 1e-4 }), torch, 1e-12);
});

Deno.test("constantSchedule() is constant", () => {
  assertEquals([0, 1, 1e6].map(constantSchedule(0.3)), [0.3, 0.3, 0.3]);
});

Deno.test("cosineSchedule() warms up, falls and stays", () => {
  const rate = cosineSchedule({ peak: 2, warmup: 4, steps: 24, floor: 0.5 });
  assertClose([0, 1, 2, 3].map(rate), [0.5, 1, 1.5, 2], 1e-12);
  assertAlmostEquals(rate(4), 2, 1e-12);
  assertAlmostEquals(rate(14), 1.25, 1e-12);
  assertAlmostEquals(rate(9), 0.5 + 1.5 * 0.5 * (1 + Math.SQRT1_2), 1e-12);
  assertClose([24, 25, 1000].map(rate), [0.5, 0.5, 0.5], 1e-12);
  for (let step = 4; step < 24; step++) assert(rate(step + 1) < rate(step), `step ${step}`);
});

Deno.test("cosineSchedule() without warm-up starts at the peak", () => {
  const rate = cosineSchedule({ peak: 1, warmup: 0, steps: 10, floor: 0 });
  assertEquals(rate(0), 1);
  assertAlmostEquals(rate(10), 0, 1e-12);
});
