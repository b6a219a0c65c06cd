import {
  absolute,
  elementMean,
  halfSquared,
  ignoreMask,
  linearPath,
  type PathPoint,
  regression,
  rng,
  rowSum,
  squared,
  type State,
} from "../../../core/mod.ts";
import { dataOf, dispose, ones, type Tensor, tensor, tidy } from "../../../core/tensor/mod.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertClose, takeValues } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

async function scalarOf(fn: () => Tensor): Promise<number> {
  const out = tidy(fn);
  assertEquals(out.shape, []);
  const value = (await dataOf(out))[0]!;
  dispose([out]);
  return value;
}

forEachBackend("squared(), halfSquared() and absolute() are the losses of single entries", async () => {
  await assertNoLeak(async () => {
    const error = tensor([-2, 0, 3]);
    const losses = tidy(() => ({ s: squared(error), h: halfSquared(error), a: absolute(error) }));
    assertClose(await takeValues(losses), { s: [4, 0, 9], h: [2, 0, 4.5], a: [2, 0, 3] }, 1e-6, "losses");
    dispose([error]);
  });
});

forEachBackend("elementMean() and rowSum() follow their formulas", async () => {
  await assertNoLeak(async () => {
    // Two rows of two cells of two features; the second row's second cell is padding.
    const entries = tensor([1, 2, 3, 4, 5, 6, 700, 800], [2, 2, 2]);
    const mask = tensor([1, 1, 1, 0], [2, 2]);
    const weight = tensor([1, 3]);
    const none = tensor([0, 0, 0, 0], [2, 2]);
    const clean = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    assertAlmostEquals(await scalarOf(() => elementMean(clean)), 36 / 8, 1e-6);
    assertAlmostEquals(await scalarOf(() => elementMean(clean, undefined, weight)), (10 + 3 * 26) / 8, 1e-6);
    assertAlmostEquals(await scalarOf(() => elementMean(entries, mask)), 21 / 6, 1e-6);
    assertAlmostEquals(await scalarOf(() => elementMean(entries, mask, weight)), (10 + 3 * 11) / 6, 1e-6);
    assertEquals(await scalarOf(() => elementMean(entries, none)), 0);
    assertAlmostEquals(await scalarOf(() => rowSum(clean)), 36 / 2, 1e-6);
    assertAlmostEquals(await scalarOf(() => rowSum(entries, mask)), 21 / 2, 1e-6);
    assertAlmostEquals(await scalarOf(() => rowSum(entries, mask, weight)), (10 + 3 * 11) / 2, 1e-6);
    assertEquals(await scalarOf(() => rowSum(entries, none)), 0);
    dispose([entries, mask, weight, none, clean]);
  });
});

forEachBackend("regression() names a weighted scalar per part, and their sum", async () => {
  await assertNoLeak(async () => {
    const path = linearPath();
    const objective = regression({
      path,
      predicts: "velocity",
      parts: { x: { element: squared, weight: 2 }, pos: { element: absolute, weight: 0.5 } },
    });
    const point = pointOf();
    const prediction = { x: tensor([1, 1], [1, 2]), pos: tensor([7], [1, 1]) };
    const { total, parts } = tidy(() =>
      objective.loss(() => prediction, point, { cond: {}, step: 0, path, rng: rng(0) })
    );
    assertEquals(Object.keys(parts), ["x", "pos"]);
    // Velocity of x is (3, 5): errors 2 and 4; velocity of pos is 4: error 3.
    const values = await takeValues({ total, ...parts });
    assertClose(values, { x: [2 * 10], pos: [0.5 * 3], total: [21.5] }, 1e-6, "loss");
    dispose([...Object.values(prediction), ...owned(point)]);
  });
});

forEachBackend("ignoreMask() counts padding and keeps everything else", async () => {
  await assertNoLeak(async () => {
    const path = linearPath();
    const parts = { x: { element: squared, weight: 1 }, pos: { element: squared, weight: 1 } };
    const objective = regression({ path, predicts: "velocity", parts });
    const point = pointOf();
    const prediction = { x: tensor([1, 1], [1, 2]), pos: tensor([7], [1, 1]) };
    const mask = { x: tensor([0, 1], [1, 2]), pos: ones([1]) };
    const weight = tensor([2]);
    const loss = (which: typeof objective): Promise<number> =>
      scalarOf(() => which.loss(() => prediction, point, { cond: {}, mask, weight, step: 0, path, rng: rng(0) }).total);
    assertAlmostEquals(await loss(objective), 2 * 16 + 2 * 9, 1e-5);
    assertAlmostEquals(await loss(ignoreMask(objective)), 2 * 10 + 2 * 9, 1e-5);
    const velocity = ignoreMask(objective).velocity(prediction, point.xt, point.t);
    assertEquals(await dataOf(velocity["pos"]!), Float32Array.of(7));
    const all = [...Object.values(prediction), ...owned(point), ...Object.values(mask), weight];
    assert(all.every((part) => !part.isDisposed));
    dispose(all);
  });
});

/** From (0, 0 | 0) to (3, 5 | 4) at half time. */
function pointOf(): PathPoint {
  const x0: State = { x: tensor([0, 0], [1, 2]), pos: tensor([0], [1, 1]) };
  const x1: State = { x: tensor([3, 5], [1, 2]), pos: tensor([4], [1, 1]) };
  const t = tensor([0.5]);
  return tidy(() => linearPath().at(x0, x1, t, rng(0)));
}

function owned({ t, x0, x1, xt, dxt }: PathPoint): Tensor[] {
  return [t, ...[x0, x1, xt, dxt].flatMap((state) => Object.values(state))];
}
