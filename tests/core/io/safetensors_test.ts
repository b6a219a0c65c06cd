import { CheckpointError } from "../../../core/errors.ts";
import { type HostArray, hostArray, type NumericArray } from "../../../core/host_array.ts";
import { readSafetensors, writeSafetensors } from "../../../core/io/safetensors.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { hasShared, sharedPath } from "../../shared.ts";

const PYTHON = hasPython("numpy");

/** An independent reader: header by json, values by numpy. Prints dtype, shape and hash of the values per tensor. */
const READ = `
import sys, json, struct, hashlib, numpy
kinds = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "U32": "<u4", "I16": "<i2", "U16": "<u2", "I8": "i1", "U8": "u1",
         "BOOL": "u1", "I64": "<i8", "F16": "<f2"}
def read(path):
    raw = open(path, "rb").read()
    (n,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + n])
    metadata = header.pop("__metadata__", {})
    found = {}
    for name, t in header.items():
        a, b = t["data_offsets"]
        values = numpy.frombuffer(raw[8 + n + a : 8 + n + b], kinds[t["dtype"]]).reshape(t["shape"])
        if t["dtype"] == "F16": values = values.astype("<f4")
        found[name] = [list(values.shape), hashlib.sha256(values.tobytes()).hexdigest()]
    return [n % 8, list(header), metadata, found]
print(json.dumps([read(path) for path in sys.argv[1:]]))
`;

type Tensors = Readonly<Record<string, HostArray<NumericArray>>>;

