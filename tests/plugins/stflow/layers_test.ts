import { gelu, layerNorm, silu } from "../../../core/mod.ts";
import { STFLOW_DEFAULTS } from "../../../plugins/stflow/config.ts";
import { STFLOW } from "../../bench/stflow.ts";
import { assert, assertEquals } from "../../assert.ts";
import { forEachBackend } from "../../core/backends.ts";
import { tensorOf } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { FLOAT32, valuesOf, vectors } from "./tiny.ts";

forEachBackend("SiLU, exact GELU and layer norm are those of the vectors", async () => {
  const { x, silu: gated, geluErf } = vectors.activations;
  assertClose(await valuesOf(() => silu(tensorOf(x))), gated, FLOAT32);
  assertClose(await valuesOf(() => gelu(tensorOf(x))), geluErf, FLOAT32);
  const { x: row, gamma, beta, eps, y } = vectors.layerNorm;
  assertClose(
    await valuesOf(() => layerNorm(tensorOf([row]), tensorOf(gamma), tensorOf(beta), eps)),
    y,
    FLOAT32,
  );
});

Deno.test("splitting the score network and averaging pairs early saves work, as the benches count it", () => {
  const { nGenes, macsPerSpotForward, macsPerSpotLayer } = {
    ...vectors.cost,
    macsPerSpotLayer: vectors.cost.macsPerSpotPerLayer,
  };
  const { network } = STFLOW_DEFAULTS;
  assertEquals(macsPerSpotForward, network.layers * macsPerSpotLayer + vectors.cost.featureDim * network.width);
  assertEquals(nGenes, 50);
  const sample = STFLOW.find(({ name }) => name === "stflow-sample5-n10000")!;
  using ready = sample.prepare();
  const perSpot = ready.flops / 2 / 10_000;
  // Five naive calls, against ours with pairs and image tokens made once.
  assert(perSpot < 0.55 * 5 * macsPerSpotForward, `${perSpot}`);
  assert(perSpot > 0.3 * 5 * macsPerSpotForward, `${perSpot}`);
  assertEquals(ready.params, 1_147_724);
});
