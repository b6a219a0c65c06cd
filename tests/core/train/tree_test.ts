import {
  disposeTree,
  entries,
  fromEntries,
  type HostArray,
  hostArray,
  leaves,
  mapTree,
  subtree,
  tensorAt,
  type Tree,
  unflatten,
} from "../../../core/mod.ts";
import { chooseBackend } from "../../../core/backend/mod.ts";
import { memory, scalar, type Tensor } from "../../../core/tensor/mod.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "../../assert.ts";

const TREES: readonly Tree<number>[] = [
  7,
  [1, 2, 3],
  { b: 1, a: 2 },
  { layers: [{ weight: 1, bias: 2 }, { weight: 3, bias: 4 }], out: [5] },
  { list: Array.from({ length: 12 }, (_, i) => i) },
  [[[1]], { "10": 2, "9": 3 }],
  { constructor: 1, toString: [2], hasOwnProperty: { valueOf: 3 } },
];

Deno.test("fromEntries() rebuilds what entries() lists", () => {
  for (const tree of TREES) {
    const rebuilt = fromEntries(entries<number>(tree));
    assertEquals(entries<number>(rebuilt), entries<number>(tree));
    assertEquals(Array.isArray(rebuilt), Array.isArray(tree));
    assertEquals(JSON.stringify(sorted(rebuilt)), JSON.stringify(sorted(tree)));
  }
});

/** The same tree with record keys in order, so that texts can be compared. */
function sorted(tree: Tree<number>): unknown {
  return mapTree<number, number>((leaf) => leaf, tree);
}

Deno.test("entries() lists records by sorted key and lists in order", () => {
  assertEquals(entries<number>({ z: 1, a: { c: 2, b: 3 } }).map(([path]) => path), ["a/b", "a/c", "z"]);
  const list = Array.from({ length: 12 }, (_, i) => 10 * i);
  assertEquals(
    entries<number>({ list }).map(([path, leaf]) => `${path}=${leaf}`),
    list.map((leaf, i) => `list/${i}=${leaf}`),
  );
  assertEquals(entries<number>(5), [["", 5]]);
  assertEquals(entries<number>([]), []);
});

Deno.test("fromEntries() makes a list of keys 0, 1, 2 only", () => {
  assertEquals<unknown>(fromEntries([["1", "b"], ["0", "a"]]), ["a", "b"]);
  assertEquals<unknown>(fromEntries([["0", "a"], ["2", "c"]]), { "0": "a", "2": "c" });
  assertEquals<unknown>(fromEntries([["01", "a"]]), { "01": "a" });
  assertEquals<unknown>(fromEntries([]), {});
  const eleven = Array.from({ length: 11 }, (_, i): [string, number] => [`${i}`, i]);
  assertEquals<unknown>(fromEntries(eleven.toReversed()), eleven.map(([, leaf]) => leaf));
});

Deno.test("fromEntries() rejects leaves that are in each other's way, in any order", () => {
  const clash: [string, number][] = [["a", 1], ["a/b", 2]];
  assertThrows(() => fromEntries(clash), TypeError, '"a/b"');
  assertThrows(() => fromEntries(clash.toReversed()), TypeError, '"a"');
  assertThrows(() => fromEntries([["a", 1], ["a", 2]]), TypeError, '"a"');
  assertThrows(() => fromEntries([["", 1], ["a", 2]]), TypeError, '"a"');
});

Deno.test("fromEntries() leaves the built-in objects alone", () => {
  const tree = fromEntries([["constructor/x", 1], ["__proto__/y", 2]]);
  assertEquals(entries<number>(tree), [["__proto__/y", 2], ["constructor/x", 1]]);
  assertEquals(({} as Record<string, unknown>)["y"], undefined);
  assertEquals(Object.getOwnPropertySymbols(Object), []);
});

Deno.test("host arrays and typed arrays are leaves", () => {
  const array = hostArray(Float32Array.of(1, 2), [2]);
  const tree: Tree<HostArray> = { opt: [{ m: array }], params: array };
  assertEquals(entries<HostArray>(tree).map(([path]) => path), ["opt/0/m", "params"]);
  assertStrictEquals(leaves<HostArray>(tree)[0], array);
  assertEquals(leaves<Float32Array>({ a: Float32Array.of(1) }).length, 1);
  // A record that merely has a key "data" is a branch.
  assertEquals(entries<number>({ data: { shape: 1 } }).map(([path]) => path), ["data/shape"]);
});

Deno.test("unflatten() and mapTree() keep the structure", () => {
  const tree: Tree<number> = { b: [1, { c: 2 }], a: 3 };
  assertEquals<unknown>(mapTree<number, string>((leaf, path) => `${path}:${leaf}`, tree), {
    a: "a:3",
    b: ["b/0:1", { c: "b/1/c:2" }],
  });
  assertEquals<unknown>(unflatten<number, number>(tree, [30, 10, 20]), { a: 30, b: [10, { c: 20 }] });
  assertEquals<unknown>(unflatten<number, number>({ none: [], also: {} }, []), { none: [], also: {} });
  assertThrows(() => unflatten<number, number>(tree, [1, 2]), RangeError, "3 leaves from 2");
  assertThrows(() => unflatten<number, number>(tree, [1, 2, 3, 4]), RangeError, "3 leaves from 4");
});

Deno.test("subtree() walks by path and names what there is instead", () => {
  const tree: Tree<number> = { encoder: [{ weight: 1, bias: 2 }] };
  assertEquals<unknown>(subtree(tree, "encoder/0"), { weight: 1, bias: 2 });
  assertThrows(() => subtree(tree, "encoder/0/wieght"), TypeError, "weight, bias");
  assertThrows(() => subtree(tree, "encoder/0/weight/x"), TypeError, "it is a leaf");
  assertThrows(() => subtree(tree, "constructor"), TypeError, '"constructor"');
});

Deno.test("tensorAt() and disposeTree() work on tensors", async () => {
  await chooseBackend("cpu");
  const before = memory().numTensors;
  const shared = scalar(1);
  const params: Tree<Tensor> = { layer: { weight: shared, again: shared }, other: [scalar(2)] };
  assertStrictEquals(tensorAt(params, "layer/weight"), shared);
  assertThrows(() => tensorAt(params, "layer"), TypeError, "weight, again");
  disposeTree(params);
  disposeTree(params);
  assert(shared.isDisposed);
  assertEquals(memory().numTensors, before);
});
