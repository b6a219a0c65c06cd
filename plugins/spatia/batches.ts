import {
  type Batch,
  type Batches,
  type Data,
  DataError,
  fromHost,
  hostArray,
  ownBatch,
  readPartOfRows,
  type Rng,
  tensor,
} from "../../core/mod.ts";
import { type ChangeCond, CONTROL, type Endpoint, WRONG } from "./change.ts";
import type { SpatiaConfig } from "./config.ts";
import type { Endpoints } from "./endpoints.ts";
import { sampleMatch } from "./pairing/match.ts";
import { FIRST_MATCH, type PairRows, pairRows, type Rematch, type StoredPairs } from "./pairing/stored.ts";
import { crops, encodedCrops } from "./states.ts";
import { confidenceWeights, weightsByTransition } from "./pairing/weights.ts";

/** Batches of pairs. */
export type ChangeBatches = Batches<Batch<Endpoint, ChangeCond>>;

/** What batches are made of. */
export interface BatchParts {
  /** How crops become states. */
  readonly endpoints: Endpoints;
  /** Pairs of the training sections. */
  readonly pairs: StoredPairs;
  /** Number of trained transitions (T). */
  readonly transitions: number;
}

/** Pairs with their weights, unless each batch weighs its own. */
interface WeightedPairs {
  readonly rows: PairRows;
  readonly weights: Float64Array | undefined;
}

/** Pairs epoch by epoch. */
interface Epochs {
  /** Pairs of an epoch; the same ones unless targets are drawn. */
  at(epoch: number): WeightedPairs;
}

function epochsOf(config: SpatiaConfig, pairs: StoredPairs, data: Data, rng: Rng): Epochs {
  const { gamma, normalise, clip } = config.confidence;
  const weigh = ({ confidence, transition }: PairRows): Float64Array | undefined => {
    if (normalise === "batch") return undefined;
    const range = clip.length === 0 ? {} : { clip: [clip[0]!, clip[1]!] as const };
    return weightsByTransition(confidence, transition, { gamma, ...range });
  };
  const make = (rematch: Rematch): WeightedPairs => {
    const rows = pairRows(pairs, data, rematch);
    return { rows, weights: weigh(rows) };
  };
  if (config.pairing.match !== "sample") {
    const always = make(FIRST_MATCH);
    return { at: () => always };
  }
  let [known, last] = [-1, make(FIRST_MATCH)];
  return {
    at(epoch: number): WeightedPairs {
      if (epoch !== known) {
        const stream = rng.fold(epoch);
        last = make(({ plan }, number) => {
          const [, targets] = plan.shape as [number, number];
          return sampleMatch(Float64Array.from(plan.data), targets, stream.fold(number));
        });
        known = epoch;
      }
      return last;
    },
  };
}

function oneHotRows(index: ArrayLike<number>, depth: number): Float32Array {
  const out = new Float32Array(index.length * depth);
  for (let i = 0; i < index.length; i++) out[i * depth + index[i]!] = 1;
  return out;
}

/** Another transition for each row, all others being equally likely; the same one if it is the only one. */
function otherTransitions(transition: ArrayLike<number>, count: number, rng: Rng): Int32Array {
  const uniforms = rng.host.uniform(transition.length);
  return Int32Array.from(
    transition,
    (own, i) => (own + (count > 1 ? 1 + Math.floor(uniforms[i]! * (count - 1)) : 0)) % count,
  );
}

/**
 * Batches of random pairs; an epoch sees each once.
 *
 * @param config The method's configuration.
 * @param data The data set.
 * @param parts Endpoints, pairs and transitions.
 * @param rng Stream of the batches.
 * @returns Random access to batches.
 * @throws {DataError} If there are fewer pairs than a batch has.
 */
export async function changeBatches(
  config: SpatiaConfig,
  data: Data,
  { endpoints, pairs, transitions }: BatchParts,
  rng: Rng,
): Promise<ChangeBatches> {
  const epochs = epochsOf(config, pairs, data, rng.fold("targets"));
  const count = epochs.at(0).rows.control.length;
  const { batch, dropping } = config;
  if (count < batch) {
    throw new DataError(
      `Cannot make batches of ${batch} pairs from ${count} pairs of "${data.spec.name}": lower plugin.config.batch`,
    );
  }
  const perEpoch = Math.floor(count / batch);
  // Drawing targets anew changes pairs, not cells.
  const { cells } = epochs.at(0).rows;
  const states = config.network.name === "latent"
    ? await encodedCrops(data, cells, endpoints, config.flips)
    : crops(data, cells, endpoints);
  return {
    async at(step: number): Promise<Batch<Endpoint, ChangeCond>> {
      const epoch = Math.floor(step / perEpoch);
      const { rows, weights } = epochs.at(epoch);
      const stream = rng.fold("step").fold(step);
      const order = rng.fold("order").fold(epoch).host.permutation(count);
      const chosen = order.subarray((step % perEpoch) * batch, (step % perEpoch + 1) * batch);
      const take = (column: Int32Array): Int32Array => Int32Array.from(chosen, (pair) => column[pair]!);
      const [controls, targets] = [take(rows.control), take(rows.target)];
      const ways = stream.fold("flips").host.uniform(batch).map((value) => config.flips ? Math.floor(4 * value) : 0);
      const transition = Array.from(chosen, (pair) => rows.transition[pair]!);
      const weight = weights === undefined
        ? confidenceWeights(Array.from(chosen, (pair) => rows.confidence[pair]!), { gamma: config.confidence.gamma })
        : Float64Array.from(chosen, (pair) => weights[pair]!);
      const drawn = stream.fold("dropping").host.uniform(batch);
      const keep = drawn.map((value) => (dropping.per === "batch" ? drawn[0]! : value) < dropping.probability ? 0 : 1);
      const wrong = otherTransitions(transition, transitions, stream.fold("wrong"));
      const embedding = config.control === ""
        ? undefined
        : await readPartOfRows(Array.from(controls, (cell) => cells[cell]!), config.control);
      const [source, target] = [await states.read(controls, ways), await states.read(targets, ways)];
      const table = [batch, transitions];
      return ownBatch<Endpoint, ChangeCond>({
        source: { x: fromHost(source) },
        target: { x: fromHost(target) },
        cond: {
          transition: fromHost(hostArray(oneHotRows(transition, transitions), table)),
          keep: tensor(keep, [batch]),
          ...(config.contrast.kind === "hinge" && config.contrast.negative === "transition"
            ? { [WRONG]: fromHost(hostArray(oneHotRows(wrong, transitions), table)) }
            : {}),
          ...(embedding === undefined ? {} : { [CONTROL]: fromHost(embedding) }),
        },
        weight: tensor(Float32Array.from(weight), [batch]),
      });
    },
  };
}
