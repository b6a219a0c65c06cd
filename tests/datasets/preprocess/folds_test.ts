import { DataError } from "../../../core/errors.ts";
import { rng } from "../../../core/rng/stream.ts";
import { groupFolds, nestedFolds, requireOneDonor } from "../../../datasets/preprocess/folds.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";

/** Rows of donors of very different sizes, interleaved. */
function donorsOf(seed: number): readonly string[] {
  const stream = rng(seed).fold("donors").host;
  const count = 4 + seed % 9;
  const skew = stream.uniform(200).map((u) => Math.floor(u * u * count));
  return [...Array.from(skew, (donor) => `donor ${donor}`), ...Array.from({ length: count }, (_, i) => `donor ${i}`)];
}

Deno.test("groupFolds() never puts a donor into two folds, leaves none empty, and balances rows", () => {
  for (let seed = 0; seed < 60; seed++) {
    const donors = donorsOf(seed);
    const folds = 2 + seed % 3;
    const { fold, count } = groupFolds(donors, folds, rng(seed));
    assertEquals([count, fold.length], [folds, donors.length]);
    const foldOf = new Map<string, number>();
    donors.forEach((donor, row) => {
      assertEquals(foldOf.get(donor) ?? fold[row], fold[row], `donor ${donor} is in two folds with seed ${seed}`);
      foldOf.set(donor, fold[row]!);
    });
    const rows = Array.from({ length: folds }, (_, k) => fold.filter((one) => one === k).length);
    assert(rows.every((size) => size > 0));
    const largest = Math.max(...[...foldOf.keys()].map((donor) => donors.filter((other) => other === donor).length));
    assert(Math.max(...rows) - Math.min(...rows) <= largest, `rows ${rows} with donors of up to ${largest}`);
  }
});

Deno.test("groupFolds() depends on the seed and on nothing else", () => {
  const donors = donorsOf(5);
  const once = groupFolds(donors, 3, rng(1)).fold;
  assertEquals(once, groupFolds(donors, 3, rng(1)).fold);
  // Donors of one size, so that the order decides.
  const equal = Array.from({ length: 40 }, (_, i) => `d${i % 20}`);
  const seeds = new Set([1, 2, 3, 4].map((seed) => groupFolds(equal, 4, rng(seed)).fold.join()));
  assertEquals(seeds.size, 4);
  const back = groupFolds(donors.toReversed(), 3, rng(1)).fold;
  assertEquals(Array.from(back).toReversed(), Array.from(once));
});

Deno.test("nestedFolds() keeps test donors out of the inner folds, and inner donors in one fold each", () => {
  for (let seed = 0; seed < 20; seed++) {
    const uniform = rng(seed).host.uniform(150);
    const donors = Array.from(uniform, (u, row) => `donor ${row < 8 ? row : Math.floor(8 * u)}`);
    const nested = nestedFolds(donors, 3, 2 + seed % 2, rng(seed));
    const tested = nested.flatMap(({ test }) => Array.from(test)).sort((a, b) => a - b);
    assertEquals(tested, Array.from(donors.keys()));
    for (const { test, rest, inner: { fold } } of nested) {
      const out = new Set(Array.from(test, (row) => donors[row]));
      const seen = new Map<string, number>();
      rest.forEach((row, at) => {
        const donor = donors[row]!;
        assert(!out.has(donor), `donor ${donor} is tested on and trained on`);
        assertEquals(seen.get(donor) ?? fold[at], fold[at]);
        seen.set(donor, fold[at]!);
      });
    }
  }
});

Deno.test("groupFolds() refuses fewer donors than folds, a single fold, and rows without donor", () => {
  assertThrows(() => groupFolds(["a", "a", "b"], 3, rng(0)), DataError, "3 folds of 2 groups (a, b)");
  assertThrows(() => groupFolds(["a", "b"], 1, rng(0)), RangeError, "1 folds");
  assertThrows(() => groupFolds(["a", ""], 2, rng(0)), DataError, "row 1 has no group");
});

Deno.test("requireOneDonor() refuses a section name that occurs in two donors", () => {
  requireOneDonor(["s1", "s1", "s2"], ["a", "a", "b"]);
  const error = assertThrows(() => requireOneDonor(["s1", "s2", "s1"], ["a", "a", "b"]), DataError, 'section "s1"');
  assert(/"a" and "b"/.test(String(error)));
});
