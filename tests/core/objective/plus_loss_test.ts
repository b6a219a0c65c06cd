import {
  type Cond,
  linearPath,
  type LossContext,
  type Objective,
  type PathPoint,
  plusLoss,
  regression,
  rng,
  squared,
  type State,
  velocityOutput,
} from "../../../core/mod.ts";
import { clone, dispose, mean, mul, type Tensor, tensor, tidy, valueAndGrads } from "../../../core/tensor/mod.ts";
import { assertAlmostEquals, assertEquals, assertStrictEquals, assertThrows } from "../../assert.ts";
import { takeValues } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

const PATH = linearPath();
const SQUARES = { x: { element: squared, weight: 1 } };

function context(step = 0): LossContext {
  return { cond: {}, encode: (cond: Cond) => cond, step, path: PATH, rng: rng(0) };
}

/** From 0 to 4 at a quarter of the way. */
function pointOf(): PathPoint {
  const [x0, x1, t] = [{ x: tensor([0, 0], [2, 1]) }, { x: tensor([4, 8], [2, 1]) }, tensor([0.25, 0.25])];
  return tidy(() => PATH.at(x0, x1, t, rng(0)));
}

function owned({ t, x0, x1, xt, dxt }: PathPoint): Tensor[] {
  return [t, ...[x0, x1, xt, dxt].flatMap((state) => Object.values(state))];
}

forEachBackend("plusLoss() adds the weighted term to total, log and gradient, from the one prediction", async () => {
  await assertNoLeak(async () => {
    const point = pointOf();
    const given = tensor([1, 3], [2, 1]);
    let calls = 0;
    let seen: State | undefined;
    const inner = regression({ path: PATH, predicts: "target", parts: SQUARES });
    const objective = plusLoss(inner, "size", {
      value(prediction, at, ctx): Tensor {
        seen = prediction;
        assertStrictEquals(at, point);
        assertStrictEquals(ctx.path, PATH);
        return mean(prediction["x"]!);
      },
      weight: 10,
    });
    const predicted = { x: given };
    const { value, grads, aux } = tidy(() =>
      valueAndGrads(() => {
        const { total, parts, divisor } = objective.loss(() => (calls++, predicted), point, context());
        assertEquals(Object.keys(parts), ["x", "size"]);
        assertEquals(divisor, 2);
        return { value: total, aux: Object.values(parts) };
      }, [given])
    );
    assertEquals(calls, 1);
    assertStrictEquals(seen, predicted);
    // Errors -3 and -5; the mean of the prediction is 2.
    const { total, x, size, slope } = await takeValues({ total: value, x: aux[0]!, size: aux[1]!, slope: grads[0]! });
    assertEquals([total![0], x![0], size![0]], [17 + 20, 17, 20]);
    assertEquals(Array.from(slope!), [-3 + 5, -5 + 5]);
    assertStrictEquals(objective.velocity, inner.velocity);
    dispose([given, ...owned(point)]);
  });
});

forEachBackend("plusLoss() ramps by step and does not evaluate a term of weight 0", async () => {
  await assertNoLeak(async () => {
    const point = pointOf();
    const given = { x: tensor([1, 3], [2, 1]) };
    let evaluated = 0;
    const objective = plusLoss(regression({ path: PATH, predicts: "target", parts: SQUARES }), "size", {
      value: (prediction) => (evaluated++, mean(prediction["x"]!)),
      weight: (step) => Math.min(1, step / 4),
    });
    for (const [step, expected] of [[0, 0], [1, 0.5], [4, 2], [9, 2]] as const) {
      const { total, parts } = tidy(() => objective.loss(() => given, point, context(step)));
      const values = await takeValues({ total, x: parts["x"]!, size: parts["size"]! });
      assertEquals(values["size"]![0], expected);
      assertAlmostEquals(values["total"]![0]!, values["x"]![0]! + expected, 1e-6);
    }
    assertEquals(evaluated, 3);
    dispose([given.x, ...owned(point)]);
  });
});

forEachBackend("plusLoss() picks the objective's first prediction at the point, else makes one", async () => {
  await assertNoLeak(async () => {
    const point = pointOf();
    let calls = 0;
    const predict = (): State => ({ x: mul(point.x1["x"]!, ++calls) });
    const asking = (fn: Objective["loss"]): Objective => ({ loss: fn, velocity: (prediction) => prediction });
    const term = { value: (prediction: State) => mean(prediction["x"]!) };
    const several = asking((network, { xt, t }) => {
      const elsewhere = network({ x: clone(xt["x"]!) }, t);
      const [first] = [network(xt, t, {}), network(xt, t)];
      return { total: mul(mean(elsewhere["x"]!), 0), parts: { first: mul(mean(first["x"]!), 1) } };
    });
    const none = asking(({ length: _ }, { x0 }) => ({ total: mean(x0["x"]!), parts: {} }));
    // The mean of x1 is 6: the second call of several, the only one of none.
    for (const [objective, expected, made] of [[several, 12, 3], [none, 6, 1]] as const) {
      calls = 0;
      const { total, parts } = tidy(() => plusLoss(objective, "size", term).loss(predict, point, context()));
      const values = await takeValues({ total, ...parts });
      assertEquals([values["size"]![0], calls], [expected, made]);
    }
    dispose(owned(point));
  });
});

forEachBackend("plusLoss() sees what the objective it wraps sees", async () => {
  await assertNoLeak(async () => {
    const point = pointOf();
    const given = { x: tensor([2, 2], [2, 1]) };
    const term = { value: (prediction: State) => mean(prediction["x"]!) };
    const target = regression({ path: PATH, predicts: "target", parts: SQUARES });
    const outside = plusLoss(velocityOutput(target, PATH, ["x"]), "size", term);
    const inside = velocityOutput(plusLoss(target, "size", term), PATH, ["x"]);
    // The velocity is 2; the end states are x_t + 0.75 * 2 with x_t = 1 and 2.
    for (const [objective, expected] of [[outside, 2], [inside, 3]] as const) {
      const { total, parts } = tidy(() => objective.loss(() => given, point, context()));
      assertEquals((await takeValues({ total, ...parts }))["size"]![0], expected);
    }
    dispose([given.x, ...owned(point)]);
  });
});

forEachBackend("plusLoss() refuses a name that the objective uses", async () => {
  await assertNoLeak(() => {
    const point = pointOf();
    const objective = plusLoss(regression({ path: PATH, predicts: "target", parts: SQUARES }), "x", {
      value: (prediction) => mean(prediction["x"]!),
    });
    assertThrows(() => tidy(() => objective.loss(() => point.x1, point, context())), TypeError, 'loss "x"');
    dispose(owned(point));
  });
});

forEachBackend("plusLoss() lets a term ask the network again under another condition", async () => {
  await assertNoLeak(async () => {
    const point = pointOf();
    const other: Cond = {};
    const asked: (Cond | undefined)[] = [];
    const objective = plusLoss(regression({ path: PATH, predicts: "target", parts: SQUARES }), "again", {
      value: (_, { xt, t }, __, predict) => mean(predict(xt, t, other)["x"]!),
    });
    const given = { x: tensor([1, 3], [2, 1]) };
    const { total, parts } = tidy(() => objective.loss((_, __, cond) => (asked.push(cond), given), point, context()));
    assertEquals(asked, [undefined, other]);
    const { added } = await takeValues({ added: parts["again"]! });
    assertEquals([...added!], [2]);
    dispose([total, parts["x"]!, given.x, ...owned(point)]);
  });
});
