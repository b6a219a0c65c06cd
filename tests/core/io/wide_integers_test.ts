import { narrowIntegers, widenIntegers } from "../../../core/io/wide_integers.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

Deno.test("narrowIntegers() takes the smallest type that holds all values", () => {
  const edges = [-(2n ** 31n), -1n, 0n, 1n, 2n ** 31n - 1n];
  assertEquals(narrowIntegers(BigInt64Array.from(edges)), Int32Array.from(edges, Number));
  for (const wide of [-(2n ** 31n) - 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, -(2n ** 53n) + 1n]) {
    assertEquals(narrowIntegers(BigInt64Array.of(-1n, wide)), Float64Array.of(-1, Number(wide)));
  }
  assertEquals(narrowIntegers(BigUint64Array.of(2n ** 31n - 1n)), Int32Array.of(2 ** 31 - 1));
  for (const wide of [2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n]) {
    assertEquals(narrowIntegers(BigUint64Array.of(7n, wide)), Float64Array.of(7, Number(wide)));
  }
  assertEquals(narrowIntegers(new BigInt64Array()), new Int32Array());
  assertEquals(narrowIntegers(BigInt64Array.of(9n, 1n, 2n).subarray(1)), Int32Array.of(1, 2));
});

Deno.test("narrowIntegers() refuses integers that float64 would round", () => {
  for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
    assertThrows(() => narrowIntegers(BigInt64Array.of(0n, value)), RangeError, "Cannot read integer 1: about");
  }
  assertThrows(() => narrowIntegers(BigUint64Array.of(2n ** 64n - 1n)), RangeError, "beyond 2^53");
});

Deno.test("widenIntegers() is undone by narrowIntegers() and refuses fractions", () => {
  const values = Float64Array.of(-(2 ** 40), 0, 2 ** 52);
  assertEquals(narrowIntegers(widenIntegers(values)), values);
  assertThrows(() => widenIntegers([0.5]), RangeError);
});
