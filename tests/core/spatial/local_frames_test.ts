import { hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { localFrames, nearestOthers, planeAxes } from "../../../core/spatial/local_frames.ts";
import { linear } from "../../../core/tensor/linear.ts";
import { dataOf, frameFeatures, fromHost, type Tensor, tidy } from "../../../core/tensor/mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { forEachBackend } from "../backends.ts";
import { tensorOf } from "../../parity/tensors.ts";
import { array, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/stflow.json" with { type: "json" };

const TOLERANCE = vectors.meta.tolerance.float64;
const { frameAveraging } = vectors;

Deno.test("planeAxes() are the eigenvectors of the vectors, up to sign", () => {
  for (const { a, b, c, lmin, lmax, umin, umax } of vectors.eig2) {
    const { eigenvalues, minor, major } = planeAxes(a, b, c);
    assertClose(eigenvalues, [lmin, lmax], TOLERANCE);
    assertAlmostEquals(Math.abs(minor[0] * umin[0]! + minor[1] * umin[1]!), 1, TOLERANCE);
    assertAlmostEquals(Math.abs(major[0] * umax[0]! + major[1] * umax[1]!), 1, TOLERANCE);
  }
});

Deno.test("neighbours are the nearest others, equal distances in order of the row", () => {
  for (const { coords, k, neighbors } of [vectors.knn.generic, vectors.knn.grid3x3]) {
    assertEquals(Array.from(nearestOthers(array(coords), k)), flat(neighbors));
  }
  const { coords, neighbors } = vectors.knn.clamp;
  assertEquals(Array.from(nearestOthers(array(coords), coords.length - 1)), flat(neighbors));
  assertThrows(() => nearestOthers(array(coords), vectors.knn.clamp.k), RangeError, "Cannot find 8 neighbours among 3");
});

Deno.test("points at one place are neighbours of each other, never of themselves", () => {
  const points = hostArray(new Float64Array(12), [6, 2]);
  const index = nearestOthers(points, 2);
  for (let i = 0; i < 6; i++) assert(!index.subarray(2 * i, 2 * i + 2).includes(i));
  const { edges, ambiguous } = localFrames(points, 3);
  assert(edges.data.every((value) => value === 0));
  assertEquals(ambiguous, 6);
});

/** Edges of the spot at the origin whose neighbours are given, in the order in which they are given. */
function edgesOf(directions: readonly (readonly number[])[], ambiguous: "keep" | "zero" = "keep"): number[][] {
  const k = directions.length;
  const points = array([[0, 0], ...directions]);
  const { index, edges } = localFrames(points, k, ambiguous);
  const out: number[][] = Array(k);
  index.subarray(0, k).forEach((row, j) => out[row - 1] = [...edges.data.subarray(3 * j, 3 * j + 3)]);
  return out;
}

Deno.test("localFrames() projects on the axes of the neighbourhood", () => {
  const { directions, projections, signOrder } = frameAveraging;
  const ours = edgesOf(directions);
  const frames = signOrder.map(([s, t]) => ours.map(([x, y]) => [s! * x!, t! * y!]));
  for (const stored of projections) {
    const differences = frames.map((frame) => Math.max(...flat(frame).map((v, i) => Math.abs(v - flat(stored)[i]!))));
    assert(Math.min(...differences) < 1e-6, "one of our frames is the stored one");
  }
  ours.forEach(([, , r], j) => assertAlmostEquals(r!, Math.hypot(...directions[j]!), 1e-6));
});

/** Frame-averaged features by the network of the vectors. */
async function featuresOf(directions: readonly (readonly number[])[]): Promise<Float32Array> {
  const { weights } = frameAveraging;
  const made = tidy(() => {
    const transposed = (rows: readonly (readonly number[])[]): Tensor =>
      tensorOf(rows[0]!.map((_, j) => rows.map((row) => row[j]!)));
    const edges = hostArray(Float32Array.from(edgesOf(directions).flat()), [directions.length, 3]);
    const inner = frameFeatures(fromHost(edges), {
      kernel: transposed(weights["fc1.weight"]),
      bias: tensorOf(weights["fc1.bias"]),
      gamma: tensorOf(weights["norm.weight"]),
      beta: tensorOf(weights["norm.bias"]),
      epsilon: 1e-5,
    });
    return linear(inner, transposed(weights["fc2.weight"]), tensorOf(weights["fc2.bias"]));
  });
  const values = await dataOf(made) as Float32Array;
  made.dispose();
  return values;
}

forEachBackend("features averaged over frames are those of the vectors, turned or not", async () => {
  const { directions, features, invariance, negated, singleNeighbour, collinear, hex6plus2 } = frameAveraging;
  const close = async (given: readonly (readonly number[])[], expected: readonly (readonly number[])[]) =>
    assertClose(await featuresOf(given), flat(expected), 2e-5);
  await close(directions, features);
  for (const turned of [...invariance, negated]) await close(turned.directions, turned.features);
  await close(singleNeighbour.directions, singleNeighbour.features);
  await close(collinear.directions, collinear.features);
  await close(hex6plus2.directions, hex6plus2.features);
  assertEquals(hex6plus2.features.length, hex6plus2.rotated30Features.length);
});

forEachBackend("on a square grid the axes are arbitrary, which is counted and can be left out", async () => {
  const { degenerateSquare, degenerateHex6 } = frameAveraging;
  const { directions, featuresAxisFrame, rotated30, featuresAxisFrameRotated30 } = degenerateSquare;
  assertClose(await featuresOf(directions), flat(featuresAxisFrame), 2e-5);
  // The vectors are rounded to ten digits, which leaves the turned grid with axes of its own unless it is turned here.
  const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const turned = directions.map(([x, y]) => [cos * x! - sin * y!, sin * x! + cos * y!]);
  assertClose(flat(turned), flat(rotated30), 1e-9);
  assertClose(await featuresOf(turned), flat(featuresAxisFrameRotated30), 2e-5);
  for (const { directions: given } of [degenerateSquare, degenerateHex6]) {
    const safe = edgesOf(given, "zero");
    assert(safe.every(([x, y, r]) => x === 0 && y === 0 && r! > 0));
  }
});

Deno.test("frames of a slide do not depend on how it lies, up to the signs of the axes", () => {
  const points = hostArray(rng(1).host.uniform(80), [40, 2]);
  const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
  const moved = hostArray(
    Float64Array.from(points.data, (_, i) => {
      const [x, y] = [points.data[i - (i % 2)]!, -points.data[i - (i % 2) + 1]!];
      return i % 2 === 0 ? cos * x - sin * y + 5 : sin * x + cos * y - 2;
    }),
    [40, 2],
  );
  const [a, b] = [localFrames(points, 6), localFrames(moved, 6)];
  assertEquals(a.index, b.index);
  assertClose(a.edges.data.map(Math.abs), b.edges.data.map(Math.abs), 1e-6);
  assertThrows(() => localFrames(hostArray(new Float64Array(9), [3, 3]), 2), TypeError, "expected [N, 2]");
});
