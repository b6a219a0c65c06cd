import { type HostArray, hostArray, type RigidMap, rigidMap } from "../../core/mod.ts";

/** A telencephalon section with the source's positional labels. */
export interface BrainSection {
  /** Cell centres `[N, 2]` in the section's own frame. */
  readonly points: HostArray;
  /** Hemisphere of each cell, `"inj"` or `"uninj"`. */
  readonly side: readonly string[];
  /** Half of each cell, `"D"` dorsal or `"V"` ventral. */
  readonly half: readonly string[];
  /** Cell type of each cell. */
  readonly cellType: readonly string[];
}

/** Where the centres of the four quadrants belong: injured hemisphere at the right, dorsal at the top. */
const QUADRANTS: Readonly<Record<string, readonly [number, number]>> = {
  "inj/D": [1, 1],
  "inj/V": [1, -1],
  "uninj/D": [-1, 1],
  "uninj/V": [-1, -1],
};

/** Rounds of averaging and fitting; the maps stop changing after about five. */
const ROUNDS = 10;

interface Centroid {
  readonly x: number;
  readonly y: number;
  readonly count: number;
}

function centroids(points: HostArray, keys: readonly string[]): Map<string, Centroid> {
  const sums = new Map<string, { x: number; y: number; count: number }>();
  keys.forEach((key, i) => {
    const sum = sums.get(key) ?? { x: 0, y: 0, count: 0 };
    sum.x += points.data[2 * i]!;
    sum.y += points.data[2 * i + 1]!;
    sum.count++;
    sums.set(key, sum);
  });
  return new Map([...sums].map(([key, { x, y, count }]) => [key, { x: x / count, y: y / count, count }]));
}

function fit(from: readonly Centroid[], to: readonly Centroid[]): RigidMap {
  const pack = (points: readonly Centroid[]): HostArray<Float64Array> =>
    hostArray(Float64Array.from(points.flatMap(({ x, y }) => [x, y])), [points.length, 2]);
  return rigidMap(pack(from), pack(to), from.map(({ count }) => count));
}

function move(map: RigidMap, { x, y, count }: Centroid): Centroid {
  const [r, t] = [map.rotation, map.translation];
  return { x: r[0] * x + r[1] * y + t[0], y: r[2] * x + r[3] * y + t[1], count };
}

/** Root mean square distance from the centre, the size by which sections are compared. */
function radius(points: HostArray): number {
  const rows = points.shape[0]!;
  const mean = [0, 0];
  points.data.forEach((value, i) => mean[i % 2]! += value / rows);
  return Math.sqrt(points.data.reduce((sum, value, i) => sum + (value - mean[i % 2]!) ** 2, 0) / rows);
}

/**
 * Rigid maps from each section's own frame to one anatomical frame: midline vertical, injured hemisphere at the right,
 * dorsal at the top.
 *
 * A first fit lays the centres of the four quadrants (hemisphere x dorsal/ventral) onto the corners of a square; it
 * settles mirror and rough turn. Generalised Procrustes rounds then fit the centres of every cell type in each
 * hemisphere, weighted by their cells, to the mean of all sections. Sections are compared at equal size; maps do not
 * scale.
 *
 * @param sections All sections.
 * @returns One map per section.
 */
export function anatomicalMaps(sections: readonly BrainSection[]): readonly RigidMap[] {
  const scaled = sections.map(({ points, side, half, cellType }) => {
    const size = radius(points);
    const unit = hostArray(points.data.map((value) => value / size), points.shape);
    return {
      size,
      quadrants: centroids(unit, side.map((name, i) => `${name}/${half[i]}`)),
      types: centroids(unit, side.map((name, i) => `${name}/${cellType[i]}`)),
    };
  });
  let maps = scaled.map(({ quadrants }) => {
    const keys = Object.keys(QUADRANTS);
    const corners = keys.map((key) => ({ x: QUADRANTS[key]![0], y: QUADRANTS[key]![1], count: 1 }));
    return fit(keys.map((key) => ({ ...quadrants.get(key)!, count: 1 })), corners);
  });
  for (let round = 0; round < ROUNDS; round++) {
    const mean = new Map<string, Centroid>();
    scaled.forEach(({ types }, i) => {
      for (const [key, centre] of types) {
        const [here, sum] = [move(maps[i]!, centre), mean.get(key) ?? { x: 0, y: 0, count: 0 }];
        const count = sum.count + here.count;
        const blend = (a: number, b: number): number => (a * sum.count + b * here.count) / count;
        mean.set(key, { x: blend(sum.x, here.x), y: blend(sum.y, here.y), count });
      }
    });
    maps = scaled.map(({ types }) => fit([...types.values()], [...types.keys()].map((key) => mean.get(key)!)));
  }
  return maps.map(({ rotation, translation, reflected }, i) => {
    const { size } = scaled[i]!;
    return { rotation, translation: [translation[0] * size, translation[1] * size], reflected };
  });
}
