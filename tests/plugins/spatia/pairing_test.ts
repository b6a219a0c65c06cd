import { assignment, hostArray } from "../../../core/mod.ts";
import {
  CONFIDENCE_KINDS,
  type ConfidenceKind,
  planConfidence,
  rowEntropy,
} from "../../../plugins/spatia/pairing/confidence.ts";
import { pcaCost } from "../../../plugins/spatia/pairing/cost.ts";
import { argmaxMatch, assignmentMatch, matchDiagnostics, sampleMatch } from "../../../plugins/spatia/pairing/match.ts";
import { nicheRole } from "../../../plugins/spatia/pairing/niches.ts";
import { transportPlan } from "../../../plugins/spatia/pairing/plan.ts";
import { meanShift, RELEASED_SCALE, scaledShift } from "../../../plugins/spatia/pairing/signatures.ts";
import {
  confidenceWeights,
  effectiveSampleSize,
  weightsByTransition,
} from "../../../plugins/spatia/pairing/weights.ts";
import { rng } from "../../../core/mod.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { host } from "../geneflow/setup.ts";
import { EXACT, vectors } from "./setup.ts";

function costs(rows: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(rows.flat());
}

function sums(plan: Float64Array, columns: number): { readonly rows: number[]; readonly columns: number[] } {
  const rows = new Array<number>(plan.length / columns).fill(0);
  const down = new Array<number>(columns).fill(0);
  plan.forEach((mass, at) => {
    rows[Math.floor(at / columns)]! += mass;
    down[at % columns]! += mass;
  });
  return { rows, columns: down };
}

Deno.test("pcaCost() agrees with the vectors, and keeps narrow data as they are", () => {
  const { in: given, out } = vectors.pca_cost!;
  assertClose(pcaCost(host(given.source), host(given.target), given.k), flat(out.cost), EXACT);
  assertClose(pcaCost(host([[0, 0]]), host([[3, 4]]), 50), [5], EXACT);
});

Deno.test("transportPlan() agrees with the vectors as released", () => {
  const cases = [
    vectors.sinkhorn_3x3_eps005!,
    vectors.sinkhorn_3x3_eps05!,
    vectors.sinkhorn_2x3!,
    vectors.sinkhorn_unconverged!,
  ];
  for (const { in: given, out } of cases) {
    const [rows, columns] = [given.cost.length, given.cost[0].length];
    const options = { scale: "none", epsilon: given.epsilon, iterations: given.iterations, tolerance: 0 } as const;
    const { plan, iterations } = transportPlan(costs(given.cost), rows, columns, options);
    assertEquals(iterations, given.iterations);
    assertClose(plan, flat(out.plan), EXACT);
    const found = sums(plan, columns);
    assertClose(found.rows, out.row_sums, EXACT);
    assertClose(found.columns, out.col_sums, EXACT);
    const error = found.rows.reduce((sum, mass) => sum + Math.abs(mass - 1 / rows), 0);
    assertClose([error], [out.row_marginal_l1_error], EXACT);
    assertEquals([...argmaxMatch(plan, columns)], out.argmax);
    const cost = plan.reduce((sum, mass, at) => sum + mass * costs(given.cost)[at]!, 0);
    assertClose([cost], [out.transport_cost], EXACT);
  }
});

Deno.test("transportPlan() agrees with the vectors with scaled costs", () => {
  const { in: given, out } = vectors.sinkhorn_mean_normalised!;
  const options = {
    scale: "mean",
    epsilon: given.epsilon,
    iterations: given.max_iterations,
    tolerance: given.tol,
  } as const;
  const { plan, iterations, converged } = transportPlan(costs(given.cost), 3, 3, options);
  const mean = flat(given.cost).reduce((sum, value) => sum + value / 9, 0);
  assertClose([mean], [out.mean_cost], EXACT);
  assertClose(plan, flat(out.plan), EXACT);
  assertClose(sums(plan, 3).rows, out.row_sums, EXACT);
  assertEquals([...argmaxMatch(plan, 3)], out.argmax);
  assertEquals(iterations, out.iterations_used);
  assert(converged);
});

