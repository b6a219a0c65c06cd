import { expandLike, mapParts, ownBatch, requireSameShapes, rowCount, type State } from "../../../core/mod.ts";
import { add, dataOf, dispose, intTensor, ones, tensor, tidy, zeros } from "../../../core/tensor/mod.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "../../assert.ts";
import { shapesOf, stateOf } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

forEachBackend("mapParts() combines states by part, whatever their order", async () => {
  await assertNoLeak(async () => {
    const a = { x: tensor([1, 2]), pos: tensor([3]) };
    const b = { pos: tensor([30]), x: tensor([10, 20]) };
    const names: string[] = [];
    const sum = tidy(() =>
      mapParts<State>(
        ([left, right], part) => {
          names.push(part);
          return add(left, right!);
        },
        a,
        b,
      )
    );
    assertEquals(names, ["x", "pos"]);
    assertEquals([...await dataOf(sum["x"]!), ...await dataOf(sum["pos"]!)], [11, 22, 33]);
    assertThrows(() => mapParts<State>(([left]) => left, a, { x: b.x }), TypeError, 'part "pos" is absent');
    dispose([a, b, sum].flatMap((state) => Object.values(state)));
  });
});

forEachBackend("requireSameShapes() names the part, both shapes and both states", async () => {
  await assertNoLeak(() => {
    const a = stateOf({ x: [2, 3], pos: [2, 3, 2] });
    const b = stateOf({ pos: [2, 3, 2], x: [2, 3] });
    const c = stateOf({ x: [2, 3], pos: [2, 2, 2] });
    const check = (other: State): void => requireSameShapes(a, other, "pair", ["noise", "data"]);
    check(b);
    const error = assertThrows(() => check(c), TypeError, 'Cannot pair: part "pos"');
    assertEquals(error.message, 'Cannot pair: part "pos" has shape [2, 3, 2] in noise but [2, 2, 2] in data');
    assertThrows(() => check({ x: a["x"]! }), TypeError, "noise has parts x, pos but data has x");
    assertThrows(() => check({ x: a["x"]!, img: a["pos"]! }), TypeError, "data has x, img");
    dispose([a, b, c].flatMap((state) => Object.values(state)));
  });
});

forEachBackend("expandLike() adds trailing axes to a prefix and to nothing else", async () => {
  await assertNoLeak(() => {
    const like = zeros([2, 3, 4, 5]);
    const prefixes = [[2], [2, 3], [2, 3, 4], [2, 3, 4, 5]].map((shape) => ones(shape));
    const expanded = tidy(() => prefixes.map((prefix) => expandLike(prefix, like)));
    assertEquals(expanded.map(({ shape }) => shape), [[2, 1, 1, 1], [2, 3, 1, 1], [2, 3, 4, 1], [2, 3, 4, 5]]);
    const wrong = [[3], [2, 4], [2, 3, 4, 5, 1]].map((shape) => ones(shape));
    for (const prefix of wrong) {
      assertThrows(() => expandLike(prefix, like), TypeError, `[${prefix.shape.join(", ")}]: it is no prefix`);
    }
    dispose([like, ...prefixes, ...expanded, ...wrong]);
  });
});

forEachBackend("rowCount() is the length of axis 0, on which all parts agree", async () => {
  await assertNoLeak(() => {
    const state = stateOf({ x: [4, 2], pos: [4, 2, 2] });
    const odd = stateOf({ x: [4, 2], pos: [3, 2, 2] });
    assertEquals(rowCount(state), 4);
    assertThrows(() => rowCount(odd), TypeError, 'part "x" has 4 but part "pos" has 3');
    assertThrows(() => rowCount({}), TypeError, "without parts");
    dispose([state, odd].flatMap((parts) => Object.values(parts)));
  });
});

forEachBackend("ownBatch() frees every tensor once, shared ones too, and only its own", async () => {
  await assertNoLeak(() => {
    const mask = ones([2, 3]);
    const other = ones([1]);
    {
      using batch = ownBatch({
        target: stateOf({ x: [2, 3, 1], pos: [2, 3, 2] }),
        source: stateOf({ x: [2, 3, 1], pos: [2, 3, 2] }),
        x0: stateOf({ x: [2, 3, 1], pos: [2, 3, 2] }),
        cond: { stage: ones([2, 4]) },
        mask: { x: mask, pos: mask },
        weight: ones([2]),
        group: intTensor([0, 1]),
      });
      assertEquals(shapesOf(batch.target), { x: [2, 3, 1], pos: [2, 3, 2] });
      assertStrictEquals(batch.mask?.["x"], mask);
      assert(!mask.isDisposed);
    }
    assert(mask.isDisposed && !other.isDisposed);
    dispose([other]);
  });
});
