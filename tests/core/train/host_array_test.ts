import { concatRows, hostArray, type NumericArray, rowSize, takeRows } from "../../../core/mod.ts";
import { assertEquals, assertNotEquals, assertStrictEquals, assertThrows } from "../../assert.ts";

Deno.test("hostArray() keeps the values it is given and checks their number", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  assertStrictEquals(hostArray(data, [2, 3]).data, data);
  assertEquals(hostArray(Float32Array.of(5), []).shape, []);
  assertEquals(hostArray(new Float32Array(0), [0, 3]).shape, [0, 3]);
  assertThrows(() => hostArray(data, [2, 2]), RangeError, "6 values as [2, 2], which holds 4");
  assertThrows(() => hostArray(data, []), RangeError, "which holds 1");
});

Deno.test("rowSize() multiplies all axes but the first", () => {
  assertEquals([rowSize([7]), rowSize([7, 3]), rowSize([7, 4, 4, 3]), rowSize([7, 0])], [1, 3, 48, 0]);
});

Deno.test("takeRows() copies rows in order, repeats allowed, for every type of number", () => {
  const kinds: readonly ((values: number[]) => NumericArray)[] = [
    Float32Array.from.bind(Float32Array),
    Float64Array.from.bind(Float64Array),
    Int32Array.from.bind(Int32Array),
    Uint32Array.from.bind(Uint32Array),
    Int16Array.from.bind(Int16Array),
    Uint16Array.from.bind(Uint16Array),
    Int8Array.from.bind(Int8Array),
    Uint8Array.from.bind(Uint8Array),
  ];
  for (const kind of kinds) {
    const array = hostArray(kind([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), [3, 2, 2]);
    const taken = takeRows(array, [2, 0, 2]);
    assertEquals(taken.shape, [3, 2, 2]);
    assertEquals(Array.from(taken.data), [8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]);
    assertStrictEquals(taken.data.constructor, array.data.constructor);
    taken.data[0] = 99;
    assertEquals(array.data[8], 8);
  }
});

Deno.test("takeRows() takes nothing from nothing and refuses rows that are not there", () => {
  const array = hostArray(Float32Array.of(1, 2, 3, 4), [2, 2]);
  assertEquals(takeRows(array, []).shape, [0, 2]);
  assertEquals(Array.from(takeRows(hostArray(Float32Array.of(1, 2), [2]), Int32Array.of(1)).data), [2]);
  for (const row of [2, -1, NaN]) assertThrows(() => takeRows(array, [0, row]), RangeError, `row ${row}`);
  assertThrows(() => takeRows(hostArray(new Float32Array(0), [0, 2]), [0]), RangeError, "0 rows");
});

Deno.test("concatRows() joins rows in order and keeps the type", () => {
  const a = hostArray(Int32Array.of(1, 2, 3, 4), [2, 2]);
  const b = hostArray(Int32Array.of(5, 6), [1, 2]);
  const none = hostArray(new Int32Array(0), [0, 2]);
  const joined = concatRows([a, none, b]);
  assertEquals(joined.shape, [3, 2]);
  assertEquals(joined.data, Int32Array.of(1, 2, 3, 4, 5, 6));
  assertNotEquals(joined.data, a.data);
  assertThrows(() => concatRows([]), TypeError, "zero arrays");
  assertThrows(() => concatRows([a, hostArray(Int32Array.of(1, 2, 3), [1, 3])]), TypeError, "rows of shape [3]");
});
