import {
  type Backbone,
  type Cond,
  draw,
  entries,
  eulerSampler,
  type Field,
  flowTrainable,
  integrateAdaptive,
  linearPath,
  type State,
  timeGrid,
} from "../../core/mod.ts";
import { rng } from "../../core/rng/stream.ts";
import { dataOf, dispose, mul, ones, type Tensor, tensor, tidy, valueAndGrads, zeros } from "../../core/tensor/mod.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "../assert.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import { cfmMethod } from "./methods/cfm.ts";
import { geneMethod, pictures } from "./methods/geneflow.ts";
import { guided, spatiaMethod, transitions } from "./methods/spatia.ts";
import { regions, stMethod } from "./methods/stflow.ts";
import { type Cells, joinBatches } from "./methods/tiny.ts";
import { assertClose, leafList, takeValues, valuesOf } from "./numbers.ts";

forEachBackend("spots of one region share a time, regions do not", async () => {
  await assertNoLeak(async () => {
    using a = regions(0);
    using b = regions(1);
    using batch = joinBatches(a, b);
    const t = tidy(() => stMethod.times(batch, rng(3)));
    const { t: times } = await takeValues({ t });
    const group = await dataOf(batch.group!);
    const byGroup = new Map<number, Set<number>>();
    group.forEach((id, row) => byGroup.set(id, (byGroup.get(id) ?? new Set()).add(times![row]!)));
    assertEquals([...byGroup.values()].map((set) => set.size), [1, 1, 1, 1]);
    assertEquals(new Set(times).size, 4);
  });
});

forEachBackend("neighbours never cross a region", async () => {
  await assertNoLeak(async () => {
    using batch = regions(0);
    const group = await dataOf(batch.group!);
    const params = tidy(() => stMethod.backbone.init(rng(1)));
    const t = tidy(() => stMethod.times(batch, rng(3)));
    const disturbed = {
      y: tensor((await dataOf(batch.target.y)).map((v, i) => group[Math.floor(i / 3)] === 1 ? -v : v), [14, 3]),
    };
    const ctx = { train: false, rng: rng(0) };
    const [plain, other] = [batch.target, disturbed].map((state) =>
      tidy(() => stMethod.backbone.apply(params, state, t, batch.cond, ctx))
    );
    const [a, b] = [(await takeValues(plain!))["y"]!, (await takeValues(other!))["y"]!];
    const rowsOf = (id: number, values: Float32Array): number[] =>
      Array.from(values.filter((_, i) => group[Math.floor(i / 3)] === id));
    assertEquals(rowsOf(0, a), rowsOf(0, b));
    assertNotEquals(rowsOf(1, a), rowsOf(1, b));
    dispose([t, disturbed.y, ...leafList(params)]);
  });
});

forEachBackend("Euler's last step lands on the predicted end state", async () => {
  await assertNoLeak(async () => {
    using batch = regions(2);
    const params = tidy(() => stMethod.backbone.init(rng(1)));
    const end = await valuesOf(batch.target);
    const oracle = { ...stMethod, backbone: { ...stMethod.backbone, apply: () => ({ y: mul(batch.target.y, 1) }) } };
    for (const points of [2, 3, 6]) {
      const { x, steps, evaluations } = await draw(oracle, {
        params,
        cond: batch.cond,
        like: batch.target,
        times: timeGrid(points),
        rng: rng(4),
      });
      assertEquals([steps, evaluations], [points - 1, points - 1]);
      assertClose(await takeValues(x), end, 1e-6, `${points} points`);
    }
    dispose(leafList(params));
  });
});

/** A backbone that counts its encodings and notes the conditioning that it is applied to. */
function watched<S extends State, C extends Cond, P>(
  backbone: Backbone<S, C, P>,
): { readonly backbone: Backbone<S, C, P>; readonly encoded: C[]; readonly applied: C[] } {
  const [encoded, applied]: [C[], C[]] = [[], []];
  return {
    encoded,
    applied,
    backbone: {
      ...backbone,
      encode(params, cond, ctx): C {
        encoded.push(backbone.encode!(params, cond, ctx));
        return encoded.at(-1)!;
      },
      apply(params, xt, t, cond, ctx): P {
        applied.push(cond);
        return backbone.apply(params, xt, t, cond, ctx);
      },
    },
  };
}