Deno.test("costs that drown the entropy are refused, equal cells are not", () => {
  const options = { scale: "none", epsilon: 1e-30, iterations: 10, tolerance: 0 } as const;
  assertThrows(() => transportPlan(Float64Array.of(1, 2, 3, 1e9), 2, 2, options), RangeError, "pairing.epsilon");
  const { plan } = transportPlan(new Float64Array(4), 2, 2, { ...options, scale: "mean", epsilon: 0.05 });
  assertClose(plan, [0.25, 0.25, 0.25, 0.25], EXACT);
});

Deno.test("one-to-one pairs agree with the vectors, and leave controls over where targets are fewer", () => {
  for (const { in: given, out } of [vectors.exact_ot_3x3!, vectors.exact_ot_3x3_b!]) {
    const match = assignmentMatch(costs(given.cost), 3);
    assertEquals([...match], out.assignment);
    assertEquals([...assignment(costs(given.cost), 3, 3)], out.assignment);
    assertClose([[...match].reduce((sum, j, i) => sum + given.cost[i][j] / 3, 0)], [out.cost], EXACT);
  }
  assertEquals([...assignmentMatch(Float64Array.of(5, 1, 3), 1)], [-1, 0, -1]);
});

/** Names in the vectors. */
const NAMES: Readonly<Record<ConfidenceKind, string>> = {
  max: "max",
  rowmax: "rowmax",
  rowmaxChance: "rowmax_chance",
  entropy: "entropy",
  margin: "margin",
};

Deno.test("confidences agree with the vectors", () => {
  const cases = [
    [vectors.sinkhorn_3x3_eps05!.out.plan, vectors.confidence_eps05!.out],
    [vectors.confidence_fixed_plan!.in.plan, vectors.confidence_fixed_plan!.out],
  ] as const;
  for (const [rows, out] of cases) {
    const plan = costs(rows);
    for (const kind of CONFIDENCE_KINDS) assertClose(planConfidence(plan, 3, kind), out[NAMES[kind]], EXACT);
    assertClose([0, 1, 2].map((i) => rowEntropy(plan.subarray(3 * i, 3 * i + 3))), out.row_entropy_nats, EXACT);
  }
});

Deno.test("a single target is certain, and a row without mass is not", () => {
  for (const kind of CONFIDENCE_KINDS.filter((each) => each !== "max")) {
    assertClose(planConfidence(Float64Array.of(0.5, 0.5), 1, kind), [1, 1], EXACT);
    assertEquals([...planConfidence(Float64Array.of(0, 0), 2, kind)], [0]);
  }
});

Deno.test("doubling all targets halves the largest shares", () => {
  const cost = Float64Array.of(0.1, 0.7, 0.6, 0.3);
  const twice = Float64Array.of(0.1, 0.7, 0.1, 0.7, 0.6, 0.3, 0.6, 0.3);
  const options = { scale: "mean", epsilon: 0.3, iterations: 5000, tolerance: 1e-12 } as const;
  const [one, two] = [transportPlan(cost, 2, 2, options).plan, transportPlan(twice, 2, 4, options).plan];
  for (const kind of ["max", "rowmax"] as const) {
    assertClose(planConfidence(two, 4, kind).map((value) => 2 * value), planConfidence(one, 2, kind), EXACT);
  }
});

