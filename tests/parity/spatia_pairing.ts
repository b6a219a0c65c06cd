import { distances, fitPca, type HostArray, projectPca, takeRows } from "../../core/mod.ts";
import { planConfidence } from "../../plugins/spatia/pairing/confidence.ts";
import { pcaCost } from "../../plugins/spatia/pairing/cost.ts";
import { argmaxMatch } from "../../plugins/spatia/pairing/match.ts";
import { nicheExpression, type NicheSummary, summariseNiches } from "../../plugins/spatia/pairing/niches.ts";
import { type PlanOptions, transportPlan } from "../../plugins/spatia/pairing/plan.ts";
import { meanShift } from "../../plugins/spatia/pairing/signatures.ts";
import type { Check } from "./compare.ts";
import { type Fixture, floats, integers, setting } from "./fixture.ts";

function released(epsilon: number, iterations: number): PlanOptions {
  return { scale: "none", epsilon, iterations, tolerance: 0 };
}

interface Pair {
  readonly control: number;
  readonly target: number;
  readonly confidence: number;
}

/** Pairs within the niches that hold both states, in order of the controls. */
function pairsOf(fixture: Fixture): readonly Pair[] {
  const [niche, state] = [integers(fixture, "in/niche_index"), integers(fixture, "in/state_index")];
  const expression = floats(fixture, "in/expression");
  const options = released(setting(fixture, "sinkhorn_eps"), setting(fixture, "sinkhorn_iter"));
  const least = setting(fixture, "min_cells_per_state");
  return [...new Set(niche)].flatMap((own): readonly Pair[] => {
    const cells = (wanted: number): Int32Array =>
      Int32Array.from(niche.keys()).filter((i) => niche[i] === own && state[i] === wanted);
    const [controls, targets] = [cells(0), cells(1)];
    if (controls.length < least || targets.length < least) return [];
    const [from, to] = [takeRows(expression, controls), takeRows(expression, targets)];
    const cost = pcaCost(from, to, setting(fixture, "pca_dim"));
    const { plan } = transportPlan(cost, controls.length, targets.length, options);
    const confidence = planConfidence(plan, targets.length, "max");
    return Array.from(argmaxMatch(plan, targets.length), (j, i) => ({
      control: controls[i]!,
      target: targets[j]!,
      confidence: confidence[i]!,
    }));
  }).toSorted((a, b) => a.control - b.control);
}

interface NicheConfig {
  readonly pca_dim: number;
  readonly min_source_fraction: number;
  readonly region_padding_um: number;
  readonly sinkhorn_eps: number;
  readonly sinkhorn_iter: number;
  readonly roles: readonly NicheSummary["role"][];
}

function nichePairs(niches: readonly NicheSummary[], config: NicheConfig): readonly (readonly [number, number])[] {
  const [sources, targets] = (["source", "target"] as const).map((role) => niches.filter((each) => each.role === role));
  const cost = pcaCost(nicheExpression(sources!), nicheExpression(targets!), config.pca_dim);
  const options = released(config.sinkhorn_eps, config.sinkhorn_iter);
  const { plan } = transportPlan(cost, sources!.length, targets!.length, options);
  return Array.from(argmaxMatch(plan, targets!.length), (j, i) => [sources![i]!.niche, targets![j]!.niche]);
}

/** Weak pairs and confidences, for cells and for niches. */
export const checkPairing: Check = (fixture) => {
  const expression = floats(fixture, "in/expression");
  const pairs = pairsOf(fixture);
  const [control, target] = [pairs.map((pair) => pair.control), pairs.map((pair) => pair.target)];
  const group: readonly [HostArray, HostArray] = [
    floats(fixture, "in/group_control"),
    floats(fixture, "in/group_target"),
  ];
  const [controls, targets] = group.map(({ shape }) => shape[0]!) as [number, number];
  const options = released(setting(fixture, "group_eps"), setting(fixture, "group_iter"));
  const { plan } = transportPlan(distances(...group), controls, targets, options);
  const scores = projectPca(fitPca(expression, setting(fixture, "pca_dim")), expression);
  const config = fixture.config["niche"] as unknown as NicheConfig;
  const niches = summariseNiches({
    expression: floats(fixture, "in/niche_expression"),
    position: floats(fixture, "in/niche_xy"),
    niche: integers(fixture, "in/niche_of_cell"),
    state: integers(fixture, "in/niche_state_of_cell"),
  }, {
    from: 0,
    to: 1,
    leastShare: config.min_source_fraction,
    leastCells: 1,
    padding: config.region_padding_um,
  });
  const linked = nichePairs(niches, config);
  return Promise.resolve({
    "out/control": control,
    "out/target": target,
    "out/confidence": pairs.map(({ confidence }) => confidence),
    "out/delta_g_mean": meanShift(takeRows(expression, control), expression, target),
    "out/group_plan": plan,
    "out/group_partner": argmaxMatch(plan, targets),
    "out/group_confidence": planConfidence(plan, targets, "max"),
    "out/pca_abs_scores": scores.data.map(Math.abs),
    "out/pca_distances": distances(scores, scores),
    "out/niche_role": niches.map(({ role }) => config.roles.indexOf(role)),
    "out/niche_pooled": nicheExpression(niches).data,
    "out/niche_bbox": niches.flatMap(({ box }) => [...box]),
    "out/niche_pair_source": linked.map(([source]) => source),
    "out/niche_pair_target": linked.map(([, goal]) => goal),
  });
};
