import { hostArray, rng } from "../../../core/mod.ts";
import { DataError } from "../../../core/errors.ts";
import { fitLogistic } from "../../../plugins/spatia-encoder/probes/logistic.ts";
import { fitRidge } from "../../../plugins/spatia-encoder/probes/ridge.ts";
import { sharedInformation } from "../../../plugins/spatia-encoder/probes/mutual_information.ts";
import { majorityAnnotation, sectionMixing } from "../../../plugins/spatia-encoder/tasks/annotation.ts";
import { emptiedPearson } from "../../../plugins/spatia-encoder/tasks/imputation.ts";
import { drawCandidates, retrieve, withinSection } from "../../../plugins/spatia-encoder/tasks/retrieval.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose, flat } from "../../vectors/arrays.ts";

const stream = rng(3);

function noise(name: string, rows: number, columns: number): ReturnType<typeof hostArray<Float32Array>> {
  return hostArray(stream.fold(name).host.normal(rows * columns), [rows, columns]);
}

Deno.test({
  name: "ridge regression equals that of scikit-learn at the penalty that it chose",
  ignore: !hasPython("sklearn"),
  fn: () => {
    const x = [noise("a", 60, 5), noise("b", 50, 5)];
    const weights = noise("w", 5, 3);
    const y = x.map(({ data, shape }, part) => {
      const errors = noise(`e${part}`, shape[0]!, 3).data;
      return hostArray(
        errors.map((error, at) => {
          const [i, t] = [Math.floor(at / 3), at % 3];
          let sum = 2 * t + error;
          for (let j = 0; j < 5; j++) sum += data[i * 5 + j]! * weights.data[j * 3 + t]!;
          return sum;
        }),
        [shape[0]!, 3],
      );
    });
    const ridge = fitRidge([{ x: x[0]!, y: y[0]! }, { x: x[1]!, y: y[1]! }]);
    const fresh = noise("fresh", 20, 5);
    const program = `
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
X, Y = np.vstack([d["x0"], d["x1"]]), np.vstack([d["y0"], d["y1"]])
s = StandardScaler().fit(X)
out = Ridge(alpha=d["penalty"] * len(X)).fit(s.transform(X), Y).predict(s.transform(d["fresh"]))
`;
    const inputs = { x0: x[0], x1: x[1], y0: y[0], y1: y[1], fresh, penalty: ridge.penalty };
    assertClose(ridge.predict(fresh).data, flat(askPython(program, inputs)), 1e-4);
    // Pure noise is told from the section that is left out: the largest penalty is the best.
    const blind = fitRidge([{ x: x[0]!, y: noise("n", 60, 1) }, { x: x[1]!, y: noise("m", 50, 1) }]);
    assert(blind.penalty >= 3, `${blind.penalty}`);
    const alone = fitRidge([{ x: x[0]!, y: y[0]! }]);
    assert(alone.penalty < 0.3, `${alone.penalty}`);
  },
});

Deno.test({
  name: "logistic regression tells what scikit-learn's tells",
  ignore: !hasPython("sklearn"),
  fn: () => {
    const [train, test] = [noise("train", 150, 4), noise("test", 200, 4)];
    const labels = Int32Array.from({ length: 150 }, (_, i) => {
      const [a, b] = [train.data[4 * i]!, train.data[4 * i + 1]! + 0.7 * train.data[4 * i + 2]!];
      return i % 11 === 0 ? -1 : a > 0.6 ? 0 : b > 0 ? 1 : 2;
    });
    const predicted = fitLogistic(train, labels, 3).predict(test);
    const program = `
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
y = np.array(d["labels"]); X = d["train"][y >= 0]; s = StandardScaler().fit(X)
m = LogisticRegression(max_iter=10000, tol=1e-8).fit(s.transform(X), y[y >= 0])
out = m.predict(s.transform(d["test"]))
`;
    const expected = flat(askPython(program, { train, test, labels: [...labels] }));
    const same = expected.reduce((sum, label, i) => sum + Number(label === predicted[i]), 0);
    // The cells on a boundary may fall to either side.
    assert(same >= 199, `${same} of 200`);
    assertThrows(() => fitLogistic(train, new Int32Array(150).fill(-1), 3), DataError, "0 labelled rows");
  },
});

Deno.test({
  name: "shared information equals scikit-learn's",
  ignore: !hasPython("sklearn"),
  fn: () => {
    const draw = (name: string, parts: number) =>
      Array.from(stream.fold(name).host.uniform(120), (value) => Math.floor(parts * value * value));
    const [a, b] = [draw("p", 5), draw("q", 3)];
    const program = "from sklearn.metrics import normalized_mutual_info_score as nmi\nout = nmi(d['a'], d['b'])";
    assertAlmostEquals(sharedInformation(a, b).normalized, askPython(program, { a, b }) as number, 1e-9);
  },
});

Deno.test("retrieval finds equal vectors, and by chance as often as there are candidates", () => {
  const vectors = noise("vectors", 200, 6);
  const candidates = drawCandidates(200, 100, stream.fold("candidates"));
  candidates.forEach((others, i) => {
    assertEquals(new Set([...others, i]).size, 100);
    assert(others.every((row) => row >= 0 && row < 200));
  });
  assertEquals(retrieve(vectors, vectors, candidates).top1, 1);
  const apart = retrieve(vectors, noise("others", 200, 6), candidates);
  assert(apart.top10 > 0.04 && apart.top10 < 0.18, `${apart.top10}`);
  // Ties count against: vectors that are all the same find nothing.
  const flatKeys = hostArray(new Float32Array(1200).fill(1), [200, 6]);
  assertEquals(retrieve(vectors, flatKeys, candidates).top10, 0);
  assertEquals(drawCandidates(5, 100, stream)[0]!.length, 4);
  const shifted = hostArray(vectors.data.map((value) => 3 * value + 7), [200, 6]);
  assertEquals(retrieve(withinSection(shifted), withinSection(vectors), candidates).top1, 1);
});

Deno.test("sections mix where they cannot be told, and lie apart where they can", () => {
  const [a, b] = [noise("left", 120, 3), noise("right", 80, 3)];
  const mixed = sectionMixing({ sections: [a, b] }, 15);
  assert(mixed > 0.85 && mixed < 1.15, `${mixed}`);
  const far = hostArray(b.data.map((value) => value + 100), b.shape);
  assertEquals(sectionMixing({ sections: [a, far] }, 15), 0);
  assert(Number.isNaN(sectionMixing({ sections: [a] }, 15)));
});

Deno.test("only emptied counts are compared, gene by gene", () => {
  const truth = noise("truth", 30, 2);
  const gone = Uint8Array.from({ length: 60 }, (_, at) => Number(at % 2 === 0 && at < 40));
  const predicted = hostArray(truth.data.map((value, at) => gone[at] === 1 ? 2 * value + 1 : -value), [30, 2]);
  assertAlmostEquals(emptiedPearson(predicted, truth, gone), 1, 1e-6);
  assert(Number.isNaN(emptiedPearson(predicted, truth, new Uint8Array(60))));
});

Deno.test("the most frequent category of the training sections is told of all cells", () => {
  const codes = [Int32Array.of(0, 0, 1, -1), Int32Array.of(0, 1, 1, 1)];
  const cells = { label: "layer", categories: ["a", "b"], codes };
  const { weighted } = majorityAnnotation(cells, { training: [0], measured: [1] });
  // One of four is right: F1 of a is 2 / 5, of b 0.
  assertAlmostEquals(weighted, 0.25 * 0.4, 1e-12);
});
