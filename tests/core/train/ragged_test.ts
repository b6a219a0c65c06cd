import {
  add,
  type Batch,
  clone,
  concat,
  createTrainer,
  elementMean,
  expandDims,
  flowTrainable,
  type GradientTransform,
  linearPath,
  type Mask,
  type Method,
  mul,
  ownBatch,
  type Params,
  type Reduction,
  regression,
  rng,
  rowSum,
  silu,
  type State,
  type Tensor,
  tensor,
  tensorAt,
} from "../../../core/mod.ts";
import { absolute, squared } from "../../../core/objective/element.ts";
import { linear, pad, slice, tidy, zerosLike } from "../../../core/tensor/mod.ts";
import { mapTree } from "../../../core/tree.ts";
import { assert, assertAlmostEquals } from "../../assert.ts";
import { numbers, relativeDistance } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

type Niche = State & { readonly x: Tensor; readonly pos: Tensor };
type Times = { readonly t: Tensor };

const path = linearPath<Niche>();

/** Points on their own, so that padding cannot reach real ones; times come with the batch. */
function flow(reduce: Reduction): Method<Niche, Times> {
  const objective = regression<Niche, Times>({
    path,
    predicts: "target",
    parts: { x: { element: squared, weight: 1 }, pos: { element: absolute, weight: 0.5 } },
    reduce,
  });
  return {
    prior: { sample: () => Promise.reject(new Error("the batch has a start")) as never },
    path,
    objective,
    backbone: {
      init: () => ({ w: tensor(numbers(36, 3), [6, 6]), v: tensor(numbers(30, 4), [6, 5]) }),
      apply(params, { x, pos }, t): Niche {
        const time = expandDims(expandDims(t, 1), 2);
        const points = concat([x, pos, add(mul(slice(x, [0, 0, 0], [-1, -1, 1]), 0), time)], 2);
        const out = linear(silu(linear(points, tensorAt(params, "w"))), tensorAt(params, "v"));
        const [rows, cells] = x.shape as [number, number];
        return { x: slice(out, [0, 0, 0], [rows, cells, 3]), pos: slice(out, [0, 0, 3], [rows, cells, 2]) };
      },
    },
    sampler: { evaluations: 0, init: () => [], step: (_, x) => ({ x, memory: [] }) },
    field: (predict) => predict,
    times: ({ cond }) => clone(cond.t),
    batches: () => Promise.reject(new Error("toy data")),
  };
}

/** Rows and cells of the micro-batches, and how many of the cells are real in each row. */
const SIZES = [[2, 3, [3, 2]], [3, 5, [5, 1, 4]], [1, 2, [2]]] as const;
const CELLS = Math.max(...SIZES.map(([, cells]) => cells));

function maskOf(real: readonly number[], cells: number): Tensor {
  const data = real.flatMap((count) => Array.from({ length: cells }, (_, cell) => cell < count ? 1 : 0));
  return tensor(data, [real.length, cells]);
}

/** Micro-batch `i`, padded to its own longest row; without a mask where nothing is padded, as data sets give it. */
function micro(i: number): Batch<Niche, Times> {
  const [rows, cells, real] = SIZES[i]!;
  const part = (width: number, shift: number): Tensor =>
    tensor(numbers(rows * cells * width, 10 * i + shift), [rows, cells, width]);
  const mask = real.every((count) => count === cells) ? undefined : maskOf(real, cells);
  return ownBatch<Niche, Times>({
    target: { x: part(3, 1), pos: part(2, 2) },
    x0: { x: part(3, 3), pos: part(2, 4) },
    cond: { t: tensor(numbers(rows, i).map(Math.abs)) },
    weight: tensor(Float32Array.from({ length: rows }, (_, row) => 0.5 + row)),
    ...(mask === undefined ? {} : { mask: { x: mask, pos: mask } as Mask<Niche> }),
  });
}

/** All micro-batches as one, padded to the longest row of all. */
function joined(): Batch<Niche, Times> {
  const batches = SIZES.map((_, i) => micro(i));
  const long = (x: Tensor): Tensor => pad(x, [[0, 0], [0, CELLS - x.shape[1]!], [0, 0]]);
  const all = (pick: (batch: Batch<Niche, Times>) => Niche): Niche => {
    const parts = batches.map(pick);
    return { x: concat(parts.map(({ x }) => long(x)), 0), pos: concat(parts.map(({ pos }) => long(pos)), 0) };
  };
  const one = tidy(() => {
    const mask = maskOf(SIZES.flatMap(([, , real]) => [...real]), CELLS);
    return {
      target: all(({ target }) => target),
      x0: all(({ x0 }) => x0!),
      cond: { t: concat(batches.map(({ cond }) => cond.t), 0) },
      weight: concat(batches.map(({ weight }) => weight!), 0),
      mask: { x: mask, pos: mask } as Mask<Niche>,
    };
  });
  for (const batch of batches) batch[Symbol.dispose]();
  return ownBatch<Niche, Times>(one);
}

/** Moves nothing; its slots are the gradient. */
const recordGradient: GradientTransform = {
  init: (params): Params => mapTree<Tensor, Tensor>(zerosLike, params),
  update: (gradient) => ({
    updates: mapTree<Tensor, Tensor>(zerosLike, gradient),
    slots: mapTree<Tensor, Tensor>(clone, gradient),
  }),
};

for (const [name, reduce] of [["elementMean", elementMean], ["rowSum", rowSum]] as const) {
  forEachBackend(`micro-batches of unequal rows and cells have the gradient of one batch with ${name}()`, async () => {
    await assertNoLeak(async () => {
      const options = { trainable: flowTrainable(flow(reduce)), optimizer: recordGradient, rng: rng(1) };
      const batches = { at: (step: number) => Promise.resolve(micro(step)) };
      using small = createTrainer({ ...options, batches, accumulate: SIZES.length });
      using large = createTrainer({ ...options, batches: { at: () => Promise.resolve(joined()) } });
      const [a, b] = [await small.advance(), await large.advance()];
      for (const [part, value] of Object.entries(b.scalars)) assertAlmostEquals(a.scalars[part]!, value, 1e-5);
      const [left, right] = [(await small.snapshot()).trees["opt"]!, (await large.snapshot()).trees["opt"]!];
      const distance = relativeDistance(left, right);
      assert(distance < 1e-6, `gradients differ by ${distance} of their norm`);
    });
  });
}
