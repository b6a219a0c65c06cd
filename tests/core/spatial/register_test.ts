import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { type HostArray, hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import {
  alignmentScore,
  applyRigid,
  dropFragments,
  type LabelledPoints,
  looksUnaligned,
  registerByLabels,
  type RigidMap,
  rigidMap,
} from "../../../core/spatial/register.ts";

function mapOf(degrees: number, reflected: boolean, translation: [number, number]): RigidMap {
  const angle = (degrees * Math.PI) / 180;
  const [c, s, m] = [Math.cos(angle), Math.sin(angle), reflected ? -1 : 1];
  return { rotation: [m * c, -s, m * s, c], translation, reflected };
}

/** Turn between two maps of equal handedness, in degrees. */
function turnBetween(a: RigidMap, b: RigidMap): number {
  assertEquals(a.reflected, b.reflected);
  const difference = Math.atan2(a.rotation[1], a.rotation[3]) - Math.atan2(b.rotation[1], b.rotation[3]);
  return Math.abs(Math.atan2(Math.sin(difference), Math.cos(difference)) * 180 / Math.PI);
}

/** A tissue of two lobes with layers and a wound in one of them, 3 to 2; a share of the labels is wrong. */
function tissue(seed: number, cells: number, noise: number): LabelledPoints {
  const stream = rng(seed);
  const [u, v, w, wrong] = ["u", "v", "w", "wrong"].map((tag) => stream.fold(tag).host.uniform(cells)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const points = new Float32Array(2 * cells);
  const label = new Int32Array(cells);
  for (let i = 0; i < cells; i++) {
    const [radius, angle, side] = [Math.sqrt(u[i]!), 2 * Math.PI * v[i]!, w[i]! < 0.5 ? -1 : 1];
    const [x, y] = [side * 1.1 + radius * Math.cos(angle), 1.4 * radius * Math.sin(angle)];
    points.set([1000 * x, 1000 * y], 2 * i);
    label[i] = radius < 0.5 ? 0 : radius < 0.8 ? 1 : y > 0 ? 2 : 3;
    if (side > 0 && y > 0.7) label[i] = 4;
    if (wrong[i]! < noise) label[i] = Math.floor(5 * wrong[i]! / noise);
  }
  return { points: hostArray(points, [cells, 2]), label };
}

function moved(section: LabelledPoints, map: RigidMap): LabelledPoints {
  return { points: applyRigid(map, section.points), label: section.label };
}

Deno.test("rigidMap() recovers a turn, a mirror and a shift exactly", () => {
  const points = hostArray(Float64Array.from(rng(1).host.normal(40)), [20, 2]);
  for (const truth of [mapOf(25, false, [3, -4]), mapOf(-160, true, [100, 7]), mapOf(0, false, [0, 0])]) {
    const found = rigidMap(points, applyRigid(truth, points));
    assertEquals(found.reflected, truth.reflected);
    found.rotation.forEach((value, i) => assertAlmostEquals(value, truth.rotation[i]!, 1e-6));
    found.translation.forEach((value, i) => assertAlmostEquals(value, truth.translation[i]!, 1e-4));
  }
});

Deno.test({
  name: "rigidMap() equals SciPy's orthogonal Procrustes on noisy, weighted landmarks",
  ignore: !hasPython("scipy"),
  fn(): void {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const stream = rng(seed);
      const from = hostArray(Float64Array.from(stream.fold("a").host.normal(24)), [12, 2]);
      const to = hostArray(Float64Array.from(stream.fold("b").host.normal(24)), [12, 2]);
      const weight = stream.fold("w").host.uniform(12);
      const expected = runPython(
        `
import sys, json, numpy as np
from scipy.linalg import orthogonal_procrustes
a, b, w = (np.array(json.loads(x)) for x in sys.argv[1:])
a, b = a.reshape(-1, 2), b.reshape(-1, 2)
ma, mb = np.average(a, axis=0, weights=w), np.average(b, axis=0, weights=w)
s = np.sqrt(w)[:, None]
R = orthogonal_procrustes(s * (a - ma), s * (b - mb))[0].T
print(json.dumps([*R.ravel(), *(mb - R @ ma)]))`,
        [from.data, to.data, weight].map((values) => JSON.stringify(Array.from(values))),
      ) as number[];
      const found = rigidMap(from, to, weight);
      [...found.rotation, ...found.translation].forEach((value, i) => assertAlmostEquals(value, expected[i]!, 1e-9));
      assertEquals(found.reflected, expected[0]! * expected[3]! - expected[1]! * expected[2]! < 0);
    }
  },
});

Deno.test("rigidMap() ignores landmarks of weight 0 and prefers no mirror on a line", () => {
  const from = hostArray(Float32Array.of(0, 0, 1, 0, 2, 0, 9, 9), [4, 2]);
  const to = hostArray(Float32Array.of(5, 5, 5, 6, 5, 7, -40, 3), [4, 2]);
  const map = rigidMap(from, to, [1, 1, 1, 0]);
  assertEquals(map.reflected, false);
  assertAlmostEquals(map.rotation[2], 1, 1e-6);
});

Deno.test("rigidMap() refuses landmarks that do not pair up", () => {
  const three = hostArray(new Float32Array(6), [3, 2]);
  const two = hostArray(new Float32Array(4), [2, 2]);
  const solid = hostArray(new Float32Array(6), [2, 3]);
  assertThrows(() => rigidMap(three, two), TypeError, "Cannot register 3 landmarks to 2 landmarks");
  assertThrows(() => rigidMap(solid, solid), TypeError, "expected [N, 2]");
  assertThrows(() => rigidMap(three, three, [0, 0, 0]), RangeError, "no landmark has positive weight");
});

Deno.test("registerByLabels() finds a half turn with a mirror between independent samples with noisy labels", () => {
  for (const [degrees, reflected] of [[170, true], [-75, false], [3, true]] as const) {
    const fixed = tissue(1, 3000, 0.1);
    const truth = mapOf(degrees, reflected, [5000, -300]);
    const back = rigidMap(applyRigid(truth, fixed.points), fixed.points);
    const found = registerByLabels(moved(tissue(2, 2500, 0.1), truth), fixed);
    assertLess(turnBetween(found.map, back), 1);
    const [landed, right] = [found.map, back].map((map) =>
      applyRigid(map, hostArray(Float64Array.from(truth.translation), [1, 2])).data
    ) as [Float32Array, Float32Array];
    assertLess(Math.hypot(landed[0]! - right[0]!, landed[1]! - right[1]!), 60);
    assertGreater(found.agreement, 0.75);
  }
});

Deno.test("registerByLabels() does not scale sections of different size", () => {
  const [small, large] = [tissue(1, 2000, 0), tissue(2, 2000, 0)];
  const grown = {
    points: hostArray(large.points.data.map((value) => 1.5 * value), large.points.shape),
    label: large.label,
  };
  const { map } = registerByLabels(moved(small, mapOf(90, false, [0, 0])), grown);
  assertLess(turnBetween(map, mapOf(-90, false, [0, 0])), 2);
  assertAlmostEquals(Math.hypot(map.rotation[0], map.rotation[2]), 1, 1e-6);
});

Deno.test("registerByLabels() refuses sections without a common label", () => {
  const points = hostArray(rng(1).host.normal(20), [10, 2]);
  const [a, b] = [{ points, label: new Int32Array(10) }, { points, label: new Int32Array(10).fill(-1) }];
  assertThrows(() => registerByLabels(a, b), RangeError, "share no label");
});

Deno.test({
  name: "alignmentScore() equals SciPy's nearest neighbours on z-scores",
  ignore: !hasPython("scipy"),
  fn(): void {
    const [a, b] = [tissue(1, 400, 0.2), tissue(2, 300, 0.2)];
    const expected = runPython(
      `
import sys, json, numpy as np
from scipy.spatial import cKDTree
p, k, q, l = (np.array(json.loads(x)) for x in sys.argv[1:])
z = lambda m: (m.reshape(-1, 2) - m.reshape(-1, 2).mean(0)) / m.reshape(-1, 2).std(0)
p, q = z(p), z(q)
print(json.dumps(((l[cKDTree(q).query(p)[1]] == k).mean() + (k[cKDTree(p).query(q)[1]] == l).mean()) / 2))`,
      [a.points.data, a.label, b.points.data, b.label].map((values) => JSON.stringify(Array.from(values))),
    ) as number;
    assertAlmostEquals(alignmentScore(a, b), expected, 1e-9);
    assertAlmostEquals(alignmentScore(b, a), expected, 1e-9);
  },
});

Deno.test("looksUnaligned() reports turned sections and is silent on aligned ones", () => {
  const [a, b] = [tissue(1, 2000, 0.1), tissue(2, 2000, 0.1)];
  assertEquals(looksUnaligned(a, b), undefined);
  const found = looksUnaligned(moved(a, mapOf(-90, false, [0, 0])), b);
  assert(found !== undefined && !found.mirrored);
  assertEquals(found.degrees, 90);
  assertGreater(found.better, found.asGiven);
  assertEquals(looksUnaligned(moved(a, mapOf(8, false, [0, 0])), b), undefined);
});

Deno.test("dropFragments() drops small pieces far from the tissue and keeps halves", () => {
  const halves = rng(3).host.uniform(4000);
  for (let i = 0; i < 1000; i++) halves[2 * i]! += 1.2;
  const points = hostArray(Float32Array.of(...halves, 40, 40, 40.01, 40, -7, 3), [2003, 2]);
  assertEquals(dropFragments(points), Int32Array.from({ length: 2000 }, (_, i) => i));
  assertEquals(dropFragments(points, { gap: 1e4 }).length, 2003);
  assertEquals(dropFragments(hostArray(new Float32Array(8), [4, 2])).length, 4);
  assertEquals(dropFragments(hostArray(new Float32Array(2), [1, 2])).length, 1);
});

Deno.test({
  name: "dropFragments() keeps the components that SciPy finds, in two and three dimensions",
  ignore: !hasPython("scipy"),
  fn(): void {
    for (const dims of [2, 3]) {
      const centres = rng(5).host.uniform(dims * 12).map((value) => value * 60);
      const spread = rng(6).host.normal(dims * 600);
      const points: HostArray = hostArray(
        spread.map((value, i) => value + centres[dims * (Math.floor(i / dims) % 12) + i % dims]!),
        [600, dims],
      );
      const expected = runPython(
        `
import sys, json, numpy as np
from scipy.spatial import cKDTree
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
p = np.array(json.loads(sys.argv[1])).reshape(600, -1)
t = cKDTree(p)
d = np.sort(t.query(p, 2)[0][:, 1])
e = t.query_pairs(4 * d[300], output_type='ndarray')
c = connected_components(coo_matrix((np.ones(len(e)), e.T), shape=(600, 600)), directed=False)[1]
s = np.bincount(c)
print(json.dumps(np.flatnonzero(s[c] >= 0.3 * s.max()).tolist()))`,
        [JSON.stringify(Array.from(points.data))],
      ) as number[];
      assertGreater(600, expected.length);
      assertEquals(Array.from(dropFragments(points, { gap: 4, share: 0.3 })), expected);
    }
  },
});
