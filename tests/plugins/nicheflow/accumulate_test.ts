import {
  clone,
  createTrainer,
  fill,
  flowTrainable,
  type GradientTransform,
  hostArray,
  mapParts,
  mapTree,
  mul,
  type Params,
  rng,
  type Tensor,
  zerosLike,
} from "../../../core/mod.ts";
import { collateInstances, type Instance } from "../../../plugins/nicheflow/batches.ts";
import { NICHEFLOW_DEFAULTS } from "../../../plugins/nicheflow/config.ts";
import { nicheMethod } from "../../../plugins/nicheflow/method.ts";
import type { Slide } from "../../../plugins/nicheflow/slides.ts";
import { assert, assertAlmostEquals } from "../../assert.ts";
import { numbers, relativeDistance } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";

const [FEATURES, CELLS] = [3, 24];

const SPEC = {
  name: "ragged",
  parts: { x: { shape: [FEATURES], unit: "sd" }, pos: { shape: [2], unit: "sd" } },
  times: [0, 1].map((value) => ({ name: `${value}`, value, unit: "d" })),
  labels: {},
};

function slide(time: number, size: number): Slide {
  return {
    name: `${time}`,
    time,
    split: "train",
    x: hostArray(numbers(CELLS * FEATURES, time), [CELLS, FEATURES]),
    pos: hostArray(numbers(CELLS * 2, 5 + time), [CELLS, 2]),
    size,
    members: Int32Array.from({ length: CELLS * size }, (_, i) => (7 * i) % CELLS),
  };
}

/** Sets of `from` source and `to` target cells. */
function instance(sets: number, from: number, to: number): Instance {
  const [source, target] = [slide(0, from), slide(1, to)];
  return {
    pair: { source, target },
    source: source.members.slice(0, sets * from),
    sourceSize: from,
    target: target.members.slice(0, sets * to),
    targetSize: to,
  };
}

/** Moves nothing; its slots are the gradient. */
const recordGradient: GradientTransform = {
  init: (params): Params => mapTree<Tensor, Tensor>(zerosLike, params),
  update: (gradient) => ({
    updates: mapTree<Tensor, Tensor>(zerosLike, gradient),
    slots: mapTree<Tensor, Tensor>(clone, gradient),
  }),
};

for (const lossForm of ["code", "paper"] as const) {
  forEachBackend(`niches of different sizes have the gradient of one batch, ${lossForm} form`, async () => {
    await assertNoLeak(async () => {
      const config = {
        ...NICHEFLOW_DEFAULTS,
        objective: { ...NICHEFLOW_DEFAULTS.objective, lossForm },
        network: { ...NICHEFLOW_DEFAULTS.network, embed: 12, heads: 2, feedForward: 8, dropout: 0 },
      };
      // Start and time without draws, so that both ways see the same.
      const trainable = flowTrainable({
        ...nicheMethod(config, SPEC),
        prior: { sample: (like) => mapParts(([part]) => mul(part, -0.5), like) },
        times: ({ target }) => fill([target.x.shape[0]!], 0.4),
      });
      const instances = [instance(2, 3, 4), instance(4, 6, 2)];
      const options = { trainable, optimizer: recordGradient, rng: rng(1) };
      const micro = { at: (step: number) => Promise.resolve(collateInstances([instances[step]!], 2)) };
      const whole = { at: () => Promise.resolve(collateInstances(instances, 2)) };
      using small = createTrainer({ ...options, batches: micro, accumulate: 2 });
      using large = createTrainer({ ...options, batches: whole });
      const [a, b] = [await small.advance(), await large.advance()];
      for (const [part, value] of Object.entries(b.scalars)) assertAlmostEquals(a.scalars[part]!, value, 1e-5);
      const [left, right] = [(await small.snapshot()).trees["opt"]!, (await large.snapshot()).trees["opt"]!];
      const distance = relativeDistance(left, right);
      assert(distance < 1e-5, `gradients differ by ${distance} of their norm`);
    });
  });
}
