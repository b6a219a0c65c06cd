import {
  type ApplyContext,
  concat,
  encodeCond,
  type HostArray,
  type Mask,
  type Params,
  rng,
  slice,
  type Tensor,
  tensor,
  tidy,
  toHost,
  valueAndGrads,
} from "../../../core/mod.ts";
import { leaves, unflatten } from "../../../core/tree.ts";
import { nicheObjective } from "../../../plugins/nicheflow/method.ts";
import { linearPath } from "../../../core/path/linear.ts";
import { NICHEFLOW_DEFAULTS } from "../../../plugins/nicheflow/config.ts";
import { MEMORY, type Niche, SOURCE_MASK } from "../../../plugins/nicheflow/niche.ts";
import { toStateDict } from "../../../plugins/nicheflow/state_dict.ts";
import { nicheTransformer } from "../../../plugins/nicheflow/transformer.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read, tensorOf, withTensors } from "../../parity/tensors.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { FLOAT32, NETWORK, type Tiny, TINY_SIZES, tinyTransformer, vectors } from "./tiny.ts";

const VECTOR = vectors.transformer_tiny;
const PLAIN: ApplyContext<Niche> = { train: false, rng: rng(0) };

function masked(mask: Tensor): ApplyContext<Niche> {
  return { ...PLAIN, mask: { x: mask, pos: mask } as Mask<Niche> };
}

function apply({ backbone, params, xt, t, cond }: Tiny, ctx: ApplyContext<Niche> = PLAIN): Niche {
  return backbone.apply(params, xt, t, encodeCond(backbone, params, cond, ctx), ctx);
}

forEachBackend("nicheTransformer().encode() reproduces transformer_tiny", async () => {
  await assertNoLeak(async () => {
    using tiny = tinyTransformer();
    const { backbone, params, cond } = tiny;
    const got = await read(() => ({ memory: backbone.encode!(params, cond, PLAIN)[MEMORY]! }));
    assertClose(got.memory, flat(VECTOR.expected_no_mask.encoder_output), NETWORK);
  });
});

forEachBackend("nicheTransformer().apply() reproduces transformer_tiny without masks", async () => {
  await assertNoLeak(async () => {
    using tiny = tinyTransformer();
    const got = await read(() => apply(tiny));
    assertClose(got.x!, flat(VECTOR.expected_no_mask.x), NETWORK);
    assertClose(got.pos!, flat(VECTOR.expected_no_mask.pos), NETWORK);
  });
});

forEachBackend("nicheTransformer().apply() says what conditioning that was not encoded lacks", async () => {
  await assertNoLeak(() => {
    using tiny = tinyTransformer();
    const { backbone, params, xt, t, cond } = tiny;
    const error = assertThrows(() => tidy(() => backbone.apply(params, xt, t, cond, PLAIN)), TypeError);
    assertEquals(
      error.message,
      'Cannot decode niches: the conditioning has no "memory"; give apply() what encode() returned',
    );
  });
});

forEachBackend("nicheTransformer().apply() reproduces transformer_tiny with masks", async () => {
  await assertNoLeak(async () => {
    using tiny = tinyTransformer();
    const got = await read(() => {
      const cond = { ...tiny.cond, [SOURCE_MASK]: tensorOf(VECTOR.mask_cond) };
      return apply({ ...tiny, cond }, masked(tensorOf(VECTOR.mask_target)));
    });
    assertClose(got.x!, flat(VECTOR.expected_masked.x), NETWORK);
    assertClose(got.pos!, flat(VECTOR.expected_masked.pos), NETWORK);
  });
});

/** The rows of axis 1 in another order. */
function reordered(x: Tensor, order: readonly number[]): Tensor {
  const [batch, , width] = x.shape as [number, number, number];
  return concat(order.map((row) => slice(x, [0, row, 0], [batch, 1, width])), 1);
}

/** The rows of axis 1 in another order, on the host. */
function reorderedValues(values: Float32Array, batch: number, order: readonly number[]): number[] {
  const width = values.length / batch / order.length;
  return Array.from(
    { length: batch },
    (_, b) =>
      order.map((row) => [...values.subarray((b * order.length + row) * width, (b * order.length + row + 1) * width)]),
  ).flat(2);
}

forEachBackend("nicheTransformer() reorders its output with the target points", async () => {
  using tiny = tinyTransformer();
  const order = [2, 0, 3, 1];
  const plain = await read(() => apply(tiny));
  const got = await read(() =>
    apply({ ...tiny, xt: { x: reordered(tiny.xt.x, order), pos: reordered(tiny.xt.pos, order) } })
  );
  assertClose(got.x!, reorderedValues(plain.x!, 2, order), FLOAT32);
  assertClose(got.pos!, reorderedValues(plain.pos!, 2, order), FLOAT32);
});

forEachBackend("nicheTransformer() does not see the order of the source points", async () => {
  using tiny = tinyTransformer();
  const order = [1, 2, 0];
  const plain = await read(() => apply(tiny));
  const got = await read(() => {
    const { sourceX, sourcePos } = tiny.cond;
    const cond = { ...tiny.cond, sourceX: reordered(sourceX, order), sourcePos: reordered(sourcePos, order) };
    return apply({ ...tiny, cond });
  });
  assertClose(got.x!, plain.x!, FLOAT32);
  assertClose(got.pos!, plain.pos!, FLOAT32);
});

