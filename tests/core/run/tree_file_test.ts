import { CheckpointError } from "../../../core/errors.ts";
import { type HostArray, hostArray } from "../../../core/host_array.ts";
import { writeSafetensors } from "../../../core/io/safetensors.ts";
import { decodeTree, encodeTree } from "../../../core/run/tree_file.ts";
import type { Tree } from "../../../core/tree.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const leaf = (...values: readonly number[]): HostArray => hostArray(Float32Array.from(values), [values.length]);

Deno.test("encodeTree() and decodeTree() keep every structure", () => {
  const trees: Readonly<Record<string, Tree<HostArray>>> = {
    nested: { b: [leaf(1), { z: leaf(2), a: leaf(3) }], a: leaf() },
    empty: { nothing: {}, none: [], deep: [[], {}], one: leaf(1) },
    "record with digits": { "0": leaf(1), "1": leaf(2) },
    list: [leaf(1), leaf(2)],
    "eleven in a list": Array.from({ length: 11 }, (_, i) => leaf(i)),
    "leaf alone": leaf(4, 5),
    "empty record": {},
    "empty list": [],
    scalar: { s: hostArray(Float32Array.of(7), []) },
    "no rows": { m: hostArray(new Float32Array(0), [0, 3]) },
    "odd names": { "a b/c": leaf(1), "é": leaf(2), value: leaf(3) },
  };
  for (const [name, tree] of Object.entries(trees)) assertEquals(decodeTree(encodeTree(tree)), tree, name);
});

Deno.test("encodeTree() keeps every bit", () => {
  const bits = Uint32Array.of(0x7fc00001, 0x80000000, 0x00000001, 0xff800000, 0x3f800001);
  const tree = { a: hostArray(new Float32Array(bits.buffer), [5]) };
  const back = decodeTree(encodeTree(tree)) as typeof tree;
  assertEquals(new Uint32Array(back.a.data.slice().buffer), bits);
});

Deno.test("encodeTree() refuses two leaves of one path", () => {
  const tree = { "a/b": leaf(1), a: { b: leaf(2) } };
  assertThrows(() => encodeTree(tree), TypeError, 'two leaves have the path "a/b"');
});

Deno.test("decodeTree() reads a file of other software by its names", () => {
  const bytes = writeSafetensors({ "enc/0/w": leaf(1), "enc/1/w": leaf(2), b: leaf(3) });
  assertEquals(decodeTree(bytes), { enc: [{ w: leaf(1) }, { w: leaf(2) }], b: leaf(3) });
});

Deno.test("decodeTree() refuses a missing tensor and other types", () => {
  const lacking = writeSafetensors({ a: leaf(1) }, { structure: '{"a":"a","b":"b"}' });
  assertThrows(() => decodeTree(lacking), CheckpointError, 'tensor "b" is missing');
  const whole = writeSafetensors({ a: hostArray(Int32Array.of(1), [1]) });
  assertThrows(() => decodeTree(whole), CheckpointError, 'tensor "a" is no float32 but a Int32Array');
});