Deno.test("weights agree with the vectors", () => {
  const gamma = vectors.weights_gamma!;
  for (const power of gamma.in.gammas) {
    const weights = confidenceWeights(gamma.in.confidence, { gamma: power });
    assertClose(weights, gamma.out[`gamma_${power}`], EXACT);
  }
  const entropy = vectors.weights_entropy!;
  assertClose(confidenceWeights(entropy.in.confidence, { gamma: entropy.in.gamma }), entropy.out, EXACT);
  const { in: given, out } = vectors.weights_clipped!;
  assertClose(confidenceWeights(given.confidence, { gamma: given.gamma }), out.raw, EXACT);
  const clip = [given.min, given.max] as const;
  assertClose(confidenceWeights(given.confidence, { gamma: given.gamma, clip }), out.final, EXACT);
  assertEquals([...confidenceWeights([0, 0], { gamma: 1 })], [1, 1]);
});

Deno.test("row maxima weigh small groups up, shares of rows do not", () => {
  const { in: given, out } = vectors.weights_group_size_bias!;
  const certain = (size: number, kind: ConfidenceKind): number => {
    const plan = new Float64Array(size * size);
    for (let i = 0; i < size; i++) plan[i * size + i] = 1 / size;
    return planConfidence(plan, size, kind)[0]!;
  };
  const raw = given.group_sizes.map((size: number) => certain(size, "max"));
  assertClose(raw, out.raw_max, EXACT);
  assertClose(confidenceWeights(raw, { gamma: given.gamma }), out.weights_raw, EXACT);
  const shares = given.group_sizes.map((size: number) => certain(size, "rowmax"));
  assertClose(confidenceWeights(shares, { gamma: given.gamma }), out.weights_rowmax, EXACT);
});

Deno.test("each transition has the mean weight 1", () => {
  const weights = weightsByTransition(Float64Array.of(1, 3, 10, 30), Int32Array.of(0, 0, 1, 1), { gamma: 1 });
  assertClose(weights, [0.5, 1.5, 0.5, 1.5], EXACT);
  assertClose([effectiveSampleSize(weights), effectiveSampleSize([1, 1, 1])], [3.2, 3], EXACT);
});

Deno.test("matchDiagnostics() agrees with the vectors", () => {
  const { in: given, out } = vectors.pair_diagnostics!;
  const { coverage, hub, oneToOne } = matchDiagnostics(given.argmax, given.targets);
  assertClose([coverage, hub], [out.coverage, out.hub], EXACT);
  assertEquals(oneToOne, out.one_to_one);
  assertEquals(matchDiagnostics([0, -1, 1], 2), { coverage: 1, hub: 1, oneToOne: true });
});

Deno.test("sampleMatch() draws targets by their masses", () => {
  const plan = new Float64Array(3000 * 3);
  for (let i = 0; i < 3000; i++) plan.set([0.2, 0, 0.8], 3 * i);
  const match = sampleMatch(plan, 3, rng(1));
  const share = match.filter((target) => target === 2).length / 3000;
  assert(Math.abs(share - 0.8) < 0.03, `${share}`);
  assert(!match.includes(1));
  assertEquals([...sampleMatch(plan, 3, rng(1))], [...match]);
});

Deno.test("signatures agree with the vectors", () => {
  const { in: given, out } = vectors.signature_dg!;
  const shift = meanShift(host(given.control), host(given.target), given.match);
  assertClose(shift, out.delta_g, EXACT);
  assertClose(scaledShift(shift, given.gene_std, 10), out.scaled_clipped, EXACT);
  const dm = vectors.signature_dm!;
  assertEquals([...RELEASED_SCALE], dm.in.scale);
  assertClose(scaledShift(dm.in.delta_m, RELEASED_SCALE, 3), dm.out, EXACT);
  const none = meanShift(hostArray(Float32Array.of(1), [1, 1]), hostArray(Float32Array.of(2), [1, 1]), [-1]);
  assertEquals([...none, ...scaledShift([1], [0], 3)], [0, 0]);
});

Deno.test("nicheRole() agrees with the vectors", () => {
  const { in: given, out } = vectors.niche_role!;
  const roles = given.fractions.map(([a, b]: [number, number]) => nicheRole(a, b, given.min_fraction));
  assertEquals(roles, out);
});
