import {
  type ApplyContext,
  createTrainer,
  flowTrainable,
  linearPath,
  type LossContext,
  type Method,
  ownBatch,
  type PathPoint,
  type Rng,
  rng,
  type State,
} from "../../../core/mod.ts";
import { eulerSampler } from "../../../core/sampler/euler.ts";
import {
  add,
  dataOf,
  dispose,
  intTensor,
  mean,
  mul,
  ones,
  scalar,
  type Tensor,
  tensor,
  tidy,
  valueAndGrads,
} from "../../../core/tensor/mod.ts";
import { tensorAt } from "../../../core/tree.ts";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertStrictEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

interface Seen {
  point?: PathPoint;
  ctx?: LossContext;
  starts: number;
  readonly applied: { readonly cond: unknown; readonly ctx: ApplyContext; readonly draw: number }[];
}

/** The first number of a stream, by which it is told from others. */
function fingerprint(stream: Rng): number {
  return stream.host.uniform(1)[0]!;
}

/** A method whose parts note what they are given; the network is called twice, once with another condition. */
function watched(seen: Seen): Method<State, { readonly c: Tensor }> {
  const path = linearPath();
  return {
    prior: {
      sample(like): State {
        seen.starts++;
        return { x: mul(like["x"]!, 0) };
      },
    },
    path,
    objective: {
      loss(predict, point, ctx): ReturnType<Method["objective"]["loss"]> {
        seen.point = point;
        seen.ctx = ctx;
        const first = predict(point.xt, point.t);
        const second = predict(point.xt, point.t, { c: mul(ctx.cond.c, 2) });
        const fit = mean(add(first["x"]!, second["x"]!));
        return { total: fit, parts: { fit } };
      },
      velocity: (prediction) => prediction,
    },
    backbone: {
      init: () => ({ w: scalar(2) }),
      apply(params, { x }, _t, cond, ctx): State {
        seen.applied.push({ cond, ctx, draw: fingerprint(ctx.rng) });
        return { x: mul(x!, tensorAt(params, "w")) };
      },
    },
    sampler: eulerSampler(),
    field: (predict) => predict,
    times: (batch, stream) => stream.uniform([batch.target["x"]!.shape[0]!]),
    batches: () => Promise.reject(new Error("not used")),
    penalty: (params) => ({ total: mul(tensorAt(params, "w"), 10), parts: { size: mul(tensorAt(params, "w"), 10) } }),
  };
}

forEachBackend("flowTrainable() hands the batch to path, objective and network", async () => {
  await assertNoLeak(async () => {
    const seen: Seen = { starts: 0, applied: [] };
    const trainable = flowTrainable(watched(seen));
    const mask = { x: ones([2]) };
    using batch = ownBatch({
      target: { x: tensor([1, 2], [2, 1]) },
      x0: { x: tensor([5, 6], [2, 1]) },
      cond: { c: ones([2, 3]) },
      mask,
      weight: tensor([1, 3]),
      group: intTensor([0, 0]),
    });
    const params = { w: scalar(2) };
    const { total, parts, divisor } = tidy(() => trainable.loss(params, batch, { step: 7, rng: rng(1) }));
    assertEquals(divisor, 2, "a loss that does not say counts as a mean over rows");
    assertStrictEquals(seen.point!.x0, batch.x0!);
    assertStrictEquals(seen.point!.x1, batch.target);
    assertEquals(seen.starts, 0, "a batch with a start needs no prior");
    const { cond, encode, weight, group, step, path, mask: given } = seen.ctx!;
    assertStrictEquals(cond, batch.cond);
    assertStrictEquals(encode(cond), cond, "a network without encode sees the conditioning itself");
    assertStrictEquals(weight, batch.weight!);
    assertStrictEquals(group, batch.group!);
    assertStrictEquals(given, mask);
    assertEquals([step, path.exact.start], [7, true]);
    const [own, other] = seen.applied;
    assertStrictEquals(own!.cond, batch.cond);
    assertNotEquals(other!.cond, batch.cond as unknown);
    assert(own!.ctx.train && own!.ctx.mask === mask && other!.ctx.mask === mask);
    assertNotEquals(own!.draw, other!.draw, "two calls of a network must not share dropout");
    // The penalty is part of what is differentiated, and named.
    assertEquals(Object.keys(parts), ["fit", "size"]);
    const [sum, fit, size] = await Promise.all([total, parts["fit"]!, parts["size"]!].map(dataOf));
    assertAlmostEquals(sum![0]!, fit![0]! + size![0]!, 1e-5);
    assertEquals(size![0], 20);
    dispose([params.w, total, ...Object.values(parts)]);
  });
});

