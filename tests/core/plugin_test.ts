import {
  createTrainer,
  type Data,
  type Model,
  type Params,
  rng,
  type Samples,
  type TrainableLoss,
  type Trained,
} from "../../core/mod.ts";
import { add, dispose, mean, mul, scalar, sub, type Tensor, tensor } from "../../core/tensor/mod.ts";
import { tensorAt } from "../../core/tree.ts";
import { assertEquals } from "../assert.ts";
import { valuesOf } from "../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "./backends.ts";

interface Points extends Disposable {
  readonly x: Tensor;
}

function points(): Points {
  const x = tensor([1, 3]);
  return { x, [Symbol.dispose]: () => dispose([x]) };
}

interface Centre extends Samples {
  readonly centre: number;
}

/** A model that holds a frozen tensor, and samples with statistics that gradients do not train. */
function holdingModel(): Model<Points, Centre> {
  const frozen = scalar(10);
  return {
    trainable: {
      init: (): Params => ({ w: scalar(1) }),
      initState: (): Params => ({ centre: scalar(0) }),
      loss(params, { x }, _ctx, state): TrainableLoss {
        const total = mean(mul(sub(x, frozen), tensorAt(params, "w")));
        return { total, parts: {}, state: { centre: add(tensorAt(state!, "centre"), mean(x)) } };
      },
    },
    batches: () => Promise.resolve({ at: () => Promise.resolve(points()) }),
    async sample({ state }: Trained): Promise<Centre> {
      const { centre } = await valuesOf(state!);
      return { centre: centre![0]!, table: {} as Samples["table"] };
    },
    evaluate: () => Promise.resolve([]),
    figures: () => Promise.resolve([]),
    [Symbol.dispose]: () => dispose([frozen]),
  };
}

forEachBackend("a model samples with the trained state and frees what it holds", async () => {
  await assertNoLeak(async () => {
    const model = holdingModel();
    const data = {} as Data;
    {
      using trainer = createTrainer({
        trainable: model.trainable,
        batches: await model.batches(data, rng(0)),
        optimizer: {
          init: () => [],
          update: (updates) => ({ updates: { w: mul(tensorAt(updates, "w"), 0) }, slots: [] }),
        },
        rng: rng(1),
      });
      for (let i = 0; i < 3; i++) await trainer.advance();
      const { params, state } = trainer;
      const trained: Trained = { params, state, data, rng: rng(2), progress: () => {}, note: () => {} };
      assertEquals((await model.sample(trained)).centre, 6);
    }
    model[Symbol.dispose]?.();
  });
});