async function outline(tensors: Tensors): Promise<Record<string, unknown>> {
  const pairs = Object.entries(tensors).map(async ([name, { data, shape }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    return [name, [shape, new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()]] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

function fixtures(): readonly URL[] {
  const methods = [...Deno.readDirSync(sharedPath("fixtures/"))].filter((entry) => entry.isDirectory);
  return methods.flatMap(({ name }) => {
    const folder = sharedPath(`fixtures/${name}/`);
    const files = [...Deno.readDirSync(folder)].filter((entry) => entry.name.endsWith(".safetensors"));
    return files.map((file) => new URL(file.name, folder));
  });
}

function everyKind(): Tensors {
  return {
    "b/bias": hostArray(Float32Array.of(0, -0, NaN, Infinity, 1e-45), [5]),
    "a/kernel": hostArray(Float64Array.of(Math.PI, 1e308, 3, 4, 5, 6), [2, 3]),
    "10": hostArray(Int32Array.of(-(2 ** 31), 2 ** 31 - 1), [2]),
    "9": hostArray(Uint32Array.of(2 ** 32 - 1), [1, 1]),
    "a": hostArray(Int8Array.of(-128), []),
    "i16": hostArray(Int16Array.of(-5, 6, 7), [3]),
    "u16": hostArray(Uint16Array.of(65535), [1]),
    "u8": hostArray(Uint8Array.of(1, 2, 255), [3, 1]),
    "empty": hostArray(new Float32Array(), [0, 4]),
    "ünï/🧬": hostArray(Float32Array.of(1), [1]),
    "__proto__x": hostArray(Float32Array.of(2), [1]),
  };
}

Deno.test({
  name: "readSafetensors() reads every fixture as an independent reader does",
  ignore: !hasShared || !PYTHON,
  fn: async () => {
    const files = fixtures();
    assert(files.length >= 40, `only ${files.length} fixtures`);
    const expected = runPython(READ, files.map((file) => file.pathname)) as [number, string[], unknown, unknown][];
    for (const [i, file] of files.entries()) {
      const { tensors, metadata } = readSafetensors(Deno.readFileSync(file));
      assertEquals([await outline(tensors), metadata], [expected[i]![3], expected[i]![2]] as never, file.pathname);
    }
  },
});

Deno.test({
  name: "writeSafetensors() rewrites every fixture so that values and metadata stay bit for bit",
  ignore: !hasShared,
  fn: async () => {
    for (const file of fixtures()) {
      const first = readSafetensors(Deno.readFileSync(file));
      const again = readSafetensors(writeSafetensors(first.tensors, first.metadata));
      assertEquals(await outline(again.tensors), await outline(first.tensors), file.pathname);
      assertEquals(again.metadata, first.metadata);
    }
  },
});

Deno.test("writeSafetensors() is undone by readSafetensors() for every type", async () => {
  const metadata = { step: "20", format: "pt", note: "ä" };
  const read = readSafetensors(writeSafetensors(everyKind(), metadata));
  assertEquals(await outline(read.tensors), await outline(everyKind()));
  for (const [name, { data }] of Object.entries(everyKind())) {
    assertEquals(read.tensors[name]?.data.constructor.name, data.constructor.name);
  }
  assertEquals(read.metadata, metadata);
});

Deno.test({
  name: "writeSafetensors() writes sorted names and an aligned header that an independent reader reads",
  ignore: !PYTHON,
  fn: async () => {
    const path = await Deno.makeTempFile();
    await Deno.writeFile(path, writeSafetensors(everyKind(), { b: "2", a: "1" }));
    const [[padding, names, metadata, found]] = runPython(READ, [path]) as [[number, string[], unknown, unknown]];
    await Deno.remove(path);
    assertEquals(padding, 0);
    assertEquals(names, Object.keys(everyKind()).sort());
    const { "morphogen.crc32c": checksum, ...notes } = metadata as Readonly<Record<string, string>>;
    assertMatch(checksum!, /^[0-9a-f]{8}$/);
    assertEquals(notes, { a: "1", b: "2" });
    assertEquals(found as Record<string, unknown>, await outline(everyKind()));
  },
});

Deno.test("writeSafetensors() gives equal bytes whatever the order of its arguments", () => {
  const reversed = Object.fromEntries(Object.entries(everyKind()).reverse());
  assertEquals(writeSafetensors(reversed, { b: "2", a: "1" }), writeSafetensors(everyKind(), { a: "1", b: "2" }));
});

/** CRC-32C bit by bit, RFC 3720, appendix B.4. */
function bitwiseCrc32c(bytes: Uint8Array): string {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ ((rest & 1) * 0x82f63b78);
  }
  return (~rest >>> 0).toString(16).padStart(8, "0");
}

Deno.test("writeSafetensors() adds the checksum of the file with zeros in its place, and readSafetensors() checks it", () => {
  const bytes = writeSafetensors(everyKind(), { b: "2", a: "1" });
  const text = new TextDecoder("latin1").decode(bytes);
  const [found, digits] = /"morphogen\.crc32c":"([0-9a-f]{8})"/.exec(text)!;
  const at = text.indexOf(found) + found.length - 9;
  assertEquals(digits, bitwiseCrc32c(bytes.slice().fill(0x30, at, at + 8)));
  const damaged = bytes.slice();
  damaged[damaged.length - 1]! ^= 1;
  assertThrows(() => readSafetensors(damaged), CheckpointError, "it does not have the recorded checksum");
});

Deno.test("writeSafetensors() writes what part of a buffer an array views", () => {
  const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  assertEquals(readSafetensors(writeSafetensors({ x: hostArray(data, [2]) })).tensors.x?.data, Float32Array.of(2, 3));
});

Deno.test("writeSafetensors() refuses the reserved name", () => {
  assertThrows(() => writeSafetensors({ __metadata__: hostArray(new Float32Array(1), [1]) }), TypeError, "reserved");
});

/** A file by hand, so that what no writer would write can be read. */
function file(header: unknown, data: Uint8Array | ArrayBuffer = new Uint8Array(), length?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const values = new Uint8Array(data);
  const bytes = new Uint8Array(8 + text.length + values.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(values, 8 + text.length);
  return bytes;
}

function entry(dtype: string, shape: readonly number[], begin: number, end: number): unknown {
  return { dtype, shape, data_offsets: [begin, end] };
}

Deno.test("readSafetensors() converts types that have no array here", () => {
  const half = Float16Array.of(1.5, -2, 65504, 2 ** -24);
  const brain = Uint16Array.of(0x3fc0, 0xc000, 0x7f80);
  const wide = BigInt64Array.of(-3n, 2n ** 31n - 1n);
  const wider = BigInt64Array.of(-(2n ** 52n), 1n);
  const parts = [half, brain, wide, wider].map(({ buffer }) => new Uint8Array(buffer));
  const header = {
    truth: entry("BOOL", [3], 0, 3),
    half: entry("F16", [2, 2], 3, 11),
    brain: entry("BF16", [3], 11, 17),
    wide: entry("I64", [2], 17, 33),
    wider: entry("I64", [2], 33, 49),
  };
  const data = Uint8Array.of(1, 0, 1, ...parts.flatMap((part) => [...part]));
  const { tensors } = readSafetensors(file(header, data));
  assertEquals(tensors.truth, hostArray(Uint8Array.of(1, 0, 1), [3]));
  assertEquals(tensors.half, hostArray(Float32Array.of(1.5, -2, 65504, 2 ** -24), [2, 2]));
  assertEquals(tensors.brain?.data, Float32Array.of(1.5, -2, Infinity));
  assertEquals(tensors.wide?.data, Int32Array.of(-3, 2 ** 31 - 1));
  assertEquals(tensors.wider?.data, Float64Array.of(-(2 ** 52), 1));
});

Deno.test("readSafetensors() says what is wrong with a file", () => {
  const good = writeSafetensors({ x: hostArray(Float32Array.of(1, 2), [2]) });
  const eight = new Uint8Array(8);
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [new Uint8Array(5), "the file has 5 bytes and its header length alone takes 8"],
    [good.subarray(0, 20), "and the file has 20, it is truncated or another kind of file"],
    [good.subarray(0, good.length - 1), "its tensors take 8 bytes and 7 are there, the file is truncated"],
    [file("{}", eight, 2 ** 52), "its header should take 4503599627370496 bytes"],
    [file("not json"), "its header is not JSON"],
    [file(Uint8Array.of(0xff).toString() + "\u0000"), "its header is not JSON"],
    [file("[]"), "its header is not a JSON object"],
    [file({ __metadata__: { a: 1 } }), 'metadata "a" is number, expected text'],
    [file({ __metadata__: [] }), '"__metadata__" is not a JSON object'],
    [file({ x: entry("F8_E5M2", [8], 0, 8) }, eight), 'tensor "x" has type "F8_E5M2", expected one of F64, F32'],
    [file({ x: entry("toString", [8], 0, 8) }, eight), 'tensor "x" has type "toString"'],
    [file({ x: 5 }), 'tensor "x" has type undefined'],
    [file({ x: entry("F32", [-2], 0, 8) }, eight), 'tensor "x" has shape [-2]'],
    [file({ x: entry("F32", [1.5], 0, 8) }, eight), 'tensor "x" has shape [1.5]'],
    [file({ x: { dtype: "F32", shape: [2], data_offsets: [0] } }, eight), 'tensor "x" has offsets [0]'],
    [file({ x: entry("F32", [3], 0, 8) }, eight), "shape [3] takes 12 bytes but its offsets [0, 8] span 8"],
    [file({ x: entry("F32", [2], 8, 0) }, eight), "its offsets [8, 0] span -8"],
    [file({ x: entry("F32", [2], 8, 16) }, new Uint8Array(16)), 'bytes 0 to 8, before tensor "x", belong to no tensor'],
    [
      file({ x: entry("F32", [2], 0, 8), y: entry("F32", [2], 4, 12) }, new Uint8Array(12)),
      'tensor "y" starts at byte 4 and overlaps',
    ],
    [file({ x: entry("F32", [2], 0, 8) }, new Uint8Array(9)), "its tensors take 8 bytes and 1 bytes follow them"],
    [
      file({ x: entry("I64", [1], 0, 8) }, BigInt64Array.of(2n ** 60n).buffer),
      'tensor "x" holds integers beyond 2^53',
    ],
  ];
  for (const [bytes, message] of cases) {
    const error = assertThrows(() => readSafetensors(bytes), CheckpointError, message);
    assert(error.message.startsWith("Cannot read safetensors: "));
  }
});
