import {
  columnStats,
  concatRows,
  type Data,
  DataError,
  type HostArray,
  hostArray,
  type Prepared,
  type Progress,
  readImages,
  type Rng,
  type RowAddress,
  takeRows,
} from "../../core/mod.ts";
import { cropsAtOnce, featureColumns, type MeasuredCells } from "./cells.ts";
import type { SpatiaConfig } from "./config.ts";
import { type Endpoints, fitLatent, latentEndpoints, pixelEndpoints } from "./endpoints.ts";
import { fitFeatures } from "./features/fit.ts";
import { MORPHOLOGY_NAMES, morphologyTable } from "./morphology.ts";
import { featuresOf } from "./networks.ts";
import { pairCells, type PairedCells } from "./pairing/pair_cells.ts";
import {
  EXPRESSION_LIMIT,
  meanShift,
  MORPHOLOGY_LIMIT,
  RELEASED_SCALE,
  scaledShift,
  signatureTable,
} from "./pairing/signatures.ts";
import { storePairs } from "./pairing/stored.ts";
import { flipImages, FLIPS } from "./states.ts";
import { type Transition, transitionsOf } from "./transitions.ts";

/** Crops that principal components are found from, at most. */
const LATENT_CROPS = 4000;

/** Mean of the shifts of groups, each weighed by its pairs. */
function overGroups(
  { groups }: PairedCells,
  transition: number,
  width: number,
  shiftOf: (group: PairedCells["groups"][number]) => { readonly shift: Float64Array; readonly pairs: number },
): Float64Array {
  const sum = new Float64Array(width);
  let all = 0;
  for (const group of groups) {
    if (group.transition !== transition) continue;
    const { shift, pairs } = shiftOf(group);
    all += pairs;
    shift.forEach((value, c) => sum[c]! += value * pairs);
  }
  return all === 0 ? sum : sum.map((value) => value / all);
}

function expressionSignatures(paired: PairedCells, transitions: readonly Transition[]): HostArray {
  const { expression } = paired.cells;
  const { std } = columnStats(expression);
  return signatureTable(transitions.map((_, transition) => {
    const shift = overGroups(paired, transition, std.length, ({ controls, targets, match }) => ({
      shift: meanShift(takeRows(expression, controls), takeRows(expression, targets), match),
      pairs: match.filter((target) => target >= 0).length,
    }));
    return scaledShift(shift, std, EXPRESSION_LIMIT);
  }));
}

function morphologySignatures(
  paired: PairedCells,
  transitions: readonly Transition[],
  scale: SpatiaConfig["signatures"]["scale"],
): HostArray {
  const profiles = paired.cells.morphology;
  const width = MORPHOLOGY_NAMES.length;
  const all = hostArray(Float64Array.from(profiles.flatMap(({ values }) => Array.from(values))), [
    profiles.length,
    width,
  ]);
  const valid = morphologyTable(profiles).values;
  const unit = scale === "released" || valid.shape[0] === 0 ? RELEASED_SCALE : columnStats(valid).std;
  return signatureTable(transitions.map((_, transition) => {
    const shift = overGroups(paired, transition, width, ({ controls, targets, match }) => {
      // Cells that could not be measured are left out; the release counts them as zeros.
      const measured = match.map((target, i) =>
        target >= 0 && profiles[controls[i]!]!.valid && profiles[targets[target]!]!.valid ? target : -1
      );
      return {
        shift: meanShift(takeRows(all, controls), takeRows(all, targets), measured),
        pairs: measured.filter((target) => target >= 0).length,
      };
    });
    return scaledShift(shift, unit, MORPHOLOGY_LIMIT);
  }));
}

/** States of cells with their crops flipped one way, read in parts. */
async function statesOfCells(
  data: Data,
  rows: readonly RowAddress[],
  endpoints: Endpoints,
  way: number,
): Promise<HostArray> {
  const parts: HostArray[] = [];
  const step = cropsAtOnce(data.spec.parts["img"]!.shape, LATENT_CROPS);
  for (let first = 0; first < rows.length; first += step) {
    const images = await readImages(data, rows.slice(first, first + step));
    parts.push(endpoints.encode(flipImages(images, new Uint8Array(images.shape[0]!).fill(way))));
  }
  return concatRows(parts);
}

