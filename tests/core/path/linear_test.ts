import { linearPath } from "../../../core/path/linear.ts";
import { rng } from "../../../core/rng/stream.ts";
import { dispose, tensor, tidy } from "../../../core/tensor/mod.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { assertClose, takeValues } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

forEachBackend("linearPath() goes straight from x0 to x1, one time per row", async () => {
  await assertNoLeak(async () => {
    const x0 = { x: tensor([0, 10, 1, 2], [2, 2]) };
    const x1 = { x: tensor([4, 20, -1, 2], [2, 2]) };
    const t = tensor([0.25, 0.5]);
    const { xt, dxt } = tidy(() => {
      const point = linearPath().at(x0, x1, t, rng(0));
      return { xt: point.xt, dxt: point.dxt };
    });
    assertClose(await takeValues(xt), { x: [1, 12.5, 0, 2] }, 1e-6, "xt");
    assertEquals(Array.from((await takeValues(dxt))["x"]!), [4, 10, -2, 0]);
    dispose([x0.x, x1.x, t]);
  });
});

forEachBackend("linearPath() converts each prediction by hand-made numbers", async () => {
  await assertNoLeak(async () => {
    const path = linearPath();
    const [xt, value, t] = [{ x: tensor([3], [1, 1]) }, { x: tensor([5], [1, 1]) }, tensor([0.75])];
    const expected = {
      velocity: [5, 3 + 0.25 * 5],
      target: [(5 - 3) / 0.25, 5],
      noise: [(3 - 5) / 0.75, (3 - 0.25 * 5) / 0.75],
    };
    for (const from of ["velocity", "target", "noise"] as const) {
      const made = tidy(() => ({
        velocity: path.toVelocity(from, value, xt, t)["x"]!.mul(1),
        target: path.toTarget(from, value, xt, t)["x"]!.mul(1),
      }));
      const { velocity, target } = await takeValues(made);
      assertClose(
        { velocity: velocity!, target: target! },
        {
          velocity: [expected[from][0]!],
          target: [expected[from][1]!],
        },
        1e-6,
        from,
      );
    }
    dispose([xt.x, value.x, t]);
  });
});

forEachBackend("linearPath() names the part and both shapes that disagree", async () => {
  await assertNoLeak(() => {
    const x0 = { x: tensor([1, 2], [2, 1]), pos: tensor([1, 2, 3, 4], [2, 2]) };
    const x1 = { x: x0.x, pos: tensor([1, 2], [2, 1]) };
    const t = tensor([0, 1]);
    const error = assertThrows(() => linearPath().at(x0, x1, t, rng(0)), TypeError);
    assertEquals(error.message, 'Cannot evaluate path: part "pos" has shape [2, 2] in x0 but [2, 1] in x1');
    dispose([x0.x, x0.pos, x1.pos, t]);
  });
});
