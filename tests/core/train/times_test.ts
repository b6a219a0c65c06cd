import { intTensor, ones, rng, timesByGroup } from "../../../core/mod.ts";
import { dataOf, dispose, tidy } from "../../../core/tensor/mod.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

forEachBackend("timesByGroup() gives rows of a group one time and groups their own", async () => {
  await assertNoLeak(async () => {
    const group = intTensor([3, 0, 3, 0, 4]);
    const draw = async (seed: number): Promise<Float32Array> => {
      const t = tidy(() => timesByGroup(rng(seed), group, 5));
      assertEquals([t.dtype, t.shape], ["float32", [5]]);
      const values = await dataOf(t);
      dispose([t]);
      return values;
    };
    const [a, b, c, d, e] = await draw(1);
    assertEquals([a, b], [c, d]);
    assertEquals(new Set([a, b, e]).size, 3);
    assert([a!, b!, e!].every((value) => value >= 0 && value < 1));
    assertEquals(await draw(1), Float32Array.of(a!, b!, c!, d!, e!));
    assertNotEquals(await draw(2), await draw(1));
    dispose([group]);
  });
});

forEachBackend("timesByGroup() without groups gives each row its own time", async () => {
  await assertNoLeak(async () => {
    const t = tidy(() => timesByGroup(rng(1), undefined, 64));
    assertEquals(new Set(await dataOf(t)).size, 64);
    dispose([t]);
  });
});

forEachBackend("timesByGroup() refuses groups of another length or type", async () => {
  await assertNoLeak(() => {
    const [short, float] = [intTensor([0, 1]), ones([3])];
    assertThrows(() => tidy(() => timesByGroup(rng(1), short, 3)), TypeError, "shape [2] for 3 rows");
    assertThrows(() => tidy(() => timesByGroup(rng(1), float, 3)), TypeError, "float32");
    dispose([short, float]);
  });
});