/** What fitted features need beside the cells. */
interface FeatureTask {
  readonly endpoints: Endpoints;
  readonly rng: Rng;
  readonly progress: Progress;
}

async function preparedFeatures(
  config: SpatiaConfig,
  data: Data,
  cells: MeasuredCells,
  { endpoints, rng, progress }: FeatureTask,
): Promise<Prepared> {
  const { values, cells: measured } = morphologyTable(cells.morphology);
  const rows = Array.from(measured, (cell) => cells.rows[cell]!);
  // Flipped crops are further examples, where their states are small enough to be kept.
  const ways = config.flips && config.network.name === "latent" ? FLIPS : [0];
  const states: HostArray[] = [];
  for (const way of ways) states.push(await statesOfCells(data, rows, endpoints, way));
  const morphology = hostArray(Float32Array.from(values.data), values.shape);
  const network = featuresOf(config, data.spec.parts["img"]!.shape[2]!);
  const { params, r2 } = await fitFeatures(network, states, morphology, config.alignment, rng, progress);
  const known = r2.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value / known.length, 0);
  if (!(mean >= config.alignment.leastR2)) {
    throw new DataError(
      `Cannot align morphology of "${data.spec.name}": the feature network explains ${
        mean.toFixed(2)
      } of its variance, ` +
        `fewer than plugin.config.alignment.leastR2 = ${config.alignment.leastR2}; train it longer ` +
        "(plugin.config.alignment.epochs), or set plugin.config.alignment.weight to 0",
    );
  }
  return { features: params, r2: hostArray(Float32Array.from(r2), [r2.length]) };
}

/**
 * Do what comes before training, on training sections alone: pair cells, find signatures, principal components of crops,
 * and a network that reads morphology.
 *
 * @param config The method's configuration.
 * @param data The data set.
 * @param rng Stream of this stage.
 * @param progress Where to report.
 * @returns Trees: `pairs`, `signatures`, `leftOut`, and where they are needed `latent`, `features` and `r2`.
 * @throws {DataError} If a transition has too few cells, or morphology cannot be read.
 */
export async function prepareSpatia(
  config: SpatiaConfig,
  data: Data,
  rng: Rng,
  progress: Progress,
): Promise<Prepared> {
  const transitions = transitionsOf(config.transitions, data.spec).trained;
  const paired = await pairCells(data, config.pairing, {
    transitions,
    states: config.transitions,
    columns: featureColumns(config.features, data.spec),
    morphology: config.morphology,
    confidence: config.confidence.kind,
    rng: rng.fold("pairs"),
    progress,
  });
  const { cells, groups, leftOut } = paired;
  const { expression, morphology, scale } = config.signatures;
  const image = data.spec.parts["img"]!.shape;
  let latent: { readonly latent?: ReturnType<typeof fitLatent> } = {};
  let endpoints = pixelEndpoints(image);
  if (config.network.name === "latent") {
    const some = rng.fold("crops").host.permutation(cells.rows.length).subarray(0, cropsAtOnce(image, LATENT_CROPS))
      .sort();
    const crops = await readImages(data, Array.from(some, (i) => cells.rows[i]!));
    const { components } = config.network.latent;
    const most = Math.min(crops.shape[0]!, image.reduce((a, b) => a * b, 1));
    if (components > most) {
      throw new DataError(
        `Cannot find ${components} components of ${crops.shape[0]} crops of "${data.spec.name}": set ` +
          `plugin.config.network.latent.components to at most ${most}`,
      );
    }
    const fitted = fitLatent(crops, components, rng.fold("latent"));
    latent = { latent: fitted };
    endpoints = latentEndpoints(fitted, image);
  }
  return {
    pairs: storePairs(cells, groups, data, config.pairing.match === "sample"),
    leftOut: hostArray(Float32Array.of(leftOut.untyped, leftOut.blank), [2]),
    signatures: {
      ...(expression ? { expression: expressionSignatures(paired, transitions) } : {}),
      ...(morphology ? { morphology: morphologySignatures(paired, transitions, scale) } : {}),
    },
    ...latent,
    ...(config.alignment.weight > 0
      ? await preparedFeatures(config, data, cells, { endpoints, rng: rng.fold("features"), progress })
      : {}),
  };
}
