import {
  add,
  concat,
  expandDims,
  fromHost,
  type HostArray,
  hostArray,
  mul,
  ones,
  type Tensor,
  tidy,
} from "../../../core/mod.ts";
import { assertGradient } from "../../core/tensor/finite_differences.ts";
import {
  GRAPH_OPTIONS,
  graphSpatialLoss,
  graphTerms,
  gridNeighbours,
  patchFeatures,
} from "../../../plugins/geneflow/spatial/graph_loss.ts";
import {
  centroidDistance,
  neighbourDistances,
  nucleusGraphDistance,
  structureDistance,
} from "../../../plugins/geneflow/spatial/nucleus_graph.ts";
import {
  arrangementTerm,
  densityTerm,
  morphologyTerm,
  nucleusDensity,
  softShapes,
} from "../../../plugins/geneflow/spatial/nucleus_terms.ts";
import { gradientMagnitude, releasedSpatialLoss } from "../../../plugins/geneflow/spatial/released_loss.ts";
import { sobel } from "../../../plugins/geneflow/spatial/sobel.ts";
import { warmUpWeight } from "../../../plugins/geneflow/spatial/warm_up.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { blend, formulaImage, rampImage } from "./formula.ts";
import { TOLERANCE, upload, vectors } from "./setup.ts";

/** One image as a batch. */
function batch({ data, shape }: HostArray<Float64Array>): Tensor {
  return fromHost(hostArray(Float32Array.from(data), [1, ...shape]));
}

forEachBackend("Sobel derivatives and their length are those of the vectors", () =>
  assertNoLeak(async () => {
    const { image, gx, gy, magnitude } = vectors.sobel;
    const { slopes, length } = await read(() => {
      const grey = expandDims(upload([image]), 3);
      return { slopes: sobel(grey), length: gradientMagnitude(grey) };
    });
    assertClose(slopes.filter((_, i) => i % 2 === 0), flat(gx), TOLERANCE);
    assertClose(slopes.filter((_, i) => i % 2 === 1), flat(gy), TOLERANCE);
    assertClose(length, flat(magnitude), TOLERANCE);
  }));

forEachBackend("the released gradient and texture loss is that of the vectors", () =>
  assertNoLeak(async () => {
    const ramp = rampImage(32, 40, 3);
    const pairs = [
      [formulaImage(32, 32, 3, 0), formulaImage(32, 32, 3, 5)],
      [formulaImage(32, 32, 4, 0), formulaImage(32, 32, 4, 5)],
      [ramp, blend(ramp, formulaImage(32, 40, 3, 0))],
    ] as const;
    for (const [i, { total }] of vectors.simple_spatial_loss_code.cases.entries()) {
      const { loss } = await read(() => ({ loss: releasedSpatialLoss(batch(pairs[i]![0]), batch(pairs[i]![1])) }));
      assertClose(loss, [total], TOLERANCE);
    }
  }));

forEachBackend("statistics of a patch are those of the vectors", () =>
  assertNoLeak(async () => {
    const { patch, mean, std_population, skewness, kurtosis_noncentred_by_3 } = vectors.patch_statistics;
    const { found } = await read(() => ({
      found: patchFeatures(expandDims(upload([patch]), 3), { stride: 3, radius: 2 }),
    }));
    // One node, at the corner; its patch of 5 x 5 reaches over the whole image.
    assertClose(found, [mean, std_population, skewness, kurtosis_noncentred_by_3], TOLERANCE);
  }));

forEachBackend("the graph loss of the paper is that of the vectors", () =>
  assertNoLeak(async () => {
    const { stride, k, radius, neighbours_node0, neighbours_node5, L_gradient, L_texture, total } =
      vectors.gradient_graph_loss_paper;
    const nodes = gridNeighbours(4, 4, k);
    assertEquals([...nodes.slice(0, k)], neighbours_node0);
    assertEquals([...nodes.slice(5 * k, 6 * k)], neighbours_node5);
    const options = { stride, neighbours: k, radius };
    const real = formulaImage(16, 16, 1, 0);
    const made = await read(() => {
      const [a, b] = [batch(blend(rampImage(16, 16, 1), real)), batch(real)];
      return { ...graphTerms(a, b, options), total: graphSpatialLoss(a, b, options) };
    });
    assertClose(made.gradient, [L_gradient], TOLERANCE);
    assertClose(made.texture, [L_texture], TOLERANCE);
    assertClose(made.total, [total], TOLERANCE);
    assertThrows(
      () => tidy(() => graphTerms(ones([1, 8, 8, 1]), ones([1, 8, 8, 1]), GRAPH_OPTIONS)),
      RangeError,
      "1 nodes",
    );
  }));

