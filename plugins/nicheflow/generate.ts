import {
  type Batch,
  concatRows,
  dispose,
  draw,
  type HostArray,
  hostArray,
  kNearest,
  type Params,
  type Progress,
  type Rng,
  takeRows,
  timeGrid,
  toHost,
  zeros,
} from "../../core/mod.ts";
import { collateInstances, instanceSource } from "./batches.ts";
import type { NicheFlowConfig } from "./config.ts";
import { itemsPerRepeat } from "./items.ts";
import type { Journey } from "./journeys.ts";
import type { NicheMethod } from "./method.ts";
import type { Niche, NicheCond } from "./niche.ts";
import type { Slide } from "./slides.ts";

/** Sets of cells, generated or real. */
export interface Clouds {
  /** Features, `[sets, size, G]`. */
  readonly x: HostArray;
  /** Scaled coordinates, `[sets, size, D]`. */
  readonly pos: HostArray;
}

/** What one repeat of one journey gave. */
export interface Generated extends Clouds {
  /** Source cells of each set, `[sets, sourceSize]`. */
  readonly sourceCells: Int32Array;
  /** Cells per source set. */
  readonly sourceSize: number;
  /** Coordinates at every path time, for a few sets: T arrays of `[sets, size, D]`. */
  readonly frames: readonly HostArray[];
}

/** How to generate. */
export interface GenerateOptions {
  /** The flow. */
  readonly method: NicheMethod;
  /** Its parameters. */
  readonly params: Params;
  /** Points in path time, chunk size. */
  readonly sampling: NicheFlowConfig["sampling"];
  /** Number of time points of the data. */
  readonly times: number;
  /** Stream of the noise. */
  readonly rng: Rng;
  /** Told after every chunk. */
  readonly onChunk: () => void;
}

/** Source sets that condition a generation. */
export interface SourceSets {
  /** The section they are cut from. */
  readonly slide: Slide;
  /** Cells of each set, `[sets, size]`. */
  readonly cells: Int32Array;
  /** Cells per set. */
  readonly size: number;
}

async function drawChunk(
  batch: Batch<Niche, NicheCond>,
  size: number,
  options: GenerateOptions,
  rng: Rng,
  frames: HostArray[] | undefined,
): Promise<Clouds> {
  const [sets, , genes] = batch.target.x.shape as [number, number, number];
  const like = { x: zeros([sets, size, genes]), pos: zeros([sets, size, batch.target.pos.shape[2]!]) };
  const result = await draw(options.method, {
    params: options.params,
    cond: batch.cond,
    like,
    times: timeGrid(options.sampling.points),
    rng,
    ...(frames === undefined ? {} : {
      onStep: async ({ x }) => {
        frames.push(await toHost(x.pos));
      },
    }),
  });
  dispose(Object.values(like));
  const [x, pos] = await Promise.all([toHost(result.x.x), toHost(result.x.pos)]);
  dispose(Object.values(result.x));
  return { x, pos };
}

/**
 * Generate one target set per source set: integrate from noise to cells, the source encoded once.
 *
 * @param source Source sets.
 * @param target Section that gives time point and number of cells per set; its cells are not read.
 * @param size Cells per generated set.
 * @param options Flow, parameters, grid and stream.
 * @returns Generated sets in the order of the source sets, and the way of the first chunk through path time.
 */
export async function generateSets(
  source: SourceSets,
  target: Slide,
  size: number,
  options: GenerateOptions,
): Promise<Generated> {
  const sets = source.cells.length / source.size;
  const parts: Clouds[] = [];
  const frames: HostArray[] = [];
  for (let first = 0; first < sets; first += options.sampling.chunk) {
    const cells = source.cells.subarray(
      first * source.size,
      Math.min(sets, first + options.sampling.chunk) * source.size,
    );
    // The target side only carries shapes and the time point.
    using batch = collateInstances([{
      pair: { source: source.slide, target },
      source: cells,
      sourceSize: source.size,
      target: new Int32Array(cells.length / source.size),
      targetSize: 1,
    }], options.times);
    parts.push(await drawChunk(batch, size, options, options.rng.fold(first), first === 0 ? frames : undefined));
    options.onChunk();
  }
  return {
    x: concatRows(parts.map(({ x }) => x)),
    pos: concatRows(parts.map(({ pos }) => pos)),
    sourceCells: source.cells,
    sourceSize: source.size,
    frames,
  };
}

/**
 * The nearest cells around centres.
 *
 * @param slide The section.
 * @param centres Cells in the middle of the sets.
 * @param size Cells per set; default the niche size of the section.
 * @returns One set per centre, the centre first.
 */
export function nichesAt(slide: Slide, centres: Int32Array, size: number = slide.size): SourceSets {
  const { index } = kNearest(slide.pos, takeRows(slide.pos, centres), size);
  return { slide, cells: index, size };
}

/**
 * The source sets of one repeat (section 8.1): grid niches, or clouds of random cells that together are as many as the
 * target's.
 *
 * @param journey Source and training target.
 * @param centres Evaluation centres of the source.
 * @param config The method's configuration.
 * @param rng Stream of the clouds.
 * @returns The sets, and cells per generated set.
 */
export async function sourceSets(
  journey: Journey,
  centres: Int32Array,
  config: NicheFlowConfig,
  rng: Rng,
): Promise<{ readonly source: SourceSets; readonly size: number }> {
  if (config.model === "nicheflow") {
    return { source: nichesAt(journey.source, centres), size: journey.seen.size };
  }
  const drawn = instanceSource(config, rng.fold("regions"));
  const clouds = itemsPerRepeat(config, journey.seen.pos.shape[0]!);
  const pair = { source: journey.source, target: journey.seen };
  const instances = [];
  for (let i = 0; i < clouds; i++) instances.push(await drawn.draw(pair, rng.fold(i)));
  const size = instances[0]!.sourceSize;
  const cells = Int32Array.from(instances.flatMap(({ source }) => [...source]));
  return { source: { slide: journey.source, cells, size }, size };
}

/** A generated section as a source for the next time point. */
export function generatedSlide(clouds: Clouds, like: Slide): Slide {
  const [sets, size, genes] = clouds.x.shape as [number, number, number];
  const cells = sets * size;
  return {
    name: `generated ${like.name}`,
    time: like.time,
    split: "test",
    x: hostArray(clouds.x.data, [cells, genes]),
    pos: hostArray(clouds.pos.data, [cells, clouds.pos.shape[2]!]),
    size,
    members: Int32Array.from({ length: cells }, (_, i) => i),
  };
}

/**
 * Roll niches out over several time points: every generated set is the source of the next; no real cell is used after
 * the first (section 7).
 *
 * @param start Source sets at the first time point.
 * @param targets A training section of each later time point, in order; it gives time and cells per set.
 * @param options Flow, parameters, grid and stream.
 * @param progress Told after every time point.
 * @returns Generated sets at each later time point.
 */
export async function rollout(
  start: SourceSets,
  targets: readonly Slide[],
  options: GenerateOptions,
  progress: Progress,
): Promise<readonly Generated[]> {
  const out: Generated[] = [];
  let source = start;
  for (const [i, target] of targets.entries()) {
    const next = await generateSets(source, target, target.size, { ...options, rng: options.rng.fold(i) });
    out.push(next);
    const slide = generatedSlide(next, target);
    source = { slide, cells: slide.members, size: slide.size };
    progress(i + 1, targets.length, target.name);
  }
  return out;
}