forEachBackend("draw() encodes the conditioning once, whatever chooses the steps", async () => {
  await assertNoLeak(async () => {
    using batch = pictures(0);
    const params = tidy(() => geneMethod.backbone.init(rng(1)));
    const options = { params, cond: batch.cond, like: batch.target, rng: rng(4) };
    const everyTime: typeof geneMethod.backbone = {
      init: geneMethod.backbone.init,
      apply: (own, xt, t, cond, ctx) =>
        geneMethod.backbone.apply(own, xt, t, geneMethod.backbone.encode!(own, cond, ctx), ctx),
    };
    for (const times of [timeGrid(4), { from: 0, to: 1, firstStep: 0.2, maxSteps: 50 }]) {
      const { backbone, encoded, applied } = watched(geneMethod.backbone);
      const { x, evaluations } = await draw({ ...geneMethod, backbone }, { ...options, times });
      assertEquals([encoded.length, applied.length], [1, evaluations]);
      assert(applied.every((cond) => cond === encoded[0]));
      assert(
        encoded[0]!["code"]!.isDisposed && !batch.cond.gene.isDisposed,
        "encodings go, the conditioning is borrowed",
      );
      const direct = await draw({ ...geneMethod, backbone: everyTime }, { ...options, times });
      assertClose(await takeValues(x), await takeValues(direct.x), 1e-5, "encoded once and every time");
    }
    dispose(leafList(params));
  });
});

forEachBackend("draw() with adaptive steps is integrateAdaptive(), and refuses samplers without error", async () => {
  await assertNoLeak(async () => {
    const params = tidy(() => cfmMethod.backbone.init(rng(1)));
    const like = { x: zeros([3, 2]) };
    const control = { from: 0, to: 1, firstStep: 0.1, maxSteps: 200 };
    const stream = rng(4);
    const drawn = await draw(cfmMethod, { params, cond: {}, like, times: control, rng: stream });
    const x0 = tidy(() => cfmMethod.prior.sample(like, undefined, stream.fold("prior")));
    const ctx = { train: false, rng: stream };
    const field = cfmMethod.field((x, t) => cfmMethod.backbone.apply(params, x, t, {}, ctx), {
      cond: {},
      encode: (cond) => cond,
    });
    const direct = await integrateAdaptive({ sampler: cfmMethod.sampler, field, x0, rng: stream }, control);
    assertEquals(await takeValues(drawn.x), await takeValues(direct.x));
    assertEquals([drawn.steps, drawn.evaluations], [direct.steps, direct.evaluations]);
    await assertRejects(
      () =>
        draw({ ...cfmMethod, sampler: eulerSampler<Cells>() }, { params, cond: {}, like, times: control, rng: stream }),
      TypeError,
      "no error",
    );
    dispose([like.x, x0.x, ...leafList(params)]);
  });
});

forEachBackend("draw() frees what the field's builder made, also after an error", async () => {
  await assertNoLeak(async () => {
    using batch = await transitions(2);
    const params = tidy(() => spatiaMethod.backbone.init(rng(1)));
    const options = {
      params,
      cond: batch.cond,
      like: batch.target,
      source: batch.source!,
      times: timeGrid(5),
      rng: rng(4),
    };
    const { backbone, encoded, applied } = watched(spatiaMethod.backbone);
    const made: Tensor[] = [];
    const method: typeof spatiaMethod = {
      ...guided(2),
      backbone,
      field(predict, context): Field<Cells> {
        // The builder may hide a tensor in its closure; what it keeps is its own.
        const scale = mul(ones([1]), 0.5);
        made.push(scale);
        const none = context.encode(backbone.nullCond!(context.cond));
        return (x, t) => ({ x: mul(predict(x, t, none).x, scale) });
      },
    };
    const { x } = await draw(method, options);
    assertEquals([encoded.length, applied.length], [2, 8]);
    assert(applied.every((cond) => cond === encoded[1]), "the network sees encoded conditioning only");
    assert([...encoded.map((cond) => cond["code"]!), encoded[1]!.kind, ...made].every((leaf) => leaf.isDisposed));
    dispose(Object.values<Tensor>(x));
    const fail = (): never => {
      throw new Error("enough");
    };
    const late: typeof method.field = (predict, context) => {
      method.field(predict, context);
      return fail();
    };
    const inField: typeof method.field = (predict, context) => {
      const field = method.field(predict, context);
      let calls = 0;
      return (at, t) => ++calls > 2 ? fail() : field(at, t);
    };
    const broken: Partial<typeof method>[] = [
      { prior: { sample: fail } },
      { field: late },
      { field: inField },
      { backbone: { ...backbone, encode: fail } },
    ];
    for (const part of broken) await assertRejects(() => draw({ ...method, ...part }, options), Error, "enough");
    await assertRejects(() => draw(method, { ...options, onStep: fail }), Error, "enough");
    assert(Object.values<Tensor>(batch.cond).every((leaf) => !leaf.isDisposed), "the conditioning is borrowed");
    dispose(leafList(params));
  });
});