Deno.test("distances of nuclei are those of the released program in the vectors", () => {
  const { centroids_generated, centroids_real, k, adjacency_generated, adjacency_real, ...expected } =
    vectors.segmentation_loss_code;
  const [a, b] = [neighbourDistances(centroids_generated, k), neighbourDistances(centroids_real, k)];
  assertClose(a, flat(adjacency_generated), 1e-6);
  assertClose(b, flat(adjacency_real), 1e-6);
  assertClose([centroidDistance(centroids_generated, centroids_real)], [expected.centroid_distance], 1e-6);
  assertClose([structureDistance(a, b)], [expected.structure_distance], 1e-6);
  assertClose([nucleusGraphDistance(centroids_generated, centroids_real, k)], [expected.sample_loss], 1e-6);
  assertEquals(centroidDistance([], centroids_real), expected.empty_vs_3);
  assertEquals(nucleusGraphDistance([], [], k), 0);
});

forEachBackend("the terms of the segmentation loss are those of the vectors", () =>
  assertNoLeak(async () => {
    const { f_real, f_gen, L_morph, centroids_real, centroids_gen, k, L_arrangement, density } =
      vectors.segmentation_loss_paper;
    const edges = centroids_real.map((_: unknown, i: number) =>
      centroids_real.map((_: unknown, j: number) => i === j ? 0 : 1 / k)
    );
    const size = { height: density.H, width: density.W, bandwidth: density.bandwidth };
    const made = await read(() => {
      const [real, generated] = [upload([centroids_real]), upload([centroids_gen])];
      const present = ones([1, 3]);
      const [rho, other] = [nucleusDensity(real, present, size), nucleusDensity(generated, present, size)];
      return {
        morphology: morphologyTerm(upload([f_gen]), upload([f_real]), ones([1, 2])),
        arrangement: arrangementTerm(generated, real, upload([edges]), present),
        density: densityTerm(other, rho),
        rho,
        other,
      };
    });
    assertClose(made.morphology, [L_morph], TOLERANCE);
    assertClose(made.arrangement, [L_arrangement], TOLERANCE);
    assertClose(made.density, [density.L_density], TOLERANCE);
    const at = 10 * density.W + 10;
    assertClose([made.rho[at]!, made.other[at]!], [density.rho_real_at_10_10, density.rho_gen_at_10_10], TOLERANCE);
  }));

Deno.test("terms ramp in as the vectors say", () => {
  const { start, warmup, paper, code } = vectors.spatial_warmup;
  for (const [offset, values] of [["paper", paper], ["released", code]] as const) {
    for (const [epoch, weight] of Object.entries(values)) {
      assertClose([warmUpWeight(Number(epoch), { start, length: warmup, offset })], [weight as number], 1e-9);
    }
  }
});

forEachBackend("soft shapes of a disc are those of a disc", () =>
  assertNoLeak(async () => {
    const [side, radius] = [32, 9];
    const member = Float32Array.from({ length: side * side }, (_, at) => {
      const distance = Math.hypot(Math.floor(at / side) - 15, at % side - 14);
      return 1 / (1 + Math.exp(2 * (distance - radius)));
    });
    const { places, features } = await read(() => ({
      ...softShapes(fromHost(hostArray(member, [1, 1, side * side])), side, side),
    }));
    assertClose(places, [15, 14], 1e-3);
    const [area, perimeter, circularity, eccentricity] = features;
    assertClose([area!], [Math.PI * radius ** 2], 0, 0.02);
    assertClose([perimeter!], [2 * Math.PI * radius], 0, 0.05);
    assertClose([circularity!], [1], 0.1);
    assertClose([eccentricity!], [0], 0.1);
  }));

const PAIR = [1, 6, 6, 1];

forEachBackend("spatial terms have the gradient of their differences", () =>
  assertNoLeak(async () => {
    const real = (): Tensor => batch(formulaImage(6, 6, 1, 3));
    await assertGradient(
      (x) => graphSpatialLoss(x!, real(), { stride: 2, neighbours: 3, radius: 1 }),
      [{ shape: PAIR }],
      2e-2,
    );
    await assertGradient(
      (x) => {
        const { places, features } = softShapes(mul(add(x!, 2), 0.3), 3, 4);
        return concat([places, features], 2);
      },
      [{ shape: [1, 2, 12] }],
      2e-2,
    );
  }));
