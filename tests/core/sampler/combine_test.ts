import type { State } from "../../../core/mod.ts";
import { advance, increment, timesLike } from "../../../core/sampler/combine.ts";
import { dispose, tensor, tidy, zeros } from "../../../core/tensor/mod.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertClose, takeValues, valuesOf } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

forEachBackend("advance() and increment() add weighted slopes part by part", async () => {
  await assertNoLeak(async () => {
    const [x, a, b]: State[] = [[1, 2], [10, 20], [100, 200]].map(([first, second]) => ({
      x: tensor([first!], [1, 1]),
      pos: tensor([second!], [1, 1]),
    }));
    const moved = tidy(() => advance(x!, 0.5, [[2, a!], [0, b!], [-1, b!]]));
    assertClose(await takeValues(moved), { x: [1 + 10 - 50], pos: [2 + 20 - 100] }, 1e-6, "advance");
    const added = tidy(() => increment(0.5, [[0, b!], [2, a!]]));
    assertClose(await takeValues(added), { x: [10], pos: [20] }, 1e-6, "increment");
    const still = advance(x!, 0.5, []);
    assert(still["x"] !== x!["x"], "no slopes still give a new state");
    assertEquals(await takeValues(still), await valuesOf(x!));
    dispose([x!, a!, b!].flatMap((state) => Object.values(state)));
  });
});

forEachBackend("timesLike() gives every row the same time", async () => {
  await assertNoLeak(async () => {
    const x = { x: zeros([3, 2]), pos: zeros([3, 4, 2]) };
    assertEquals(await takeValues({ t: timesLike(x, 0.25) }), { t: Float32Array.of(0.25, 0.25, 0.25) });
    dispose(Object.values(x));
  });
});
