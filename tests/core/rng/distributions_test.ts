import { rng } from "../../../core/rng/stream.ts";
import { assert, assertAlmostEquals } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";

const hasScipy = hasPython("numpy", "scipy");

const PROGRAM = `
import sys, json
import numpy as np
from scipy import stats
path, kind, *rest = sys.argv[1:]
x = np.fromfile(path, dtype=np.float32).astype(float)
a = [float(v) for v in rest]
if kind == "poisson":
    low, high = stats.poisson.ppf([1e-3, 1 - 1e-3], a[0])
    edges = np.arange(low, high + 1)
    observed = [np.sum(x <= low)] + [np.sum(x == k) for k in edges[1:]] + [np.sum(x > high)]
    p = np.diff(np.concatenate([[0], stats.poisson.cdf(edges, a[0]), [1]]))
    print(json.dumps(stats.chisquare(observed, p * len(x))[1]))
else:
    d = {"normal": stats.norm(), "uniform": stats.uniform(), "gamma": stats.gamma(*a[:1], scale=a[1]) if a else None}[kind]
    print(json.dumps(stats.kstest(x, d.cdf)[1]))
`;

// Probability of a sample at least this far from the distribution, by SciPy's Kolmogorov-Smirnov or chi-square test.
function pValue(sample: Float32Array, kind: string, ...parameters: number[]): number {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(path, new Uint8Array(sample.buffer, sample.byteOffset, sample.byteLength));
    return runPython(PROGRAM, [path, kind, ...parameters.map(String)]) as number;
  } finally {
    Deno.removeSync(path);
  }
}

const N = 200_000;
const { host } = rng(2025).fold("distributions");

const SAMPLES: readonly [name: string, sample: () => Float32Array, kind: string, ...parameters: number[]][] = [
  ["uniform()", () => host.uniform(N), "uniform"],
  ["normal()", () => host.normal(N), "normal"],
  ["gamma() of shape 0.1", () => host.gamma(N, 0.1, 2), "gamma", 0.1, 2],
  ["gamma() of shape 1", () => host.gamma(N, 1, 1), "gamma", 1, 1],
  ["gamma() of shape 7.5", () => host.gamma(N, 7.5, 0.2), "gamma", 7.5, 0.2],
  ["poisson() of mean 0.3", () => host.poisson(N, 0.3), "poisson", 0.3],
  ["poisson() of mean 9.9", () => host.poisson(N, 9.9), "poisson", 9.9],
  ["poisson() of mean 10", () => host.poisson(N, 10), "poisson", 10],
  ["poisson() of mean 250", () => host.poisson(N, 250), "poisson", 250],
];

for (const [name, sample, kind, ...parameters] of SAMPLES) {
  Deno.test({
    name: `HostRng.${name} has SciPy's distribution`,
    ignore: !hasScipy,
    fn(): void {
      const p = pValue(sample(), kind, ...parameters);
      assert(p > 1e-4, `probability of such a sample: ${p}`);
    },
  });
}

Deno.test({
  name: "the distribution tests can fail",
  ignore: !hasScipy,
  fn(): void {
    assert(pValue(host.normal(N).map((x) => 1.03 * x), "normal") < 1e-4);
    assert(pValue(host.poisson(N, 10.1), "poisson", 10) < 1e-4);
  },
});

function moments(x: Float32Array): { mean: number; variance: number } {
  let sum = 0, squares = 0;
  for (const value of x) sum += value, squares += value * value;
  return { mean: sum / x.length, variance: squares / x.length - (sum / x.length) ** 2 };
}

Deno.test("HostRng draws have the moments of their distributions", () => {
  const normal = moments(host.normal(N));
  assertAlmostEquals(normal.mean, 0, 4.5 / Math.sqrt(N));
  assertAlmostEquals(normal.variance, 1, 4.5 * Math.sqrt(2 / N));
  const gamma = moments(host.gamma(N, 3, 2));
  assertAlmostEquals(gamma.mean, 6, 4.5 * Math.sqrt(12 / N));
  assertAlmostEquals(gamma.variance, 12, 0.4);
  const large = moments(host.poisson(N, 1e6));
  assertAlmostEquals(large.mean, 1e6, 4.5 * 1e3 / Math.sqrt(N));
  const none = moments(host.poisson(N, 0));
  assertAlmostEquals(none.mean, 0, 0);
});

Deno.test("HostRng parameters may differ per draw", () => {
  const rates = Float32Array.from({ length: N }, (_, i) => i % 2 === 0 ? 1 : 100);
  const draws = host.poisson(N, rates);
  const even = moments(draws.filter((_, i) => i % 2 === 0));
  const odd = moments(draws.filter((_, i) => i % 2 === 1));
  assertAlmostEquals(even.mean, 1, 0.02);
  assertAlmostEquals(odd.mean, 100, 0.2);
});
