import { type HostArray, hostArray, type Rng } from "../core/mod.ts";

/** How a synthetic tissue grows. */
export interface GrowthConfig {
  /** Cells at the first time. */
  readonly cells: number;
  /** Time points. */
  readonly times: number;
  /** Coordinates, 2 or 3. */
  readonly dims: number;
  /** Cell types. */
  readonly types: number;
  /** Share of cells that divide in a step, mean over the types; type k of K divides with `growth · (0.5 + k / (K - 1))`. */
  readonly growth: number;
  /** Turn of the tissue about its middle in a step, in radians. */
  readonly turn: number;
  /** Standard deviation of the random movement of a cell in a step, per coordinate, in µm. */
  readonly diffusion: number;
  /** Share of cells that go over to the next type in a step. */
  readonly switching: number;
}

/** Cells of a synthetic tissue at one time, with what is true of them. */
export interface GrownSection {
  /** Coordinates `[N, D]` in µm. */
  readonly pos: HostArray;
  /** Type of each cell. */
  readonly type: Int32Array;
  /** Row of the cell at the time before that each cell is, or is a daughter of; -1 at the first time. */
  readonly parent: Int32Array;
}

/** Radius of the tissue at the first time in µm. */
export const RADIUS = 1000;

/** Distance of a daughter from her mother's place in µm. */
const DAUGHTER_OFFSET = 5;

/**
 * Probability that a cell divides in a step.
 *
 * @param type Its type.
 * @param config Growth and number of types.
 * @returns Probability.
 */
export function divisionProbability(type: number, { growth, types }: GrowthConfig): number {
  return types === 1 ? growth : growth * (0.5 + type / (types - 1));
}

/**
 * Where a cell is expected one step later: turned about the axis of the tissue, and moved outwards so that a tissue that
 * grows by the mean rate keeps its density.
 *
 * @param point Coordinates, `[D]` in µm.
 * @param config Growth, turn and number of coordinates.
 * @returns Coordinates, `[D]` in µm.
 */
export function flow(point: readonly number[], { growth, turn, dims }: GrowthConfig): readonly number[] {
  const outwards = (1 + growth) ** (1 / dims);
  const [cos, sin] = [outwards * Math.cos(turn), outwards * Math.sin(turn)];
  const [x, y] = [point[0]!, point[1]!];
  return [cos * x - sin * y, sin * x + cos * y, ...point.slice(2).map((z) => outwards * z)];
}

/** Points in a ball: a direction from normal draws, a radius from a uniform one. */
function pointsInBall(rows: number, dims: number, stream: Rng): Float32Array {
  const direction = stream.fold("direction").host.normal(rows * dims);
  const radius = stream.fold("radius").host.uniform(rows);
  for (let i = 0; i < rows; i++) {
    const row = direction.subarray(i * dims, (i + 1) * dims);
    const length = RADIUS * radius[i]! ** (1 / dims) / Math.hypot(...row);
    for (let d = 0; d < dims; d++) row[d]! *= length;
  }
  return direction;
}

function nearest(pos: Float32Array, at: number, centres: Float32Array, dims: number): number {
  let [best, found] = [Infinity, 0];
  for (let k = 0; k * dims < centres.length; k++) {
    let squared = 0;
    for (let d = 0; d < dims; d++) squared += (pos[at + d]! - centres[k * dims + d]!) ** 2;
    if (squared < best) [best, found] = [squared, k];
  }
  return found;
}

/** The first section: each type has its own region, around a centre. */
function start({ cells, dims, types }: GrowthConfig, layout: Rng, stream: Rng): GrownSection {
  const pos = pointsInBall(cells, dims, stream);
  const centres = pointsInBall(types, dims, layout);
  const type = Int32Array.from({ length: cells }, (_, i) => nearest(pos, i * dims, centres, dims));
  return { pos: hostArray(pos, [cells, dims]), type, parent: new Int32Array(cells).fill(-1) };
}

function step(before: GrownSection, config: GrowthConfig, stream: Rng): GrownSection {
  const { dims, types, diffusion, switching } = config;
  const rows = before.type.length;
  const divides = stream.fold("divide").host.uniform(rows);
  const parent: number[] = [];
  for (let i = 0; i < rows; i++) {
    parent.push(i);
    if (divides[i]! < divisionProbability(before.type[i]!, config)) parent.push(i);
  }
  const noise = stream.fold("move").host.normal(parent.length * dims);
  const apart = stream.fold("apart").host.normal(rows * dims);
  const change = stream.fold("switch").host.uniform(parent.length);
  const pos = new Float32Array(parent.length * dims);
  const type = new Int32Array(parent.length);
  parent.forEach((mother, i) => {
    const place = flow([...before.pos.data.subarray(mother * dims, (mother + 1) * dims)], config);
    const offset = apart.subarray(mother * dims, (mother + 1) * dims);
    const side = parent[i + 1] === mother ? 1 : parent[i - 1] === mother ? -1 : 0;
    const scale = side * DAUGHTER_OFFSET / Math.hypot(...offset);
    for (let d = 0; d < dims; d++) {
      pos[i * dims + d] = place[d]! + scale * offset[d]! + diffusion * noise[i * dims + d]!;
    }
    type[i] = (before.type[mother]! + Number(change[i]! < switching)) % types;
  });
  return { pos: hostArray(pos, [parent.length, dims]), type, parent: Int32Array.from(parent) };
}

/**
 * Grow a synthetic tissue.
 *
 * @param config How it grows.
 * @param layout Stream of what replicates share: where each type begins.
 * @param stream Stream of everything else.
 * @returns One section per time, with the true parent of every cell.
 */
export function growTissue(config: GrowthConfig, layout: Rng, stream: Rng): readonly GrownSection[] {
  const sections = [start(config, layout, stream.fold("start"))];
  for (let time = 1; time < config.times; time++) {
    sections.push(step(sections[time - 1]!, config, stream.fold("step").fold(time)));
  }
  return sections;
}
