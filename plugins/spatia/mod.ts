/**
 * SPATIA: images of cells after a change of state, by a flow from control cells that are paired with targets by optimal
 * transport.
 *
 * Kong et al., "SPATIA: Multimodal Generation and Prediction of Spatial Cell Phenotypes", ICML 2026, arXiv 2507.04704;
 * reference code github.com/mims-harvard/SPATIA at 5e06517, from which nothing is taken (its parts are CC BY-NC and GPL-3).
 *
 * Deliberate differences from the reference code, each behind an option (`preset=released` restores them): cells are split
 * before they are paired, by section; transport costs are scaled and its iteration converges; confidences are shares of a
 * row; the wrong condition of the contrast is another transition; conditions are dropped row by row; the feature network of
 * the morphology term is trained, and refused if it cannot read morphology; missing crops are left out and counted.
 *
 * @module
 */
import {
  type Batch,
  DataError,
  type DataSpec,
  disposeTree,
  flowTrainable,
  fromHost,
  type HostArray,
  mapTree,
  type Metric,
  type Model,
  type Params,
  type Plugin,
  type Prepared,
  type Tensor,
  type Trained,
  type Tree,
} from "../../core/mod.ts";
import type { FrozenFeatures } from "./alignment.ts";
import type { ChangeCond, Endpoint } from "./change.ts";
import { checkSpatia, SPATIA_DEFAULTS, type SpatiaConfig } from "./config.ts";
import { type Endpoints, type Latent, latentEndpoints, pixelEndpoints } from "./endpoints.ts";
import { changeMetrics } from "./evaluate.ts";
import { changeFigures } from "./figures.ts";
import { measureSamples, type TransitionMeasures } from "./measures.ts";
import { changeMethod } from "./method.ts";
import type { Signatures } from "./network.ts";
import { featuresOf, preparedPart } from "./networks.ts";
import { describePairs, pairingMetrics } from "./pairing/summary.ts";
import { pairRows, storedPairsOf } from "./pairing/stored.ts";
import { prepareSpatia } from "./prepare.ts";
import { PUBLISHED } from "./published.ts";
import { type ChangeSamples, sampleChanges } from "./samples.ts";
import { transitionsOf } from "./transitions.ts";

export * from "./alignment.ts";
export * from "./batches.ts";
export * from "./cells.ts";
export * from "./change.ts";
export * from "./conditioner.ts";
export * from "./config.ts";
export * from "./contrast.ts";
export * from "./crop.ts";
export * from "./draw_change.ts";
export * from "./endpoints.ts";
export * from "./evaluate.ts";
export * from "./features/fit.ts";
export * from "./features/layers.ts";
export * from "./features/network.ts";
export * from "./image_networks.ts";
export * from "./mean_change.ts";
export * from "./measures.ts";
export * from "./method.ts";
export * from "./morphology.ts";
export * from "./network.ts";
export * from "./networks.ts";
export * from "./pairing/candidates.ts";
export * from "./pairing/confidence.ts";
export * from "./pairing/cost.ts";
export * from "./pairing/match.ts";
export * from "./pairing/niches.ts";
export * from "./pairing/pair_cells.ts";
export * from "./pairing/plan.ts";
export * from "./pairing/signatures.ts";
export * from "./pairing/stored.ts";
export * from "./pairing/summary.ts";
export * from "./pairing/weights.ts";
export * from "./prepare.ts";
export * from "./ratio.ts";
export * from "./samples.ts";
export * from "./scores.ts";
export * from "./start.ts";
export * from "./state_dict.ts";
export * from "./states.ts";
export * from "./times.ts";
export * from "./transitions.ts";
export * from "./velocity.ts";

function requireParts({ control, network, ratio, morphology }: SpatiaConfig, { name, parts }: DataSpec): void {
  const known = Object.keys(parts).join(", ");
  const shape = parts["img"]?.shape;
  if (shape === undefined || shape.length !== 3) {
    throw new DataError(`Cannot build spatia on "${name}": it needs images "img", [H, W, C], the data have ${known}`);
  }
  const [height, width, channels] = shape as [number, number, number];
  if (network.name !== "latent" && (height % 4 !== 0 || width % 4 !== 0)) {
    throw new DataError(
      `Cannot build spatia on "${name}": images of ${height} x ${width} px do not divide by 4, as ` +
        `plugin.config.network.name "${network.name}" needs; use "latent"`,
    );
  }
  for (
    const [key, channel] of Object.entries({ morphology: morphology.channel, signal: ratio.signal, mask: ratio.mask })
  ) {
    if (channels >= 3 || channel < channels) continue;
    throw new DataError(
      `Cannot measure channel ${channel} of "${name}" (${key}): its images have ${channels}; change plugin.config`,
    );
  }
  if (control === "" || parts[control]?.shape.length === 1) return;
  throw new DataError(
    `Cannot condition on "${control}" of "${name}": the data have ${known}; set plugin.config.control to a part with one ` +
      "row per cell, or to nothing",
  );
}

