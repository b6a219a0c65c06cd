import {
  adamW,
  clipByGlobalNorm,
  constantSchedule,
  disposeTree,
  elementMean,
  eulerSampler,
  type Field,
  integrate,
  linearPath,
  log1p,
  rng,
  squared,
  type Tensor,
  tensor,
  tidy,
  toHost,
} from "../../../core/mod.ts";
import { sub } from "../../../core/tensor/mod.ts";
import { hostArray } from "../../../core/host_array.ts";
import { drawTimes } from "../../../plugins/stflow/method.ts";
import type { Expression } from "../../../plugins/stflow/slide.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { forEachBackend } from "../../core/backends.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { FLOAT32, NETWORK, PLAIN, timesOf, tiny, tinyCond, valuesOf, vectors } from "./tiny.ts";

const PATH = linearPath<Expression>();

/** Integrate a field of end-state predictions and list the states before each step, then the result. */
async function trajectory(y0: Tensor, times: readonly number[], predict: Field<Expression>): Promise<number[][]> {
  const states: number[][] = [];
  const field: Field<Expression> = (x, t) => PATH.toVelocity("target", predict(x, t), x, t);
  const { x } = await integrate<Expression, Expression, readonly Tensor[]>({
    sampler: eulerSampler<Expression>(),
    field,
    x0: { y: y0 },
    rng: rng(0),
    onStep: async ({ x: state }) => void states.push([...(await toHost(state.y)).data]),
  }, times);
  x.y.dispose();
  y0.dispose();
  return states;
}

Deno.test("expression is the logarithm of one plus the counts", () => {
  const { counts, values } = vectors.log1p;
  assertClose(log1p(hostArray(Float32Array.from(counts), [1, 6])).data, values, FLOAT32);
});

forEachBackend("the path is a straight line", async () => {
  const { y0, y1, cases } = vectors.interpolation;
  for (const { t, yt } of cases) {
    const got = await read(() => ({
      y: PATH.at({ y: tensorOf(y0) }, { y: tensorOf(y1) }, timesOf(t, 2), rng(0)).xt.y,
    }));
    assertClose(got.y, flat(yt), FLOAT32);
  }
});

forEachBackend("a step goes towards the prediction by its share of what is left", async () => {
  for (const { t1, t2, yt, yhat, velocity, next } of vectors.euler) {
    const got = await read(() => {
      const [x, end] = [{ y: tensorOf(yt) }, { y: tensorOf(yhat) }];
      const field: Field<Expression> = (at, t) => PATH.toVelocity("target", end, at, t);
      const step = eulerSampler<Expression>().step(field, x, t1, t2, [], rng(0));
      return { next: step.x.y, velocity: field(x, timesOf(t1, 2)).y };
    });
    assertClose(got.next, flat(next), FLOAT32);
    assertClose(got.velocity, flat(velocity), FLOAT32, FLOAT32);
  }
});

Deno.test("time grids are the paper's or the authors'", () => {
  for (const [steps, { evalTimes, endTime }] of Object.entries(vectors.grids.paper)) {
    const times = drawTimes({ steps: Number(steps), grid: "even" });
    assertClose(times, [...evalTimes, endTime], 1e-12);
  }
  for (const [points, { linspace, nfe }] of Object.entries(vectors.grids.release)) {
    const times = drawTimes({ steps: Number(points) - 1, grid: "release" });
    assertClose(times, linspace, 1e-9);
    assertEquals(times.length - 1, nfe);
  }
});

forEachBackend("a draw follows the vectors and ends at the last prediction", async () => {
  for (const { grid, y0, evalTimes, states, output, ...more } of vectors.trajectories) {
    const times = [...evalTimes, 1];
    const constant = more.constant === undefined ? undefined : tensorOf(more.constant);
    const predict: Field<Expression> = ({ y }, t) =>
      constant === undefined ? { y: y.mul(0.5).add(1).add(t.expandDims(1).mul(0.25)) } : { y: constant.clone() };
    const got = await trajectory(tensorOf(y0), times, predict);
    constant?.dispose();
    assertClose(got.slice(0, -1).flat(), flat(states), FLOAT32, FLOAT32);
    assertClose(got.at(-1)!, flat(output), FLOAT32, FLOAT32);
    assertEquals(grid === "paper" ? evalTimes[0] : 0.01, evalTimes[0]);
  }
});

forEachBackend("draws of the tiny model follow the vectors in all grids", async () => {
  using network = tiny();
  const { backbone, params } = network;
  const cond = tidy(() => backbone.encode(params, tinyCond(), PLAIN));
  const { sampling } = vectors.tinyModel;
  for (const { evalTimes, states, output } of Object.values(sampling)) {
    const predict: Field<Expression> = (x, t) => backbone.apply(params, x, t, cond, PLAIN);
    const got = await trajectory(tensorOf(vectors.tinyModel.y0), [...evalTimes, 1], predict);
    assertClose(got.slice(0, -1).flat(), flat(states), NETWORK);
    assertClose(got.at(-1)!, flat(output), NETWORK);
  }
  Object.values(cond).forEach((one) => one.dispose());
});

forEachBackend("one step is one forward evaluation at t = 0", async () => {
  using network = tiny();
  const { backbone, params } = network;
  const once = await valuesOf(() => {
    const cond = backbone.encode(params, tinyCond(), PLAIN);
    return backbone.apply(params, { y: tensorOf(vectors.tinyModel.y0) }, timesOf(0, 6), cond, PLAIN).y;
  });
  assertClose(once, flat(vectors.tinyModel.sampling.paper1.output), NETWORK);
});

forEachBackend("the loss is a mean over real spots and genes", async () => {
  const { pred, label, mask, loss, count } = vectors.maskedMse;
  // Regions are of their own size here: what the mask leaves out does not exist.
  const real = (values: readonly (readonly (readonly number[])[])[]) =>
    tensorOf(values.flatMap((region, i) => region.filter((_, j) => mask[i]![j] === 1)));
  const got = await valuesOf(() => elementMean(squared(sub(real(pred), real(label)))).value);
  assertAlmostEquals(got[0]!, loss, FLOAT32);
  assertEquals(mask.flat().filter((one) => one === 1).length * pred[0]![0]!.length, count);
});

forEachBackend("gradients are clipped by their norm and Adam follows the vectors", async () => {
  const { clip, adam } = vectors.optimiser;
  const made = tidy(() => {
    const [params, grads] = [{ w: tensor([0, 0, 0]) }, { w: tensor(clip.grad) }];
    const transform = clipByGlobalNorm(clip.maxNorm);
    return transform.update(grads, transform.init(params), { params, step: 0 }).updates as { w: Tensor };
  });
  assertClose((await toHost(made.w)).data, clip.clipped, FLOAT32);
  made.w.dispose();
  const { lr, beta1, beta2, eps } = adam;
  const optimizer = adamW({ schedule: constantSchedule(lr), weightDecay: 0, beta1, beta2, epsilon: eps });
  let params: { w: Tensor } = { w: tensor(adam.start) };
  let slots = tidy(() => optimizer.init(params));
  for (const [step, { grad, param }] of adam.steps.entries()) {
    const [before, old] = [params, slots];
    const next = tidy(() => {
      const update = optimizer.update({ w: tensor(grad) }, old, { params: before, step });
      return { params: { w: before.w.add((update.updates as { w: Tensor }).w) }, slots: update.slots };
    });
    ({ params, slots } = next);
    disposeTree(before);
    disposeTree(old);
    assertClose((await toHost(params.w)).data, param, 1e-6);
  }
  disposeTree(params);
  disposeTree(slots);
});
