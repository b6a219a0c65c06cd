import {
  type Backbone,
  type Cond,
  eulerSampler,
  gaussianPrior,
  linearPath,
  mapParts,
  type Model,
  type Objective,
  ownBatch,
  type Path,
  type PathPoint,
  type Plugin,
  type Prior,
  regression,
  squared,
  type State,
  type TrainableLoss,
} from "../../core/mod.ts";
import { add, mul, tensor, zeros } from "../../core/tensor/mod.ts";
import {
  backboneChecks,
  type Check,
  ContractError,
  objectiveChecks,
  pathChecks,
  pluginChecks,
  priorChecks,
  runChecks,
  samplerChecks,
} from "../../core/testing/mod.ts";
import { tensorAt } from "../../core/tree.ts";
import { type CfmConfig, plugin as cfm } from "../../plugins/cfm/mod.ts";
import { chooseBackend } from "../../core/backend/mod.ts";
import { assertRejects } from "../assert.ts";

/** Register a test that a component which breaks one promise is caught, with a message that names it. */
function caught(what: string, checks: readonly Check[], message: string): void {
  Deno.test(`the contract catches ${what}`, async () => {
    await chooseBackend("cpu");
    await assertRejects(() => runChecks(checks), ContractError, message);
  });
}

const gaussian: Prior = gaussianPrior();
const moments = { mean: 0, variance: 1, kurtosis: 3 };
const priorCase = (name: string, prior: Prior): readonly Check[] =>
  priorChecks({ name, prior, needsSource: false, moments });

caught(
  "a prior whose parts share a stream",
  priorCase("shared", { sample: (like, _, rng) => mapParts(([{ shape }]) => rng.normal(shape), like) }),
  'parts "x" and "pos" draw the same numbers',
);
caught(
  "a prior that is too wide",
  priorCase("wide", {
    sample: (like, source, rng) => mapParts(([x]) => mul(x, 1.2), gaussian.sample(like, source, rng)),
  }),
  "wide has its mean and variance: variance",
);
caught("a prior that hands its argument back", priorCase("mirror", { sample: (like) => like }), "mirror");

const line: Path = linearPath();
const bent = (change: Partial<Path>): readonly Check[] =>
  pathChecks({ name: "bent", path: { ...line, ...change }, stochastic: false });

caught(
  "a path with a wrong velocity",
  bent({
    at(x0, x1, t, rng): PathPoint {
      const point = line.at(x0, x1, t, rng);
      return { ...point, dxt: mapParts(([x]) => mul(x, 1.1), point.dxt) };
    },
  }),
  "bent has the derivative that it declares: dxt at t = 0.125",
);
caught(
  "a path that does not end at the data",
  bent({
    at(x0, x1, t, rng): PathPoint {
      const point = line.at(x0, x1, t, rng);
      return { ...point, xt: mapParts(([x]) => mul(x, 0.9), point.xt) };
    },
  }),
  "bent starts at x0 and ends at x1",
);
caught(
  "a path whose conversions disagree",
  bent({ toTarget: (_from, value) => mapParts(([x]) => mul(x, 1), value) }),
  "bent turns a true velocity into velocity and target",
);

const parts = { x: { element: squared, weight: 1 }, pos: { element: squared, weight: 1 } };
const rightLoss = (path: Path): Objective => regression({ path, predicts: "velocity", parts });
const wrong = (change: (right: Objective) => Partial<Objective>): readonly Check[] =>
  objectiveChecks({
    name: "wrong",
    make: (path) => ({ ...rightLoss(path), ...change(rightLoss(path)) }),
    truth: ({ dxt }) => dxt,
    minimum: 0,
    smooth: true,
    masks: true,
  });