forEachBackend("nicheTransformer() gives real rows of a padded batch what the unpadded niche gets", async () => {
  using tiny = tinyTransformer();
  const batch = await read(() => {
    const cond = { ...tiny.cond, [SOURCE_MASK]: tensorOf(VECTOR.mask_cond) };
    return apply({ ...tiny, cond }, masked(tensorOf(VECTOR.mask_target)));
  });
  // The second niche has two real source points of three, and three real target points of four.
  const alone = await read(() => {
    const second = (x: Tensor, rows: number): Tensor => slice(x, [1, 0, 0], [1, rows, x.shape[2]!]);
    const { sourceX, sourcePos, sourceTime, targetTime } = tiny.cond;
    return apply({
      ...tiny,
      xt: { x: second(tiny.xt.x, 3), pos: second(tiny.xt.pos, 3) },
      t: slice(tiny.t, [1], [1]),
      cond: {
        sourceX: second(sourceX, 2),
        sourcePos: second(sourcePos, 2),
        sourceTime: slice(sourceTime, [1], [1]),
        targetTime: slice(targetTime, [1], [1]),
      },
    });
  });
  assertClose(alone.x!, batch.x!.slice(4 * 3, 7 * 3), FLOAT32);
  assertClose(alone.pos!, batch.pos!.slice(4 * 2, 7 * 2), FLOAT32);
});

/** `"x_emb.weight[0]"` as name and flat position in the state dict's layout. */
function parseEntry(text: string): readonly [name: string, at: number] {
  const [, name, at] = /^(.+)\[(\d+)\]$/.exec(text)!;
  return [name!, Number(at)];
}

forEachBackend("nicheTransformer() has the derivatives of transformer_tiny_gradients", async () => {
  await assertNoLeak(async () => {
    using tiny = tinyTransformer();
    const { gt_x, gt_pos, loss_code_glvfm_unmasked, d_loss_d_param_flat_index } = vectors.transformer_tiny_gradients;
    const path = linearPath<Niche>();
    const objective = nicheObjective({ ...NICHEFLOW_DEFAULTS.objective, kind: "glvfm" }, path);
    const all = leaves<Tensor>(tiny.params);
    const made = () =>
      tidy(() => {
        const x1: Niche = { x: tensorOf(gt_x), pos: tensorOf(gt_pos) };
        const point = { t: tiny.t, x0: x1, x1, xt: tiny.xt, dxt: x1 };
        const { value, grads } = valueAndGrads(
          () => ({
            value: objective.loss(() => apply(tiny), point, {
              cond: tiny.cond,
              encode: (cond) => cond,
              step: 0,
              path,
              rng: rng(0),
            }).total,
          }),
          all,
        );
        return { value, ...Object.fromEntries(grads.map((grad, i) => [`grad${i}`, grad])) };
      });
    await withTensors(made, async ({ value, ...grads }) => {
      assertAlmostEquals((await toHost(value)).data[0]!, loss_code_glvfm_unmasked, FLOAT32);
      const host = unflatten<Tensor, HostArray>(
        tiny.params as Params,
        await Promise.all(all.map((_, i) => toHost((grads as Record<string, Tensor>)[`grad${i}`]!))),
      );
      const dict = toStateDict(host);
      const expected = Object.entries(d_loss_d_param_flat_index);
      assertEquals(expected.length, 8);
      for (const [text, derivative] of expected) {
        const [name, at] = parseEntry(text);
        assert(Math.abs(dict[name]!.data[at]! - derivative) <= FLOAT32, `${text} is ${dict[name]!.data[at]}`);
      }
    });
  });
});

forEachBackend("nicheTransformer() drops attention weights only in training", async () => {
  using tiny = tinyTransformer();
  const backbone = nicheTransformer({ ...TINY_SIZES, dropout: 0.5 });
  const plain = await read(() => apply(tiny));
  const evaluated = await read(() => apply({ ...tiny, backbone }));
  assertEquals(evaluated, plain);
  const once = await read(() => apply({ ...tiny, backbone }, { train: true, rng: rng(3) }));
  const again = await read(() => apply({ ...tiny, backbone }, { train: true, rng: rng(3) }));
  const other = await read(() => apply({ ...tiny, backbone }, { train: true, rng: rng(4) }));
  assertEquals(again, once);
  assert(once.x!.some((value, i) => value !== plain.x![i]), "dropout changed nothing");
  assert(once.x!.some((value, i) => value !== other.x![i]), "dropout does not depend on the stream");
});

forEachBackend("nicheTransformer() takes sets of one point", async () => {
  using tiny = tinyTransformer();
  const got = await read(() => {
    const first = (x: Tensor): Tensor => slice(x, [0, 0, 0], [1, 1, x.shape[2]!]);
    const { sourceX, sourcePos, sourceTime, targetTime } = tiny.cond;
    return apply({
      ...tiny,
      xt: { x: first(tiny.xt.x), pos: first(tiny.xt.pos) },
      t: tensor([0.25]),
      cond: {
        sourceX: first(sourceX),
        sourcePos: first(sourcePos),
        sourceTime: slice(sourceTime, [0], [1]),
        targetTime: slice(targetTime, [0], [1]),
      },
    });
  });
  assertEquals([got.x!.length, got.pos!.length], [3, 2]);
  assert([...got.x!, ...got.pos!].every(Number.isFinite));
});
