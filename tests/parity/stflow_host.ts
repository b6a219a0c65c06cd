import {
  eulerSampler,
  hostArray,
  linearPath,
  localFrames,
  nearestOthers,
  planeAxes,
  rng,
  tensor,
  toHost,
  zeros,
  zinbFromLogits,
  zinbLogs,
  zinbMoments,
  zinbPrior,
} from "../../core/mod.ts";
import { dispose } from "../../core/tensor/mod.ts";
import { regionOf } from "../../plugins/stflow/regions.ts";
import type { Expression } from "../../plugins/stflow/slide.ts";
import type { Check, Outcomes } from "./compare.ts";
import { type Fixture, floats, integers, setting } from "./fixture.ts";
import { read, upload } from "./tensors.ts";

const SIGNS = [[-1, -1], [-1, 1], [1, -1], [1, 1]] as const;

/** Offsets of a neighbourhood: the spot at 0 and its neighbours, which then are all that is near. */
function offsetsOf(
  fixture: Fixture,
  name: string,
): { readonly batch: number; readonly k: number; readonly data: Float32Array } {
  const { data, shape } = floats(fixture, name);
  return { batch: shape[0]!, k: shape[1]!, data };
}

interface Frame {
  readonly centre: readonly [number, number];
  readonly scatter: readonly [number, number, number];
  readonly points: readonly (readonly [number, number])[];
}

function frameOf(data: Float32Array, from: number, k: number): Frame {
  const raw = Array.from({ length: k }, (_, j) => [data[from + 2 * j]!, data[from + 2 * j + 1]!] as const);
  const centre = [0, 1].map((axis) => raw.reduce((sum, point) => sum + point[axis]!, 0) / k) as [number, number];
  const points = raw.map(([x, y]) => [x - centre[0], y - centre[1]] as const);
  const product = (a: 0 | 1, b: 0 | 1): number => points.reduce((sum, point) => sum + point[a] * point[b], 0);
  return { centre, scatter: [product(0, 0), product(0, 1), product(1, 1)], points };
}

/** Projections by the library's own way: the neighbourhood as a small slide. */
function projections(data: Float32Array, from: number, k: number): readonly (readonly [number, number])[] {
  const coords = new Float64Array(2 * (k + 1));
  coords.set(data.subarray(from, from + 2 * k), 2);
  const points = hostArray(coords, [k + 1, 2]);
  const { edges } = localFrames(points, k);
  const order = nearestOthers(points, k).subarray(0, k);
  const out: (readonly [number, number])[] = Array(k);
  order.forEach((row, j) => out[row - 1] = [edges.data[3 * j]!, edges.data[3 * j + 1]!]);
  return out;
}

/** Whether the four stored frames are ours in some order. */
function sameFrames(stored: Float32Array, ours: readonly (readonly [number, number])[], k: number): boolean {
  const near = (frame: number, [s, t]: readonly [number, number]): boolean =>
    ours.every(([x, y], j) => {
      const at = (frame * k + j) * 2;
      return Math.abs(stored[at]! - s * x) < 1e-5 * (1 + Math.abs(x)) &&
        Math.abs(stored[at + 1]! - t * y) < 1e-5 * (1 + Math.abs(y));
    });
  return [0, 1, 2, 3].every((frame) => SIGNS.some((sign) => near(frame, sign)));
}

/** Average of the probe network over the four frames. */
function probeAverage(fixture: Fixture, all: readonly (readonly [number, number])[]): Float32Array {
  const weight = (name: string) => floats(fixture, name).data;
  const [w0, b0, w2, b2] = ["probe.0.weight", "probe.0.bias", "probe.2.weight", "probe.2.bias"].map(weight) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [hidden, outputs] = [b0.length, b2.length];
  const out = new Float32Array(all.length * outputs);
  all.forEach(([x, y], row) => {
    for (const [s, t] of SIGNS) {
      for (let o = 0; o < outputs; o++) {
        let sum = b2[o]!;
        for (let h = 0; h < hidden; h++) {
          const u = w0[2 * h]! * s * x + w0[2 * h + 1]! * t * y + b0[h]!;
          sum += w2[o * hidden + h]! * u / (1 + Math.exp(-u));
        }
        out[row * outputs + o]! += sum / 4;
      }
    }
  });
  return out;
}

