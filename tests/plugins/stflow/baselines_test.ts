import { type HostArray, hostArray, rng } from "../../../core/mod.ts";
import { chooseBaseline } from "../../../plugins/stflow/baselines/choose.ts";
import { foldsOf } from "../../../plugins/stflow/baselines/folds.ts";
import { BASELINE_TABLE } from "../../../plugins/stflow/baselines/mod.ts";
import type { FeatureSlide } from "../../../plugins/stflow/baselines/predictor.ts";
import { smoothOver } from "../../../plugins/stflow/baselines/smooth.ts";
import { slidePearson } from "../../../plugins/stflow/score.ts";
import { assert, assertEquals } from "../../assert.ts";
import { forEachBackend } from "../../core/backends.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";
import { GENES, madeSlide } from "./setup.ts";

async function slideOf(name: string, spots = 60, donor?: string): Promise<FeatureSlide> {
  const { parts } = madeSlide(name, { spots });
  const read = async (part: string): Promise<HostArray> => await parts[part]!.read() as HostArray;
  return {
    name,
    split: "train",
    coords: await read("pos"),
    y: await read("x"),
    features: await read("features"),
    ...(donor === undefined ? {} : { donor }),
  };
}

const TRAINING = [await slideOf("a"), await slideOf("b", 80)];
const TEST = await slideOf("c", 70);
const INPUTS = {
  x0: TRAINING[0]!.features,
  x1: TRAINING[1]!.features,
  y0: TRAINING[0]!.y,
  y1: TRAINING[1]!.y,
  x: TEST.features,
};

Deno.test({
  name: "ridge is sklearn's on z-scored features",
  ignore: !hasPython("sklearn"),
  fn: async () => {
    const fitted = await BASELINE_TABLE["ridge"]!.fit(TRAINING, rng(0));
    for (const penalty of [0.01, 1, 10]) {
      const expected = askPython(
        `
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
x, y = np.concatenate([d["x0"], d["x1"]]), np.concatenate([d["y0"], d["y1"]])
s = StandardScaler().fit(x)
out = Ridge(alpha=d["penalty"] * len(x)).fit(s.transform(x), y).predict(s.transform(d["x"])).ravel()`,
        { ...INPUTS, penalty },
      ) as number[];
      assertClose((await fitted.predict(TEST, penalty)).data, expected, 2e-4);
    }
  },
});

Deno.test({
  name: "knn is sklearn's on z-scored features",
  ignore: !hasPython("sklearn"),
  fn: async () => {
    const fitted = await BASELINE_TABLE["knn"]!.fit(TRAINING, rng(0));
    const expected = askPython(
      `
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
x, y = np.concatenate([d["x0"], d["x1"]]), np.concatenate([d["y0"], d["y1"]])
s = StandardScaler().fit(x)
out = KNeighborsRegressor(10).fit(s.transform(x), y).predict(s.transform(d["x"])).ravel()`,
      INPUTS,
    ) as number[];
    assertClose((await fitted.predict(TEST, 10)).data, expected, 1e-4);
  },
});

forEachBackend("the multilayer perceptron learns spot by spot", async (backend) => {
  // The plain JavaScript backend is for tests of values, not of training.
  if (backend === "cpu") return;
  const fitted = await BASELINE_TABLE["mlp"]!.fit(TRAINING, rng(0));
  const r = slidePearson(await fitted.predict(TEST, 400), TEST.y);
  assert(r > 0.35, `${r}`);
  const again = await BASELINE_TABLE["mlp"]!.fit(TRAINING, rng(0));
  assertEquals((await again.predict(TEST, 100)).data, (await fitted.predict(TEST, 100)).data);
});

Deno.test("smoothing averages over the nearest spots and keeps the own share", () => {
  const values = hostArray(Float32Array.of(1, 2, 4, 8, 0, 0), [3, 2]);
  const nearest = hostArray(Int32Array.of(1, 2, 0, 2, 0, 1), [3, 2]);
  const { data } = smoothOver(values, nearest, { neighbours: 2, own: 0.5 });
  assertClose(data, [0.5 + 1, 1 + 2, 2 + 0.25, 4 + 0.5, 1.25, 2.5], 1e-6);
  assertEquals(smoothOver(values, nearest, { neighbours: 1, own: 1 }).data, values.data);
});

Deno.test("settings are chosen within the training slides, and smoothing helps where tissue is smooth", async () => {
  const chosen = await chooseBaseline(BASELINE_TABLE["ridge"]!, TRAINING, rng(0));
  const { plain, smoothed } = await chosen.predict(TEST);
  assertEquals([plain.shape, smoothed.shape], [[70, GENES], [70, GENES]]);
  assert(slidePearson(smoothed, TEST.y) > slidePearson(plain, TEST.y));
  assert(/^[\d.]+; smoothed [\d.]+, own share [\d.]+ of \d+ neighbours$/.test(chosen.settings), chosen.settings);
});

Deno.test("folds divide donors, else slides, else parts of the only slide", async () => {
  const donors = await Promise.all(["p1", "p2", "q1", "q2", "r1"].map((name) => slideOf(name, 20, name[0])));
  const names = (slides: readonly FeatureSlide[]): string[] => slides.map(({ name }) => name);
  assertEquals(foldsOf(donors).map(({ validation }) => names(validation)), [["p1", "p2"], ["q1", "q2"], ["r1"]]);
  for (const { training, validation } of foldsOf(donors)) {
    assert(training.every(({ donor }) => validation.every((other) => other.donor !== donor)));
  }
  assertEquals(foldsOf(TRAINING).map(({ validation }) => names(validation)), [["a"], ["b"]]);
  const parts = foldsOf([TEST]);
  assertEquals(parts.length, 3);
  const held = parts.flatMap(({ validation }) => validation.map(({ y }) => y.shape[0]!));
  assertEquals(held.reduce((a, b) => a + b, 0), 70);
});
