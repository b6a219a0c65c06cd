import { clone, draw, mapParts, type Prior, rng, type Tensor, timeGrid } from "../../../core/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { NICHEFLOW_DEFAULTS, type NicheFlowConfig } from "../../../plugins/nicheflow/config.ts";
import { nicheMethod } from "../../../plugins/nicheflow/method.ts";
import type { Niche } from "../../../plugins/nicheflow/niche.ts";
import { toHost } from "../../../core/tensor/mod.ts";
import { assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { assertClose, flat } from "../../vectors/arrays.ts";
import { NETWORK, type Tiny, TINY_SIZES, tinyTransformer, vectors } from "./tiny.ts";

const { pca_dim, coord_dim, ohe_dim } = vectors.transformer_tiny.config;

const SPEC = {
  name: "tiny",
  parts: { x: { shape: [pca_dim], unit: "sd" }, pos: { shape: [coord_dim], unit: "sd" } },
  times: Array.from({ length: ohe_dim }, (_, i) => ({ name: `${i}`, value: i, unit: "d" })),
  labels: {},
};

/** A prior that always returns the noise of the vector, which `draw` then owns. */
function given(noise: Niche): Prior<Niche> {
  return { sample: () => mapParts(([tensor]) => clone(tensor), noise) };
}

async function sample(tiny: Tiny, kind: NicheFlowConfig["objective"]["kind"], points: number): Promise<number[]> {
  const config: NicheFlowConfig = {
    ...NICHEFLOW_DEFAULTS,
    objective: { ...NICHEFLOW_DEFAULTS.objective, kind },
    network: { ...NICHEFLOW_DEFAULTS.network, ...TINY_SIZES },
  };
  const method = { ...nicheMethod(config, SPEC), prior: given(tiny.xt) };
  const frames: number[] = [];
  const { x, steps, evaluations } = await draw(method, {
    params: tiny.params,
    cond: tiny.cond,
    like: tiny.xt,
    times: timeGrid(points),
    rng: rng(0),
    onStep: ({ t }) => void frames.push(t),
  });
  assertEquals([steps, evaluations, frames.length], [points - 1, points - 1, points]);
  const [features, coordinates] = await Promise.all([x.x, x.pos].map((part: Tensor) => toHost(part)));
  disposeTree(x);
  // The vectors hold features and coordinates of a point side by side.
  const rows = features!.shape[0]! * features!.shape[1]!;
  return Array.from({ length: rows }, (_, row) => [
    ...features!.data.subarray(row * pca_dim, (row + 1) * pca_dim),
    ...coordinates!.data.subarray(row * coord_dim, (row + 1) * coord_dim),
  ]).flat();
}

for (const points of [5, 20] as const) {
  forEachBackend(`draw() reproduces sampling_tiny over ${points} points`, async () => {
    await assertNoLeak(async () => {
      using tiny = tinyTransformer();
      assertClose(await sample(tiny, "cfm", points), flat(vectors.sampling_tiny[`cfm_num_points_${points}`]), NETWORK);
      const vfm = flat(vectors.sampling_tiny[`vfm_num_points_${points}`]);
      assertClose(await sample(tiny, "gvfm", points), vfm, NETWORK);
      assertClose(await sample(tiny, "glvfm", points), vfm, NETWORK);
    });
  });
}
