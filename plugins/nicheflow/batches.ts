import {
  type Batch,
  type Batches,
  type Coupling,
  exactCoupling,
  fromHost,
  type HostArray,
  hostArray,
  type HostRng,
  kMeans,
  type Mask,
  oneHot,
  ownBatch,
  type Rng,
  sampleRegions,
  sinkhornCoupling,
} from "../../core/mod.ts";
import type { NicheFlowConfig } from "./config.ts";
import { type Niche, type NicheCond, SOURCE_MASK } from "./niche.ts";
import { poolSets, type Slide, type SlidePair, trainingPairs } from "./slides.ts";

/** Matched sets of cells of two sections: row i of `source` goes with row i of `target`. */
export interface Instance {
  /** The two sections. */
  readonly pair: SlidePair;
  /** Cells of each source set, `[sets, sourceSize]`. */
  readonly source: Int32Array;
  /** Cells per source set. */
  readonly sourceSize: number;
  /** Cells of each target set, `[sets, targetSize]`. */
  readonly target: Int32Array;
  /** Cells per target set. */
  readonly targetSize: number;
}

/**
 * The coupling of the configuration.
 *
 * @param config Kind and regularisation.
 * @param count Pairs to keep; absent keeps all.
 * @returns The coupling.
 */
export function nicheCoupling(config: NicheFlowConfig["coupling"], count?: number): Coupling {
  return config.kind === "exact" ? exactCoupling(count) : sinkhornCoupling({ epsilon: config.epsilon }, count);
}

/** Rows of `members` (sets of `size` cells) by set number. */
function takeSets(members: Int32Array, size: number, sets: ArrayLike<number>): Int32Array {
  const out = new Int32Array(sets.length * size);
  for (let i = 0; i < sets.length; i++) out.set(members.subarray(sets[i]! * size, (sets[i]! + 1) * size), i * size);
  return out;
}

function singles(cells: Int32Array): { readonly members: Int32Array; readonly size: number } {
  return { members: cells, size: 1 };
}

/** Draws instances; regions are clustered once per section. */
export interface InstanceSource {
  /**
   * Draw matched sets from a pair of sections.
   *
   * @param pair The two sections.
   * @param rng Stream of the draw.
   * @returns The instance.
   */
  draw(pair: SlidePair, rng: Rng): Promise<Instance>;
}

function perRegion(total: number, regions: number): number {
  return Math.max(1, Math.floor(total / regions));
}

/**
 * Draw matched niches (nicheflow) or matched random clouds (rpcflow, spflow) as section 2.5 says.
 *
 * @param config The method's configuration.
 * @param rng Stream of the k-means regions.
 * @returns The source of instances.
 */
export function instanceSource(config: NicheFlowConfig, rng: Rng): InstanceSource {
  const regions = new Map<Slide, { readonly assignment: Int32Array; readonly count: number }>();

  function regionsOf(slide: Slide): { readonly assignment: Int32Array; readonly count: number } {
    const known = regions.get(slide);
    if (known !== undefined) return known;
    const count = Math.min(config.regions.count, slide.pos.shape[0]!);
    const { assignment } = kMeans(slide.pos, count, rng.fold(slide.name).host);
    regions.set(slide, { assignment, count });
    return { assignment, count };
  }

  function drawCells(slide: Slide, total: number, host: HostRng): Int32Array {
    const { assignment, count } = regionsOf(slide);
    return sampleRegions(assignment, count, perRegion(total, count), host);
  }

  async function drawNiches(pair: SlidePair, stream: Rng): Promise<Instance> {
    const { source, target } = pair;
    const { lambda } = config.coupling;
    const total = config.regions.niches;
    const from = takeSets(source.members, source.size, drawCells(source, total, stream.fold("source").host));
    const to = takeSets(target.members, target.size, drawCells(target, total, stream.fold("target").host));
    const pairs = await nicheCoupling(config.coupling, config.regions.pairs)(
      poolSets(source, from, source.size, lambda),
      poolSets(target, to, target.size, lambda),
      stream.fold("coupling").host,
    );
    return {
      pair,
      source: takeSets(from, source.size, pairs.source),
      sourceSize: source.size,
      target: takeSets(to, target.size, pairs.target),
      targetSize: target.size,
    };
  }

  async function drawCloud(pair: SlidePair, stream: Rng): Promise<Instance> {
    const { source, target } = pair;
    const { lambda } = config.coupling;
    const from = singles(drawCells(source, config.regions.cells, stream.fold("source").host));
    const to = singles(drawCells(target, config.regions.cells, stream.fold("target").host));
    const pairs = await nicheCoupling(config.coupling)(
      poolSets(source, from.members, from.size, lambda),
      poolSets(target, to.members, to.size, lambda),
      stream.fold("coupling").host,
    );
    const size = pairs.source.length;
    return {
      pair,
      source: takeSets(from.members, 1, pairs.source),
      sourceSize: size,
      target: takeSets(to.members, 1, pairs.target),
      targetSize: size,
    };
  }

  return { draw: config.model === "nicheflow" ? drawNiches : drawCloud };
}

