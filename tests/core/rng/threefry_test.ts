import { drawNormal, normalRadius } from "../../../core/rng/normal.ts";
import { threefry } from "../../../core/rng/threefry.ts";
import { vectorWords } from "../../../core/rng/vector.ts";
import { eachChunk, fillChoices } from "../../../core/rng/words.ts";
import { assert, assertEquals } from "../../assert.ts";

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

Deno.test("vectorised words and choices are those of single blocks, up to the last one", () => {
  const key = [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89] as const;
  for (const count of [1, 3, 64, 65, 4096, 10_007]) {
    const expected = new Uint32Array(count + 3);
    for (let i = 0; i < count; i += 4) threefry(key, i / 4, 0, 5, 0, expected, i);
    const words = new Uint32Array(count);
    eachChunk(key, 5, count, (chunk, start, length) => words.set(chunk.subarray(0, length), start));
    assertEquals(words, expected.slice(0, count));
    const choices = new Float32Array(2 * count - 1);
    fillChoices(key, 5, choices, 40_000, 1.25);
    const half = (i: number): number => i % 2 === 0 ? expected[i >> 1]! & 0xffff : expected[i >> 1]! >>> 16;
    assertEquals(choices, choices.map((_, i) => half(i) < 40_000 ? 1.25 : 0));
  }
});

Deno.test("vectorised normal draws are those that Math.log, Math.cos and Math.sin give, up to the last one", () => {
  const key = [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89] as const;
  for (const count of [1, 2, 3, 64, 65, 66, 67, 4095, 4099, 1_000_001]) {
    const words = new Uint32Array(4);
    const expected = new Float32Array(count + 3);
    for (let i = 0; i < count; i += 4) {
      threefry(key, i / 4, 0, 1, 0, words, 0);
      for (let j = 0; j < 4; j += 2) {
        const angle = 2 * Math.PI * 2 ** -32 * words[j + 1]!;
        expected[i + j] = normalRadius(words[j]!) * Math.cos(angle);
        expected[i + j + 1] = normalRadius(words[j]!) * Math.sin(angle);
      }
    }
    const drawn = drawNormal(key, count);
    assertEquals(drawn.length, count);
    assertEquals(drawn.findIndex((value, i) => !Object.is(value, expected[i]!)), -1);
  }
});

Deno.test("vectorised normal draws leave few in doubt, and say which", () => {
  const vector = vectorWords();
  let doubtful = 0;
  for (let block = 0; block < 2 ** 18; block += 1024) {
    vector.normals([1, 2, 3, 4], 1, block, 256);
    for (const value of vector.floats.subarray(0, 4096)) if (Number.isNaN(value)) doubtful++;
  }
  // One in 20,000 of a million; more would make draws slow, none would mean that doubt is not seen.
  assert(doubtful > 10 && doubtful < 200, `${doubtful} draws are in doubt`);
});

Deno.test("vectorised words go on beyond 2^32 blocks as single blocks do", () => {
  const vector = vectorWords();
  vector.words([1, 2, 3, 4], 0, 2 ** 32, 1);
  const expected = new Uint32Array(4);
  threefry([1, 2, 3, 4], 0, 1, 0, 0, expected, 0);
  assertEquals(vector.out.slice(0, 4), expected);
});
