import { threefry } from "../../../core/rng/threefry.ts";
import { assertEquals } from "../../assert.ts";

function encrypt(key: [number, number, number, number], counter: [number, number, number, number]): string {
  const out = new Uint32Array(4);
  threefry(key, ...counter, out, 0);
  return Array.from(out, (word) => word.toString(16).padStart(8, "0")).join(" ");
}

// Known answers published with Random123 1.09 (file kat_vectors, generator threefry4x32 with 20 rounds).
Deno.test("threefry() reproduces the published answers", () => {
  const ones = 0xffffffff;
  assertEquals(encrypt([0, 0, 0, 0], [0, 0, 0, 0]), "9c6ca96a e17eae66 fc10ecd4 5256a7d8");
  assertEquals(
    encrypt([ones, ones, ones, ones], [ones, ones, ones, ones]),
    "2a881696 57012287 f6c7446e a16a6732",
  );
  assertEquals(
    encrypt([0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]),
    "59cd1dbb b8879579 86b5d00c ac8b6d84",
  );
});