forEachBackend("flowTrainable() asks the prior where the batch has no start", async () => {
  await assertNoLeak(async () => {
    const seen: Seen = { starts: 0, applied: [] };
    const trainable = flowTrainable(watched(seen));
    using batch = ownBatch({ target: { x: tensor([1, 2], [2, 1]) }, cond: { c: ones([2, 3]) } });
    const params = { w: scalar(2) };
    const { total, parts } = tidy(() => trainable.loss(params, batch, { step: 0, rng: rng(1) }));
    assertEquals(seen.starts, 1);
    assert(!("mask" in seen.ctx!) && !("weight" in seen.ctx!) && !("group" in seen.ctx!), "absent stays absent");
    await Promise.resolve();
    dispose([params.w, total, ...Object.values(parts)]);
  });
});

forEachBackend("createTrainer() gives every step and micro-batch a stream of its own", async () => {
  await assertNoLeak(async () => {
    const seen: Seen = { starts: 0, applied: [] };
    const batch = () => ownBatch({ target: { x: tensor([1, 2], [2, 1]) }, cond: { c: ones([2, 3]) } });
    using trainer = createTrainer({
      trainable: flowTrainable(watched(seen)),
      batches: { at: () => Promise.resolve(batch()) },
      optimizer: {
        init: () => [],
        update: (updates) => ({ updates: { w: mul(tensorAt(updates, "w"), 0) }, slots: [] }),
      },
      accumulate: 2,
      rng: rng(1),
    });
    for (let i = 0; i < 3; i++) await trainer.advance();
    const draws = seen.applied.map(({ draw }) => draw);
    assertEquals(draws.length, 12);
    assertEquals(new Set(draws).size, 12);
  });
});

forEachBackend("flowTrainable() encodes once per loss, with streams of their own, where gradients see it", async () => {
  await assertNoLeak(async () => {
    const seen: Seen = { starts: 0, applied: [] };
    const plain = watched(seen);
    const draws: number[] = [];
    const [encoded, used]: [Tensor[], unknown[]] = [[], []];
    const mask = { x: ones([2]) };
    const method: typeof plain = {
      ...plain,
      objective: {
        ...plain.objective,
        loss(predict, { xt, t }, { cond, encode }): ReturnType<Method["objective"]["loss"]> {
          const other = encode({ c: mul(cond.c, 2) });
          const fits = [predict(xt, t), predict(xt, t), predict(xt, t, other)].map(({ x }) => mean(x!));
          return { total: fits.reduce((a, b) => add(a, b)), parts: {}, divisor: 5 };
        },
      },
      backbone: {
        init: () => ({ w: scalar(2), e: scalar(3) }),
        encode(params, { c }, ctx): { readonly c: Tensor } {
          assert(ctx.train && ctx.mask === mask);
          draws.push(fingerprint(ctx.rng));
          encoded.push(mul(c, tensorAt(params, "e")));
          return { c: encoded.at(-1)! };
        },
        apply(params, { x }, _t, { c }, ctx): State {
          used.push(c);
          draws.push(fingerprint(ctx.rng));
          return { x: mul(mul(x!, tensorAt(params, "w")), mean(c)) };
        },
      },
    };
    using batch = ownBatch({ target: { x: tensor([1, 2], [2, 1]) }, cond: { c: ones([2, 3]) }, mask });
    const params = { e: scalar(3), w: scalar(2) };
    const trainable = flowTrainable(method);
    let divisor: unknown;
    const { value, grads } = tidy(() =>
      valueAndGrads(() => {
        const loss = trainable.loss(params, batch, { step: 0, rng: rng(1) });
        divisor = loss.divisor;
        return { value: loss.total };
      }, [params.e])
    );
    assertEquals(divisor, 5);
    // The objective's own encoding comes first, the batch's when it is first needed and once for both calls.
    assertEquals(used.map((c) => encoded.indexOf(c as Tensor)), [1, 1, 0]);
    assertEquals([encoded.length, new Set(draws).size], [2, 5]);
    assert((await dataOf(grads[0]!))[0] !== 0, "the encoder is trained");
    dispose([value, ...grads, ...Object.values(params)]);
  });
});