forEachBackend("flowTrainable() shows the network encoded conditioning only, and trains the encoder", async () => {
  await assertNoLeak(async () => {
    using batch = await transitions(0);
    const { backbone, encoded, applied } = watched(spatiaMethod.backbone);
    const trainable = flowTrainable({ ...spatiaMethod, backbone });
    const params = tidy(() => trainable.init(rng(1)));
    const paths = entries<Tensor>(params).map(([path]) => path);
    const { value, grads } = tidy(() =>
      valueAndGrads(
        () => ({ value: trainable.loss(params, batch, { step: 0, rng: rng(2) }).total }),
        leafList(params),
      )
    );
    // Conditions dropped and conditions turned; the batch's own are not asked for, so they are not encoded.
    assertEquals([encoded.length, applied.length], [2, 2]);
    assertEquals(applied.map((cond) => encoded.indexOf(cond)), [0, 1]);
    for (const [i, path] of paths.entries()) {
      assert((await dataOf(grads[i]!)).some((slope) => slope !== 0), `no gradient reaches "${path}"`);
    }
    dispose([value, ...grads, ...leafList(params)]);
  });
});

forEachBackend("draw() starts at the source and runs back to it", async () => {
  await assertNoLeak(async () => {
    using batch = await transitions(1);
    const params = tidy(() => spatiaMethod.backbone.init(rng(1)));
    const seen: { readonly t: number; readonly x: Record<string, Float32Array> }[] = [];
    const options = { params, cond: batch.cond, like: batch.target, rng: rng(4) };
    const { x } = await draw(spatiaMethod, {
      ...options,
      source: batch.source!,
      times: timeGrid(40),
      onStep: async ({ t, x: now }) => void seen.push({ t, x: await valuesOf(now) }),
    });
    assertEquals(seen[0], { t: 0, x: await valuesOf(batch.source!) });
    assertEquals(seen.at(-1), { t: 1, x: await valuesOf(x) });
    const { x: back } = await draw(spatiaMethod, { ...options, source: x, times: timeGrid(40, 1, 0) });
    assertClose(await takeValues(back), seen[0]!.x, 2e-3, "there and back");
    await assertRejects(() => draw(spatiaMethod, { ...options, times: timeGrid(3) }), TypeError, "source");
    dispose([...Object.values<Tensor>(x), ...leafList(params)]);
  });
});

forEachBackend("guidance of scale 1 is the condition, of scale 0 the null condition", async () => {
  await assertNoLeak(async () => {
    using batch = await transitions(2);
    const params = tidy(() => spatiaMethod.backbone.init(rng(1)));
    const none = tidy(() => spatiaMethod.backbone.nullCond!(batch.cond));
    const options = { params, like: batch.target, source: batch.source!, times: timeGrid(4), rng: rng(4) };
    const sample = async (
      method: typeof spatiaMethod,
      cond: typeof batch.cond,
    ): Promise<Record<string, Float32Array>> => {
      const { x } = await draw(method, { ...options, cond });
      return takeValues(x as State);
    };
    const plain = await sample(spatiaMethod, batch.cond);
    assertClose(await sample(guided(1), batch.cond), plain, 1e-5, "scale 1");
    assertClose(await sample(guided(0), batch.cond), await sample(spatiaMethod, none), 1e-5, "scale 0");
    assertNotEquals(await sample(guided(2), batch.cond), plain);
    dispose([none.kind, ...leafList(params)]);
  });
});

forEachBackend("a prediction of the end converts to the velocity that reaches it", async () => {
  await assertNoLeak(async () => {
    const path = linearPath();
    const [x, end, t] = [tensor([1, 2], [2, 1]), tensor([5, -2], [2, 1]), tensor([0.5, 0.75])];
    const velocity = tidy(() => path.toVelocity("target", { x: end }, { x }, t));
    assertClose(await takeValues(velocity), { x: [8, -16] }, 1e-6, "velocity");
    dispose([x, end, t]);
  });
});
