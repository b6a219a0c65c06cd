import { DataError } from "../../../core/errors.ts";
import { type HostArray, hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { harmony } from "../../../core/spatial/harmony.ts";
import {
  assignBlock,
  type HarmonyClustering,
  harmonyObjective,
  type HarmonyVariant,
  moveCentroids,
  startClusters,
  takeOutBatches,
  unitRows,
} from "../../../core/spatial/harmony_clusters.ts";
import { kMeans } from "../../../core/spatial/kmeans.ts";
import type { Matrix } from "../../../core/spatial/matrix.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose, flat } from "../../vectors/arrays.ts";
import vectors from "../../vectors/gmflow.json" with { type: "json" };

const known = vectors.harmony;

function transposed(rows: readonly (readonly number[])[]): number[] {
  return rows[0]!.flatMap((_, j) => rows.map((row) => row[j]!));
}

function clusteringOf(variant: HarmonyVariant): HarmonyClustering {
  return {
    variant,
    sigma: known.sigma,
    theta: Float64Array.of(known.theta, known.theta),
    batch: Int32Array.from(known.batch),
    share: Float64Array.from(known.batch_prob),
  };
}

const Z: Matrix = { data: Float64Array.from(known.z.flat()), rows: known.z.length, columns: 2 };

Deno.test("soft clusters start as in the specification", () => {
  const cells = unitRows(Z);
  assertClose(cells.data, known.z_cos.flat(), 1e-7);
  const made = startClusters(cells, Float64Array.from(known.centroids.flat()), clusteringOf("ratio"));
  assertClose(made.share, transposed(known.r_init_k_by_n), 1e-6);
  assertClose(made.observed, known.o_init_k_by_b.flat(), 1e-6);
  assertClose(made.expected, known.e_init_k_by_b.flat(), 1e-6);
});

for (
  const [variant, expected] of [
    ["ratio", known.r_after_block_ratio_form],
    ["plus1", known.r_after_block_plus_one_form],
  ] as const
) {
  Deno.test(`a block is assigned as in the specification, ${variant}`, () => {
    const [cells, clustering] = [unitRows(Z), clusteringOf(variant)];
    const made = startClusters(cells, Float64Array.from(known.centroids.flat()), clustering);
    assignBlock(made, cells, known.block, clustering);
    assertClose(made.share, transposed(expected), 2e-6);
    if (variant === "plus1") return;
    const objective = harmonyObjective(made, cells, clustering);
    assert(Math.abs(objective - known.objective_ratio_form.total) < 2e-5, `objective ${objective}`);
    const corrected = takeOutBatches(made, Z, clustering, known.lambda);
    assertClose(corrected.data, known.z_corrected.flat(), 2e-6);
    moveCentroids(made, cells);
    assertClose(made.centroids, known.centroids_after_update.flat(), 2e-6);
  });
}

/** Two cell types in two batches, the second of which is shifted. */
function shifted(
  count: number,
  shift: number,
): { readonly cells: HostArray; readonly batch: Int32Array; readonly type: Int32Array } {
  const noise = rng(5).fold("noise").host.normal(count * 4);
  const batch = Int32Array.from({ length: count }, (_, i) => i % 2);
  const type = Int32Array.from({ length: count }, (_, i) => i % 3 === 0 ? 1 : 0);
  const data = noise.map((value, at) => {
    const [cell, axis] = [Math.floor(at / 4), at % 4];
    return 0.3 * value + (axis === type[cell]! ? 2 : 0) + (axis === 2 ? shift * batch[cell]! : 0);
  });
  return { cells: hostArray(data, [count, 4]), batch, type };
}

/** Harmony from the equations of the paper, written with matrices of NumPy; the orders of the cells are given. */
const REFERENCE = `
Z0, batch, Y, orders = d["z"], np.array(d["batch"]), d["y"], d["orders"]
n, nb, K = len(Z0), batch.max() + 1, len(Y)
Phi = np.eye(nb)[batch]; Pr = Phi.mean(0); theta = np.full(nb, d["theta"]); s = d["sigma"]
unit = lambda M: M / np.linalg.norm(M, axis=1, keepdims=True)
plus = d["variant"] == "plus1"
Zc, Y = unit(Z0), unit(Y)
R = np.exp(-2 * (1 - Zc @ Y.T) / s); R /= R.sum(1, keepdims=True)
def tables(): return R.T @ Phi, np.outer(R.sum(0), Pr)
def objective():
    O, E = tables(); D = 2 * (1 - Zc @ Y.T)
    L = np.log((O + 1) / (E + 1)) if plus else np.log((O + E) / E)
    return (R * D).sum() + s * (R * np.log(np.maximum(R, 1e-300))).sum() + s * (R * ((Phi * theta) @ L.T)).sum()
outer = [objective()]
for order in orders:
    inner = [outer[-1]]
    for r, perm in enumerate(order):
        Y = unit(R.T @ Zc); D = 2 * (1 - Zc @ Y.T)
        cuts = [int(np.floor(i * n / 20)) for i in range(21)]
        for a, b in zip(cuts, cuts[1:]):
            block = np.array(perm[a:b], dtype=int)
            rest = np.ones(n, bool); rest[block] = False
            O, E = R[rest].T @ Phi[rest], np.outer(R[rest].sum(0), Pr)
            ratio = (E + 1) / (O + 1) if plus else E / (O + E)
            W = np.exp(-D[block] / s) * (ratio[:, batch[block]] ** theta[batch[block]]).T
            R[block] = W / W.sum(1, keepdims=True)
        inner.append(objective())
        if r > 3 and abs(sum(inner[-4:-1]) - sum(inner[-3:])) < 1e-5 * abs(sum(inner[-4:-1])): break
    outer.append(inner[-1])
    X = np.c_[np.ones(n), Phi]; Zn = Z0.copy()
    for k in range(K):
        XR = X * R[:, [k]]
        W = np.linalg.solve(XR.T @ X + np.diag([0.0] + [d["lam"]] * nb), XR.T @ Z0)
        W[0] = 0
        Zn -= XR @ W
    Zc = unit(Zn)
    if (outer[-2] - outer[-1]) / abs(outer[-2]) < 1e-4: break
out = {"z": Zn, "objective": np.array(outer)}
`;

for (const variant of ["ratio", "plus1"] as const) {
  Deno.test({
    name: `harmony() equals the equations of the paper written with NumPy, ${variant}`,
    ignore: !hasPython("numpy"),
    fn: async () => {
      const { cells, batch } = shifted(240, 0.8);
      const [rows, clusters, stream] = [240, 6, rng(9)];
      const made = await harmony(cells, batch, stream, { variant, clusters });
      const unit = unitRows({ data: Float64Array.from(cells.data), rows, columns: 4 }).data;
      const seeds = kMeans(hostArray(unit, [rows, 4]), clusters, stream.fold("seeds").host, { maxIterations: 25 });
      const orders = Array.from({ length: 10 }, (_, iteration) =>
        Array.from(
          { length: 20 },
          (_, round) => [...stream.fold("rounds").fold(iteration).fold(round).host.permutation(rows)],
        ));
      const theta = variant === "ratio" ? 2 : 1;
      const { z, objective } = askPython(REFERENCE, {
        z: cells,
        y: seeds.centroids,
        batch: [...batch],
        orders,
        variant,
        theta,
        sigma: 0.1,
        lam: 1,
      }) as { z: number[][]; objective: number[] };
      assertClose(made.objective, objective, 1e-4, 1e-6);
      assertClose(made.corrected.data, flat(z), 1e-5);
    },
  });
}

/** Distance between the means of two batches within a cell type. */
function gap({ data }: HostArray, batch: Int32Array, type: Int32Array, of: number): number {
  const mean = (b: number): number[] => {
    const own = [...batch.keys()].filter((i) => batch[i] === b && type[i] === of);
    return [0, 1, 2, 3].map((j) => own.reduce((sum, i) => sum + data[4 * i + j]!, 0) / own.length);
  };
  const [a, b] = [mean(0), mean(1)];
  return Math.hypot(...a.map((value, j) => value - b[j]!));
}

Deno.test("harmony() brings batches together and leaves types apart", async () => {
  const { cells, batch, type } = shifted(600, 0.8);
  const { corrected, objective } = await harmony(cells, batch, rng(2));
  assert(
    gap(cells, batch, type, 0) > 0.7 && gap(corrected, batch, type, 0) < 0.15,
    `${gap(corrected, batch, type, 0)}`,
  );
  assert(gap(corrected, type, batch, 0) > 2, "types stay apart");
  assert(objective.at(-1)! < objective[0]!);
  assertEquals((await harmony(cells, batch, rng(2))).corrected.data, corrected.data);
});

Deno.test("harmony() refuses what it cannot correct and leaves one batch alone", async () => {
  const cells = hostArray(Float32Array.of(1, 2, 3, NaN), [2, 2]);
  await assertRejects(() => harmony(cells, [0, 1], rng(1)), DataError, "row 1 has NaN");
  await assertRejects(() => harmony(cells, [0], rng(1)), TypeError, "1 batches");
  const { cells: whole } = shifted(20, 1);
  await assertRejects(() => harmony(whole, new Int32Array(20), rng(1), { lambda: 0 }), RangeError, "lambda is 0");
  assertEquals((await harmony(whole, new Int32Array(20).fill(3), rng(1))).corrected.data, whole.data);
});