function endpointsOf({ network }: SpatiaConfig, { parts }: DataSpec, prepared: Prepared): Endpoints {
  const image = parts["img"]!.shape;
  if (network.name !== "latent") return pixelEndpoints(image);
  return latentEndpoints(preparedPart(prepared, "latent") as Latent, image);
}

/** The feature network on the device; the model frees it. */
function frozenFeatures(config: SpatiaConfig, { parts }: DataSpec, prepared: Prepared): FrozenFeatures | undefined {
  if (config.alignment.weight === 0) return undefined;
  const tree = preparedPart(prepared, "features") as Tree<HostArray>;
  return {
    network: featuresOf(config, parts["img"]!.shape[2]!),
    params: mapTree<HostArray, Tensor>(fromHost, tree) as Params,
  };
}

/** Notes that belong beside every result. */
function tellCaveats(trained: Trained, samples: ChangeSamples, leftOut: HostArray, transitions: number): void {
  trained.note(
    "pairs are weak: no cell is seen before and after, and a generated cell is a sample of the target state's morphology, " +
      "not the future of its control",
  );
  if (!samples.heldOut) trained.note("no section is held out: the metrics compare with cells that were trained on");
  if (samples.skipped.length > 0) trained.note(`without real cells to compare with: ${samples.skipped.join(", ")}`);
  const [untyped = 0, blank = 0] = leftOut.data;
  if (untyped > 0) trained.note(`${untyped} training cells have no state or group and were not paired`);
  if (blank > 0) trained.note(`${blank} training cells have no crop and were left out`);
  if (transitions === 1) trained.note("a single transition has no wrong condition: the contrastive term is 0");
}

function build(
  config: SpatiaConfig,
  spec: DataSpec,
  prepared: Prepared = {},
): Model<Batch<Endpoint, ChangeCond>, ChangeSamples> {
  requireParts(config, spec);
  const transitions = transitionsOf(config.transitions, spec);
  const endpoints = endpointsOf(config, spec, prepared);
  const pairs = storedPairsOf(preparedPart(prepared, "pairs"));
  const features = frozenFeatures(config, spec, prepared);
  const method = changeMethod(config, spec, {
    endpoints,
    pairs,
    transitions: transitions.trained.length,
    signatures: preparedPart(prepared, "signatures") as Signatures,
    ...(features === undefined ? {} : { features }),
  });
  const setting = { method, config, endpoints, transitions };
  const known = new WeakMap<ChangeSamples, Promise<readonly TransitionMeasures[]>>();
  const measuresOf = (trained: Trained, samples: ChangeSamples): Promise<readonly TransitionMeasures[]> => {
    const found = known.get(samples) ?? measureSamples(samples, config, trained);
    known.set(samples, found);
    return found;
  };
  return Object.freeze({
    method,
    trainable: flowTrainable(method),
    batches: method.batches,
    sample: (trained: Trained): Promise<ChangeSamples> => sampleChanges(setting, trained),
    async evaluate(trained: Trained, samples: ChangeSamples): Promise<readonly Metric[]> {
      tellCaveats(trained, samples, preparedPart(prepared, "leftOut") as HostArray, transitions.trained.length);
      const all = await measuresOf(trained, samples);
      const learnt = all.filter((each) => !each.samples.heldOut);
      const held = changeMetrics(all.filter((each) => each.samples.heldOut));
      return [
        ...changeMetrics(learnt),
        ...held.map((metric) => ({
          ...metric,
          name: `${metric.name}/held-out`,
          description: `${metric.description}; of held-out transitions`,
        })),
        ...pairingMetrics(pairs, config.confidence),
      ];
    },
    figures: async (trained: Trained, samples: ChangeSamples) =>
      await changeFigures({
        samples,
        measures: await measuresOf(trained, samples),
        pairs: pairRows(pairs, trained.data),
      }, trained),
    describe: (): readonly string[] =>
      describePairs(pairs, config.confidence.gamma, transitions.trained.map(({ name }) => name)),
    [Symbol.dispose]: () => {
      if (features !== undefined) disposeTree(features.params);
    },
  });
}

/** The SPATIA plugin, generation of cell images. */
export const plugin: Plugin<SpatiaConfig> = Object.freeze({
  name: "spatia",
  contract: 1,
  paper: {
    title: "SPATIA: Multimodal Generation and Prediction of Spatial Cell Phenotypes",
    authors: "Kong Z., Qiu M., Boesen J., Lin X., Yun S., Chen T., Kellis M., Zitnik M.",
    year: 2026,
    venue: "ICML 2026",
    url: "https://arxiv.org/abs/2507.04704",
    licence: "reference code CC BY-NC 4.0 and GPL-3.0 in parts",
    source: "github.com/mims-harvard/SPATIA @ 5e06517",
  },
  published: PUBLISHED,
  defaults: SPATIA_DEFAULTS,
  check: checkSpatia,
  prepare: prepareSpatia,
  build,
});
