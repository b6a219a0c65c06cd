import {
  absolute,
  type Cond,
  elementMean,
  halfSquared,
  ignoreMask,
  linearPath,
  type Loss,
  type Operand,
  type PartLoss,
  type PathPoint,
  regression,
  rng,
  rowSum,
  squared,
  type State,
} from "../../../core/mod.ts";
import { dataOf, dispose, ones, type Tensor, tensor, tidy } from "../../../core/tensor/mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { assertClose, takeValues } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

/** What a loss is given besides the path. */
const CONTEXT = { cond: {}, encode: (cond: Cond): Cond => cond, step: 0, rng: rng(0) };

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
    assertAlmostEquals(await scalarOf(() => elementMean(clean).value), 36 / 8, 1e-6);
    assertAlmostEquals(await scalarOf(() => elementMean(clean, undefined, weight).value), (10 + 3 * 26) / 8, 1e-6);
    assertAlmostEquals(await scalarOf(() => elementMean(entries, mask).value), 21 / 6, 1e-6);
    assertAlmostEquals(await scalarOf(() => elementMean(entries, mask, weight).value), (10 + 3 * 11) / 6, 1e-6);
    assertEquals(await scalarOf(() => elementMean(entries, none).value), 0);
    assertAlmostEquals(await scalarOf(() => rowSum(clean).value), 36 / 2, 1e-6);
    assertAlmostEquals(await scalarOf(() => rowSum(entries, mask).value), 21 / 2, 1e-6);
    assertAlmostEquals(await scalarOf(() => rowSum(entries, mask, weight).value), (10 + 3 * 11) / 2, 1e-6);
    assertEquals(await scalarOf(() => rowSum(entries, none).value), 0);
    dispose([entries, mask, weight, none, clean]);
  });
});

forEachBackend("elementMean() and rowSum() say what they divided by", async () => {
  await assertNoLeak(async () => {
    const entries = ones([2, 2, 3]);
    const [mask, none] = [tensor([1, 1, 1, 0], [2, 2]), tensor([0, 0, 0, 0], [2, 2])];
    const numberOf = async (make: () => Operand): Promise<number> => {
      const out = tidy(make);
      return typeof out === "number" ? out : await scalarOf(() => out);
    };
    assertEquals(await numberOf(() => elementMean(entries).divisor), 12);
    assertEquals(await numberOf(() => elementMean(entries, mask).divisor), 9);
    assertEquals(await numberOf(() => elementMean(entries, none).divisor), 0);
    assertEquals(await numberOf(() => rowSum(entries).divisor), 2);
    assertEquals(await numberOf(() => rowSum(entries, mask).divisor), 2);
    dispose([entries, mask, none]);
  });
});

forEachBackend("regression() refuses predictions that do not fit their target, and parts without a loss", async () => {
  await assertNoLeak(() => {
    const path = linearPath();
    const squares = { element: squared, weight: 1 };
    const point = pointOf();
    const lossOf = (prediction: State, parts: Readonly<Record<string, PartLoss>>): Loss =>
      tidy(() => regression({ path, predicts: "target", parts }).loss(() => prediction, point, { ...CONTEXT, path }));
    const [x, pos, wide] = [ones([1, 2]), ones([1, 1]), ones([1, 3])];
    const both = { x: squares, pos: squares };
    assertThrows(() => lossOf({ x }, both), TypeError, "the prediction has parts x but its target has x, pos");
    assertThrows(() => lossOf({ x, pos, img: x }, both), TypeError, "parts x, pos, img");
    assertThrows(
      () => lossOf({ x: wide, pos }, both),
      TypeError,
      'Cannot regress the target: part "x" has shape [1, 3] in the prediction but [1, 2] in its target',
    );
    // A shape of 1 would broadcast.
    assertThrows(() => lossOf({ x: pos, pos }, both), TypeError, "[1, 1]");
    assertThrows(() => lossOf({ x, pos }, { x: squares }), TypeError, 'Cannot regress part "pos"');
    dispose([x, pos, wide, ...owned(point)]);
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
    const { total, parts } = tidy(() => objective.loss(() => prediction, point, { ...CONTEXT, path }));
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
      scalarOf(() => which.loss(() => prediction, point, { ...CONTEXT, mask, weight, path }).total);
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
