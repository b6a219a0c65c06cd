import { draw, linearPath, type State, timeGrid } from "../../core/mod.ts";
import { rng } from "../../core/rng/stream.ts";
import { dataOf, dispose, mul, type Tensor, tensor, tidy } from "../../core/tensor/mod.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "../assert.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import { geneMethod, pictures } from "./methods/geneflow.ts";
import { guided, spatiaMethod, transitions } from "./methods/spatia.ts";
import { regions, stMethod } from "./methods/stflow.ts";
import { joinBatches } from "./methods/tiny.ts";
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

forEachBackend("draw() encodes the conditioning once and frees it, also after an error", async () => {
  await assertNoLeak(async () => {
    using batch = pictures(0);
    const params = tidy(() => geneMethod.backbone.init(rng(1)));
    let encoded = 0;
    const widths: number[] = [];
    const watched = {
      ...geneMethod,
      backbone: {
        ...geneMethod.backbone,
        encode: (...args: Parameters<NonNullable<typeof geneMethod.backbone.encode>>) => {
          encoded++;
          return geneMethod.backbone.encode!(...args);
        },
        apply: (...args: Parameters<typeof geneMethod.backbone.apply>) => {
          widths.push(args[3].gene.shape[1]!);
          return geneMethod.backbone.apply(...args);
        },
      },
    };
    const options = { params, cond: batch.cond, like: batch.target, times: timeGrid(4), rng: rng(4) };
    const { x } = await draw(watched, options);
    assertEquals([encoded, new Set(widths).size, widths[0]], [1, 1, 12]);
    const plain = { ...geneMethod, backbone: { init: geneMethod.backbone.init, apply: geneMethod.backbone.apply } };
    const direct = await draw(plain, options);
    assertClose(await takeValues(x), await takeValues(direct.x), 1e-5, "encoded and plain conditioning");
    const failing = {
      ...watched,
      prior: {
        sample: (): never => {
          throw new Error("no start");
        },
      },
    };
    await assertRejects(() => draw(failing, options), Error, "no start");
    assert(Object.values<Tensor>(batch.cond).every((part) => !part.isDisposed), "the conditioning is borrowed");
    dispose(leafList(params));
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
    assertClose(await sample(guided(batch.cond, 1), batch.cond), plain, 1e-5, "scale 1");
    assertClose(await sample(guided(batch.cond, 0), batch.cond), await sample(spatiaMethod, none), 1e-5, "scale 0");
    assertNotEquals(await sample(guided(batch.cond, 2), batch.cond), plain);
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