/** Frames of neighbourhoods, and what is averaged over them before and after a rigid motion. */
export const checkFrames: Check = (fixture) => {
  const { batch, k, data } = offsetsOf(fixture, "in/points");
  const stored = floats(fixture, "out/frames").data;
  const frames = Array.from({ length: batch }, (_, i) => frameOf(data, i * 2 * k, k));
  const axes = frames.map(({ scatter }) => planeAxes(...scatter));
  const ours = Array.from({ length: batch }, (_, i) => projections(data, i * 2 * k, k));
  const moved = floats(fixture, "in/points_moved").data;
  const storedAxes = floats(fixture, "out/frame_axes").data;
  const alike = (column: number, i: number, [x, y]: readonly [number, number]): boolean =>
    [0, 1, 2, 3].every((frame) => {
      const at = (i * 4 + frame) * 4 + column;
      return Math.abs(Math.abs(storedAxes[at]! * x + storedAxes[at + 2]! * y) - 1) < 1e-5;
    });
  return Promise.resolve({
    "out/center": frames.flatMap(({ centre }) => centre),
    "out/scatter": frames.flatMap(({ scatter: [a, b, c] }) => [a, b, b, c]),
    "out/eigenvalues": axes.flatMap(({ eigenvalues }) => eigenvalues),
    "out/abs_projection": ours.flat(2).map(Math.abs),
    "out/frames": {
      kind: "verdict",
      holds: ours.every((frame, i) => sameFrames(stored.subarray(i * 8 * k, (i + 1) * 8 * k), frame, k)),
    },
    "out/frame_axes": {
      kind: "verdict",
      holds: axes.every(({ minor, major }, i) => alike(0, i, minor) && alike(1, i, major)),
    },
    "out/probe_frame_average": probeAverage(fixture, ours.flat()),
    "out/probe_frame_average_moved": probeAverage(
      fixture,
      Array.from({ length: batch }, (_, i) => projections(moved, i * 2 * k, k)).flat(),
    ),
  });
};

async function drawnStatistics(fixture: Fixture): Promise<Outcomes> {
  const law = zinbFromLogits(
    setting(fixture, "total_count"),
    setting(fixture, "logits"),
    setting(fixture, "zi_logits"),
  );
  const like: Expression = { y: zeros([40_000, 1]) };
  const drawn = zinbPrior<Expression>([law]).sample(like, undefined, rng(101));
  const { data } = await toHost(drawn.y);
  dispose([like.y, drawn.y]);
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (data.length - 1);
  const zero = data.filter((value) => value === 0).length / data.length;
  const within = (name: string, value: number) => {
    const expected = floats(fixture, name).data[0]!;
    const { abs, rel } = fixture.tolerance["out/log_sample"]!;
    return { kind: "verdict", holds: Math.abs(value - expected) <= abs + rel * Math.abs(expected) } as const;
  };
  const { mu, phi, pi } = law;
  const counts = floats(fixture, "in/counts").data;
  const sample = floats(fixture, "out/sample_log1p").data;
  return {
    "out/pmf": zinbLogs(law, counts.at(-1)!).map(Math.exp),
    "out/mu": [mu],
    "out/theta": [phi],
    "out/zero_prob": [pi],
    "out/mean": [zinbMoments(law).mean],
    "out/log_sample_mean": within("out/log_sample_mean", mean),
    "out/log_sample_var": within("out/log_sample_var", variance),
    "out/log_sample_zero_rate": within("out/log_sample_zero_rate", zero),
    // Draws of another generator: ours are of the same kind, logarithms of whole numbers.
    "out/sample_log1p": {
      kind: "verdict",
      holds: [...sample, ...data.subarray(0, 60)].every((v) =>
        Math.abs(Math.expm1(v) - Math.round(Math.expm1(v))) < 1e-4
      ),
    },
  };
}

/** The prior, the path, one refinement step and a region. */
export const checkPriorAndPath: Check = async (fixture) => {
  const path = linearPath<Expression>();
  const input = (name: string): Expression => ({ y: upload(floats(fixture, name)) });
  const { y: yt } = await read(() => ({
    y: path.at(input("rng/y0"), input("in/y1"), upload(floats(fixture, "rng/t")), rng(0)).xt.y,
  }));
  const [from, to] = [floats(fixture, "in/step_t1").data, floats(fixture, "in/step_t2").data];
  const shape = floats(fixture, "in/y1").shape;
  const size = shape[1]! * shape[2]!;
  const steps: number[] = [];
  for (let i = 0; i < from.length; i++) {
    const own = (data: Float32Array): Expression => ({
      y: tensor(data.slice(i * size, (i + 1) * size), [1, ...shape.slice(1)]),
    });
    const { x } = await read(() => {
      const end = own(floats(fixture, "in/step_prediction").data);
      const field = (y: Expression, t: Parameters<typeof path.toVelocity>[3]) => path.toVelocity("target", end, y, t);
      return { x: eulerSampler<Expression>().step(field, own(yt), from[i]!, to[i]!, [], rng(0)).x.y };
    });
    steps.push(...x);
  }
  const coords = floats(fixture, "in/region_coords");
  const index = regionOf(coords, integers(fixture, "in/region_center")[0]!, setting(fixture, "region_fraction"));
  const at = (row: number, axis: number): number => coords.data[2 * row + axis]!;
  const means = [0, 1].map((axis) => index.reduce((sum, row) => sum + at(row, axis), 0) / index.length);
  return {
    ...await drawnStatistics(fixture),
    "out/y_t": yt,
    "out/step_result": steps,
    "out/region_index": index,
    "out/region_coords_centred": Array.from(index).flatMap((row) => [at(row, 0) - means[0]!, at(row, 1) - means[1]!]),
  };
};
