import { assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { DataError } from "../../core/errors.ts";
import { hostArray } from "../../core/host_array.ts";
import { rng } from "../../core/rng/stream.ts";
import { labelShares, standardizeByTraining, trainingFeatures } from "../../datasets/features.ts";

const points = hostArray(rng(4).fold("points").host.normal(600), [300, 2]);
const label = rng(4).fold("label").host.choice(5, 300, { replace: true });

Deno.test("labelShares() is the one-hot label for one neighbour", () => {
  const { data, shape } = labelShares(points, label, 5, 1);
  assertEquals(shape, [300, 5]);
  assertEquals(Array.from(data), Array.from(label, (value) => [0, 1, 2, 3, 4].map((c) => Number(c === value))).flat());
});

Deno.test("labelShares() counts a missing label for nothing and copes with few cells", () => {
  const three = hostArray(Float32Array.of(0, 0, 1, 0, 0, 1), [3, 2]);
  const shares = labelShares(three, Int32Array.of(0, -1, 1), 2, 8).data;
  shares.forEach((value) => assertAlmostEquals(value, 1 / 3, 1e-6));
});

Deno.test({
  name: "trainingFeatures() of labelShares() equals scikit-learn on SciPy's neighbours",
  ignore: !hasPython("sklearn", "scipy"),
  fn(): void {
    const expected = runPython(
      `
import sys, json, numpy as np
from scipy.spatial import cKDTree
from sklearn.decomposition import PCA
P, y = (np.array(json.loads(v)) for v in sys.argv[1:])
P = P.reshape(-1, 2)
def shares(a, b): return np.eye(5)[y[a:b]][cKDTree(P[a:b]).query(P[a:b], 6)[1]].mean(1)
train, test = shares(0, 200), shares(200, 300)
p = PCA(3, svd_solver='full').fit(train)
t = p.transform(train)
print(json.dumps(np.abs((np.concatenate([t, p.transform(test)]) - t.mean(0)) / t.std(0)).ravel().tolist()))`,
      [JSON.stringify(Array.from(points.data)), JSON.stringify(Array.from(label))],
    ) as number[];
    const parts = [[0, 200], [200, 300]].map(([from = 0, to = 0]) =>
      labelShares(hostArray(points.data.slice(2 * from, 2 * to), [to - from, 2]), label.slice(from, to), 5, 6)
    );
    const found = trainingFeatures(parts, ["train", "test"], 3).flatMap(({ data }) => Array.from(data));
    found.forEach((value, i) => assertAlmostEquals(Math.abs(value), expected[i]!, 1e-4));
  },
});

Deno.test("trainingFeatures() refuses more components than columns", () => {
  assertThrows(() => trainingFeatures([points], ["train"], 3), DataError, "set dataset.config.components to at most 2");
});

Deno.test("standardizeByTraining() uses the training rows only", () => {
  const [a, b] = [hostArray(Float32Array.of(1, 3), [2, 1]), hostArray(Float32Array.of(100), [1, 1])];
  assertEquals(standardizeByTraining([a, b], ["train", "test"]).map(({ data }) => Array.from(data)), [[-1, 1], [98]]);
});
