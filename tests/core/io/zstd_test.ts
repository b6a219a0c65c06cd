import { Buffer } from "node:buffer";
import { constants, zstdCompressSync } from "node:zlib";
import { compressChunk } from "../../../core/io/zarr_codecs.ts";
import { crc32c } from "../../../core/io/crc32c.ts";
import { decodeZstd } from "../../../core/io/zstd.ts";
import { assertEquals, assertGreater, assertRejects } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";

/** Contents that give every kind of block: raw, repeated, compressed, and several of them. */
function contents(): readonly Uint8Array[] {
  return [0, 1, 63, 64, 255, 256, 300, 65_791, 65_792, 400_000, 2 ** 20, 1_500_001].flatMap((size) => [
    new Uint8Array(size),
    Uint8Array.from({ length: size }, (_, i) => Math.imul(i, 2654435761) >>> 13),
    Uint8Array.from({ length: size }, (_, i) => 40 * Math.sin(i / 50)),
  ]);
}

function refuse(): never {
  throw new Error("not for the native decoder");
}

async function isNative(bytes: Uint8Array): Promise<boolean> {
  let native = true;
  await decodeZstd(bytes, (odd) => {
    native = false;
    return odd;
  }).catch(() => {});
  return native;
}

Deno.test("decodeZstd() gives back what was compressed, natively", async () => {
  for (const content of contents()) {
    for (const level of [1, 3, 9]) {
      const bytes = zstdCompressSync(content, { params: { [constants.ZSTD_c_compressionLevel]: level } });
      assertEquals(
        Buffer.compare(await decodeZstd(bytes, refuse), content),
        0,
        `${content.length} bytes, level ${level}`,
      );
    }
  }
});

Deno.test({
  name: "decodeZstd() decodes natively what Python's numcodecs writes",
  ignore: !hasPython("numcodecs"),
  fn: async () => {
    const program = `
import json, numcodecs, numpy
r = numpy.random.default_rng(0)
values = [r.standard_normal(5000).astype("f4"), r.poisson(0.1, 300000).astype("f4"), numpy.zeros(100000)]
print(json.dumps([[v[:4096 // v.itemsize].view("u1").tolist(), list(bytes(numcodecs.Zstd(l).encode(v[:4096 // v.itemsize])))]
                  for v in values for l in (1, 5)]))`;
    const pairs = runPython(program) as readonly (readonly [readonly number[], readonly number[]])[];
    assertEquals(pairs.length, 6);
    for (const [content, bytes] of pairs) {
      assertEquals([...await decodeZstd(Uint8Array.from(bytes), refuse)], [...content]);
    }
  },
});

Deno.test("decodeZstd() leaves to the other decoder what the native one cannot be trusted with", async () => {
  const content = contents()[5]!;
  const plain = new Uint8Array(zstdCompressSync(content));
  assertEquals(await isNative(plain), true);
  const odd: Readonly<Record<string, Uint8Array>> = {
    "two frames": Buffer.concat([plain, plain]),
    "bytes after the frame": Buffer.concat([plain, new Uint8Array(3)]),
    "no frame": new Uint8Array(100),
    "nothing": new Uint8Array(),
  };
  for (const [name, bytes] of Object.entries(odd)) assertEquals(await isNative(bytes), false, name);
  for (let length = 0; length < plain.length; length += 7) {
    const cut = plain.subarray(0, length);
    await assertRejects(
      async () => await decodeZstd(cut, refuse),
      Error,
      length < 12 ? "" : "it is truncated or damaged",
    );
  }
});

Deno.test("decodeZstd() refuses every flip of a bit in a frame that compressChunk() wrote", async () => {
  const content = Uint8Array.from({ length: 300 }, (_, i) => (i * i) >> 3);
  const frame = compressChunk(content);
  assertEquals(new Uint8Array(await decodeZstd(frame, refuse)), content);
  let refused = 0;
  for (let bit = 0; bit < 8 * frame.length; bit++) {
    const damaged = frame.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const read = await decodeZstd(damaged, refuse).catch(() => undefined);
    if (read === undefined) refused++;
    // A bit of the header that is reserved, or that says how much memory to get ready, changes no value.
    else assertEquals(new Uint8Array(read), content);
  }
  assertGreater(refused, 7.8 * frame.length);
});

Deno.test("crc32c() gives the check values of RFC 3720, appendix B.4", () => {
  const cases: readonly (readonly [Uint8Array, number])[] = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(255), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    [new TextEncoder().encode("123456789"), 0xe3069283],
    [new Uint8Array(), 0],
  ];
  for (const [bytes, sum] of cases) assertEquals(crc32c(bytes), sum);
});
