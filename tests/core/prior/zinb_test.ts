import { hostArray, rng, type State, type Tensor, tensor } from "../../../core/mod.ts";
import { empiricalPrior } from "../../../core/prior/empirical.ts";
import { zeroPrior } from "../../../core/prior/zero.ts";
import { zinbPrior } from "../../../core/prior/zinb.ts";
import { fitZinb } from "../../../core/prior/zinb_fit.ts";
import {
  countAt,
  negativeBinomialLogs,
  zinbDistribution,
  zinbFromLogits,
  zinbFromMean,
  type ZinbLaw,
  zinbLogs,
  zinbMoments,
} from "../../../core/prior/zinb_law.ts";
import { dataOf, dispose } from "../../../core/tensor/mod.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";
import vectors from "../../vectors/stflow.json" with { type: "json" };

type Case = (typeof vectors.zinb)[number];

function lawOf(given: Case): ZinbLaw {
  return given.param === "countsLogits"
    ? zinbFromLogits(given.totalCount!, given.logits!, given.ziLogits!)
    : zinbFromMean(given.mu, given.phi, given.pi);
}

/** One part, as expression has it. */
type Counts = State & { readonly y: Tensor };

function moments(values: Float32Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

Deno.test("count laws have the probabilities and moments of the vectors", () => {
  for (const given of vectors.zinb) {
    const law = lawOf(given);
    assertClose([law.mu, law.phi, law.pi], [given.mu, given.phi, given.pi], 1e-9, 1e-9);
    assertClose(negativeBinomialLogs(law, 8).map(Math.exp), given.nbPmf, 1e-9, 1e-9);
    assertClose(zinbLogs(law, 8), given.logPmf, 1e-9, 1e-9);
    assertClose(zinbLogs(law, 8).map(Math.exp), given.pmf, 1e-9, 1e-9);
    const { mean, variance, zero } = zinbMoments(law);
    assertClose([mean, variance, zero], [given.mean, given.variance, given.pZero], 1e-9, 1e-9);
    const table = zinbDistribution(law, 1e-12);
    assertClose(table.subarray(0, 9), given.cdf, 1e-9);
    assertEquals(given.u.map((u) => countAt(table, u)), given.inverseCdf);
  }
});

Deno.test("zinbPrior() draws ln(1 + count) with the moments of the vectors", async () => {
  for (const given of vectors.zinb) {
    const { n, meanTol5Sigma, varTol5Sigma, pZeroTol5Sigma, log1pMeanTol5Sigma, log1pVarTol5Sigma } = given.sampling;
    const like = { y: tensor(new Float32Array(n), [n / 10, 10]) };
    const drawn = zinbPrior<Counts>([lawOf(given)]).sample(like, undefined, rng(4).fold(given.name));
    const values = await dataOf(drawn.y) as Float32Array;
    dispose([like.y, drawn.y]);
    const logs = moments(values);
    assertClose([logs.mean], [given.log1pMean], log1pMeanTol5Sigma);
    assertClose([logs.variance], [given.log1pVariance], log1pVarTol5Sigma);
    const counts = moments(values.map((value) => Math.round(Math.expm1(value))));
    assertClose([counts.mean], [given.mean], meanTol5Sigma);
    assertClose([counts.variance], [given.variance], varTol5Sigma);
    assertClose([values.filter((value) => value === 0).length / n], [given.pZero], pZeroTol5Sigma);
  }
});

Deno.test("zinbPrior() has a law per gene and refuses another number", async () => {
  const like = { y: tensor(new Float32Array(3000), [1000, 3]) };
  const prior = zinbPrior<Counts>([zinbFromMean(0, 1, 0), zinbFromMean(5, 2, 0), zinbFromMean(5, 2, 1)]);
  const drawn = prior.sample(like, undefined, rng(1));
  const values = await dataOf(drawn.y);
  const column = (gene: number): number[] => Array.from({ length: 1000 }, (_, i) => Math.expm1(values[3 * i + gene]!));
  assert(column(0).every((value) => value === 0) && column(2).every((value) => value === 0));
  assertClose([column(1).reduce((sum, value) => sum + value, 0) / 1000], [5], 5 * Math.sqrt((5 + 12.5) / 1000));
  const two = { y: tensor(new Float32Array(4), [2, 2]) };
  assertThrows(() => prior.sample(two, undefined, rng(1)), TypeError, "from 3 laws");
  dispose([like.y, drawn.y, two.y]);
});

Deno.test("laws outside their range are refused with their values", () => {
  assertThrows(() => zinbFromMean(-1, 1, 0), RangeError, "mean -1");
  assertThrows(() => zinbFromMean(1, 0, 0), RangeError, "inverse dispersion 0");
  assertThrows(() => zinbFromMean(1, 1, 1.5), RangeError, "extra zeros 1.5");
  assertThrows(() => zinbFromLogits(NaN, 0, 0), RangeError, "NaN");
  assertThrows(() => zinbPrior([]), RangeError, "without a law");
  assertThrows(() => zinbPrior([zinbFromMean(1e9, 1e-3, 0)]), RangeError, "tabulate");
});

Deno.test("fitZinb() by moments keeps mean, variance and share of zeros", () => {
  const counts = Float32Array.from({ length: 400 }, (_, i) => i % 3 === 0 ? 0 : (i * 7) % 11);
  const { mean, variance } = moments(counts);
  const [law] = fitZinb(hostArray(counts, [400, 1]), "moments");
  const found = zinbMoments(law!);
  assertClose([found.mean, found.variance], [mean, variance], 1e-6, 1e-6);
  assertClose([found.zero], [counts.filter((count) => count === 0).length / 400], 1e-6);
});

Deno.test("fitZinb() finds the law that counts were drawn from", async () => {
  const laws = [zinbFromMean(4, 2, 0.3), zinbFromMean(1.1, 1, 0.5), zinbFromMean(20, 5, 0), zinbFromMean(0, 1, 0)];
  const like = { y: tensor(new Float32Array(4 * 40_000), [40_000, 4]) };
  const drawn = zinbPrior<Counts>(laws).sample(like, undefined, rng(8));
  const counts = (await dataOf(drawn.y) as Float32Array).map((value) => Math.round(Math.expm1(value)));
  dispose([like.y, drawn.y]);
  for (const method of ["moments", "likelihood"] as const) {
    fitZinb(hostArray(counts, [40_000, 4]), method).forEach((law, gene) => {
      const { mu, phi, pi } = laws[gene]!;
      assertClose([law.mu, law.phi], [mu, phi], 0, method === "likelihood" ? 0.08 : 0.15);
      assertClose([law.pi], [pi], 0.03);
    });
  }
});

Deno.test({
  name: "fitZinb() by likelihood reaches the maximum that scipy finds",
  ignore: !hasPython("scipy"),
  fn: () => {
    const counts = hostArray(
      Float64Array.from({ length: 300 }, (_, i) => i % 4 === 0 ? 0 : Math.floor(((i * 37) % 101) ** 2 / 900)),
      [300, 1],
    );
    const best = askPython(
      `
from scipy.optimize import minimize
from scipy.stats import nbinom
y = d["counts"].ravel()
def loss(p):
    mu, phi, pi = np.exp(p[0]), np.exp(p[1]), 1 / (1 + np.exp(-p[2]))
    pmf = nbinom.pmf(y, phi, phi / (phi + mu))
    return -np.log(np.where(y == 0, pi, 0) + (1 - pi) * pmf).sum()
r = minimize(loss, [1., 0., -1.], method="Nelder-Mead", options=dict(xatol=1e-9, fatol=1e-10, maxiter=20000, maxfev=20000))
out = r.fun`,
      { counts },
    ) as number;
    const [law] = fitZinb(counts, "likelihood");
    const logs = zinbLogs(law!, 20);
    assertClose([-counts.data.reduce((sum, y) => sum + logs[y]!, 0)], [best], 1e-4);
  },
});

Deno.test("fitZinb() refuses what is no count", () => {
  assertThrows(() => fitZinb(hostArray(Float32Array.of(1, -2), [2, 1]), "moments"), RangeError, "is -2");
  assertThrows(() => fitZinb(hostArray(Float32Array.of(0.5, 2), [1, 2]), "likelihood"), RangeError, "is 0.5");
  assertThrows(() => fitZinb(hostArray(new Float32Array(0), [0, 2]), "moments"), RangeError, "no rows");
});

Deno.test("empiricalPrior() draws whole training rows", async () => {
  const rows = hostArray(Float32Array.of(1, 10, 2, 20, 3, 30), [3, 2]);
  const like = { y: tensor(new Float32Array(200), [100, 2]) };
  const prior = empiricalPrior<{ y: typeof like.y }>({ y: rows });
  const drawn = prior.sample(like, undefined, rng(2));
  const values = await dataOf(drawn.y);
  for (let i = 0; i < 100; i++) assertEquals(values[2 * i + 1], 10 * values[2 * i]!);
  assertEquals(new Set(values).size, 6);
  const wide = { y: tensor(new Float32Array(3), [1, 3]) };
  assertThrows(() => prior.sample(wide, undefined, rng(2)), TypeError, "[3,2]");
  assertThrows(() => empiricalPrior({ y: hostArray(new Float32Array(0), [0, 2]) }), RangeError, "no rows");
  dispose([like.y, drawn.y, wide.y]);
});

Deno.test("zeroPrior() draws zeros", async () => {
  const like = { y: tensor([1, 2], [2]) };
  const drawn = zeroPrior<typeof like>().sample(like, undefined, rng(0));
  assertEquals(Array.from(await dataOf(drawn.y)), [0, 0]);
  dispose([like.y, drawn.y]);
});