caught(
  "an objective that ignores the mask",
  wrong((right) => ({ loss: (predict, point, { mask: _, ...ctx }) => right.loss(predict, point, ctx) })),
  "wrong does not see masked-out entries",
);
caught(
  "an objective with another minimum",
  wrong((right) => ({
    loss: (predict, point, ctx) =>
      right.loss((...call) => mapParts(([x]) => add(x, 0.1), predict(...call)), point, ctx),
  })),
  "wrong is smallest at the truth: loss at the truth",
);
caught(
  "an objective that ignores the weights",
  wrong((right) => ({ loss: (predict, point, { weight: _, ...ctx }) => right.loss(predict, point, ctx) })),
  "wrong weighs rows: a row of weight 0 moves",
);
caught(
  "an objective that reads out another velocity",
  wrong(() => ({ velocity: (prediction) => mapParts(([x]) => mul(x, 2), prediction) })),
  "wrong reads the true velocity out of the truth",
);

const gain: Backbone = {
  init: (rng) => ({ gain: rng.normal([2]) }),
  apply: (params, { x }) => ({ x: mul(x!, tensorAt(params, "gain")) }),
};
const network = (change: Partial<Backbone>, more: object = {}): readonly Check[] =>
  backboneChecks({
    name: "gain",
    backbone: { ...gain, ...change } as Backbone<State, Cond>,
    prior: gaussian,
    batch: () => Promise.resolve(ownBatch<State, Cond>({ target: { x: zeros([3, 4, 2]) }, cond: {} })),
    ...more,
  });

Deno.test("the contract finds nothing wrong with a gain per feature", async () => {
  await chooseBackend("cpu");
  await runChecks(network({}, { parameters: 2, permutes: { output: "equivariant" } }));
});
caught("a wrong parameter count", network({}, { parameters: 3 }), "gain has 3 parameters: parameters is 2, expected 3");
caught(
  "a network that knows the places of points",
  network({
    apply: (params, { x }) => ({ x: mul(mul(x!, tensorAt(params, "gain")), tensor([1, 2, 3, 4], [1, 4, 1])) }),
  }, { permutes: { output: "equivariant" } }),
  "gain is equivariant when points change places",
);
caught(
  "a parameter that nothing reaches",
  network({ init: (rng) => ({ gain: rng.normal([2]), idle: rng.normal([1]) }) }),
  'no gradient reaches "idle"',
);
caught("a network that hands its input back", network({ apply: (_params, state) => state }), "is one of the arguments");

caught(
  "a sampler of lower order than it says",
  samplerChecks({ name: "eulerSampler", sampler: eulerSampler(), order: 2, steps: 32 }),
  "expected 2",
);

const small = { batch: 8, network: { hidden: 8, layers: 1, timeDim: 4 }, sampling: { points: 3, cells: 16 } };
const broken = (change: Partial<Plugin<CfmConfig>>): readonly Check[] =>
  pluginChecks({ ...cfm, ...change }, { config: small });

caught("a plugin of another contract", broken({ contract: 2 as 1 }), 'contract of "cfm" is 2, expected 1');
caught("a plugin whose defaults are wrong", broken({ check: () => ["batch is odd"] }), "problems of the defaults");
caught(
  "a plugin that trains whatever it gets",
  broken({ build: (config, spec) => cfm.build(config, { ...spec, parts: { x: { shape: [6], unit: "counts" } } }) }),
  "data without parts",
);
caught(
  "a plugin that keeps a tensor",
  broken({
    build(config, spec): Model {
      const model = cfm.build(config, spec);
      return { ...model, batches: (data, rng) => (zeros([1]), model.batches(data, rng)) };
    },
  }),
  "what is left on the device",
);
caught(
  "a plugin whose loss depends on when it is called",
  broken({
    build(config, spec): Model {
      let calls = 0;
      const { trainable, ...model } = cfm.build(config, spec);
      return {
        ...model,
        trainable: {
          ...trainable,
          loss(...call): TrainableLoss {
            const { total, ...rest } = trainable.loss(...call);
            calls++;
            return { ...rest, total: mul(total, calls) };
          },
        },
      };
    },
  }),
  "parameters of an equal seed",
);
caught(
  "a plugin whose metric is not a number",
  broken({
    build(config, spec): Model {
      const model = cfm.build(config, spec);
      return {
        ...model,
        evaluate: async (...call) => (await model.evaluate(...call)).map((one) => ({ ...one, value: NaN })),
      };
    },
  }),
  "expected a finite number",
);