/** Copy rows of `values` by cell into a zero-padded block that starts at `set`. */
function copyCells(
  out: Float32Array,
  values: HostArray,
  cells: Int32Array,
  size: number,
  padded: number,
  set: number,
): void {
  const width = values.shape[1]!;
  for (let at = 0; at < cells.length; at++) {
    const row = (set + Math.floor(at / size)) * padded + (at % size);
    const cell = cells[at]!;
    for (let j = 0; j < width; j++) out[row * width + j] = values.data[cell * width + j]!;
  }
}

interface Side {
  readonly slide: Slide;
  readonly cells: Int32Array;
  readonly size: number;
}

/** Pad one side of several instances to a common size; the mask is absent where nothing was padded. */
function collate(
  sides: readonly Side[],
): { readonly x: HostArray; readonly pos: HostArray; readonly mask?: HostArray } {
  const sets = sides.map(({ cells, size }) => cells.length / size);
  const total = sets.reduce((sum, count) => sum + count, 0);
  const padded = Math.max(...sides.map(({ size }) => size));
  const [genes, dims] = [sides[0]!.slide.x.shape[1]!, sides[0]!.slide.pos.shape[1]!];
  const x = new Float32Array(total * padded * genes);
  const pos = new Float32Array(total * padded * dims);
  const mask = new Float32Array(total * padded);
  let first = 0;
  for (const [i, { slide, cells, size }] of sides.entries()) {
    copyCells(x, slide.x, cells, size, padded, first);
    copyCells(pos, slide.pos, cells, size, padded, first);
    for (let set = first; set < first + sets[i]!; set++) mask.fill(1, set * padded, set * padded + size);
    first += sets[i]!;
  }
  return {
    x: hostArray(x, [total, padded, genes]),
    pos: hostArray(pos, [total, padded, dims]),
    ...(sides.every(({ size }) => size === padded) ? {} : { mask: hostArray(mask, [total, padded]) }),
  };
}

/**
 * Put instances into one batch: source sets as conditioning, target sets as data end, padded with masks where sizes differ.
 *
 * @param instances At least one instance.
 * @param times Number of time points of the data.
 * @returns The batch, owned by the caller.
 */
export function collateInstances(instances: readonly Instance[], times: number): Batch<Niche, NicheCond> {
  const sides = (cells: "source" | "target"): Side[] =>
    instances.map((instance) => ({
      slide: instance.pair[cells],
      cells: instance[cells],
      size: cells === "source" ? instance.sourceSize : instance.targetSize,
    }));
  const rows = (cells: "source" | "target"): number[] =>
    sides(cells).flatMap(({ slide, cells: list, size }) => Array<number>(list.length / size).fill(slide.time));
  const source = collate(sides("source"));
  const target = collate(sides("target"));
  const mask = target.mask === undefined ? undefined : fromHost(target.mask);
  return ownBatch<Niche, NicheCond>({
    target: { x: fromHost(target.x), pos: fromHost(target.pos) },
    cond: {
      sourceX: fromHost(source.x),
      sourcePos: fromHost(source.pos),
      sourceTime: oneHot(rows("source"), times),
      targetTime: oneHot(rows("target"), times),
      ...(source.mask === undefined ? {} : { [SOURCE_MASK]: fromHost(source.mask) }),
    },
    ...(mask === undefined ? {} : { mask: { x: mask, pos: mask } as Mask<Niche> }),
  });
}

/**
 * The endless stream of training batches: each draws section pairs, niches and their matching anew.
 *
 * @param slides All slides; only those of the training split are used.
 * @param times Number of time points of the data.
 * @param config The method's configuration.
 * @param rng Stream of the batches.
 * @returns Random access to batches.
 */
export function nicheBatches(
  slides: readonly Slide[],
  times: number,
  config: NicheFlowConfig,
  rng: Rng,
): Batches<Batch<Niche, NicheCond>> {
  const steps = trainingPairs(slides);
  const source = instanceSource(config, rng.fold("regions"));
  const pick = (count: number, host: HostRng): number => host.choice(count, 1)[0]!;
  return {
    async at(step: number): Promise<Batch<Niche, NicheCond>> {
      const instances: Instance[] = [];
      for (let i = 0; i < config.instances; i++) {
        const stream = rng.fold(step).fold(i);
        const pairs = steps[pick(steps.length, stream.fold("time").host)]!;
        const pair = pairs[pick(pairs.length, stream.fold("pair").host)]!;
        instances.push(await source.draw(pair, stream));
      }
      return collateInstances(instances, times);
    },
  };
}
