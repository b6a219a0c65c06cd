import { decodeVlenUtf8, encodeVlenUtf8 } from "../../../core/io/vlen_utf8.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";

const TEXTS = ["", "a", "Größe", "細胞 🧬", "x".repeat(300), ""];

Deno.test({
  name: "encodeVlenUtf8() gives the bytes of numcodecs",
  ignore: !hasPython("numcodecs", "numpy"),
  fn: () => {
    const program = `
import sys, json, numpy, numcodecs
texts = numpy.array(json.loads(sys.argv[1]), dtype=object)
print(json.dumps(list(numcodecs.VLenUTF8().encode(texts))))`;
    assertEquals([...encodeVlenUtf8(TEXTS)], runPython(program, [JSON.stringify(TEXTS)]) as number[]);
  },
});

Deno.test("decodeVlenUtf8() undoes encodeVlenUtf8(), also from the middle of a buffer", () => {
  assertEquals(decodeVlenUtf8(encodeVlenUtf8(TEXTS)), TEXTS);
  const bytes = encodeVlenUtf8(TEXTS);
  const larger = new Uint8Array(bytes.length + 6);
  larger.set(bytes, 3);
  assertEquals(decodeVlenUtf8(larger.subarray(3, 3 + bytes.length)), TEXTS);
  assertEquals(decodeVlenUtf8(encodeVlenUtf8([])), []);
});

Deno.test("decodeVlenUtf8() refuses a chunk that ends early", () => {
  const bytes = encodeVlenUtf8(["abc", "defg"]);
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => decodeVlenUtf8(bytes.subarray(0, length)), RangeError);
  }
});
