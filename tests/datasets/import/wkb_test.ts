import { centroidOf } from "../../../datasets/import/wkb.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

/** Well-known binary, little-endian, of points and rings. */
function wkb(kind: number, counts: readonly number[], values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(5 + 4 * counts.length + 8 * values.length));
  view.setUint8(0, 1);
  view.setUint32(1, kind, true);
  counts.forEach((count, i) => view.setUint32(5 + 4 * i, count, true));
  values.forEach((value, i) => view.setFloat64(5 + 4 * counts.length + 8 * i, value, true));
  return new Uint8Array(view.buffer);
}

const SQUARE = [1e6, 1e6, 1e6 + 2, 1e6, 1e6 + 2, 1e6 + 4, 1e6, 1e6 + 4, 1e6, 1e6];

Deno.test("centroidOf() finds the middle of points and polygons, also far from the origin", () => {
  assertEquals(centroidOf(wkb(1, [], [3, 4])), [3, 4]);
  assertEquals(centroidOf(wkb(3, [1, 5], SQUARE)), [1e6 + 1, 1e6 + 2]);
  // An L: a 2 x 2 square and a 1 x 1 square beside it.
  const corner = [0, 0, 3, 0, 3, 1, 2, 1, 2, 2, 0, 2, 0, 0];
  assertEquals(centroidOf(wkb(3, [1, 7], corner)).map((value) => value.toFixed(9)), ["1.300000000", "0.900000000"]);
});

Deno.test("centroidOf() takes holes away and weighs polygons by area", () => {
  const polygon = (ring: readonly number[]): Uint8Array => wkb(3, [1, ring.length / 2], ring);
  const ring = (
    x: number,
    y: number,
    side: number,
  ): number[] => [x, y, x + side, y, x + side, y + side, x, y + side, x, y];
  const parts = [polygon(ring(0, 0, 1)), polygon(ring(10, 0, 2))];
  const head = wkb(6, [2], []);
  const multi = new Uint8Array([...head, ...parts[0]!, ...parts[1]!]);
  assertEquals(centroidOf(multi).map((value) => value.toFixed(9)), ["8.900000000", "0.900000000"]);
  const outer = ring(0, 0, 4);
  const bytes = new Uint8Array([...wkb(3, [2, 5], outer), ...new Uint8Array(wkb(0, [5], ring(0, 0, 2)).slice(5))]);
  // 16 with centre 2, minus 4 with centre 1.
  assertEquals(centroidOf(bytes).map((value) => value.toFixed(9)), ["2.333333333", "2.333333333"]);
});

Deno.test("centroidOf() refuses lines and what ends early", () => {
  assertThrows(() => centroidOf(wkb(2, [1], [0, 0])), RangeError, "geometry type 2 is no point or polygon");
  assertThrows(() => centroidOf(wkb(1, [], [3])), RangeError);
});
