import { applyLayerNorm, integerTimeFeatures, leakyRelu, type Params, tensor } from "../../../core/mod.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { FLOAT32, vectors } from "./tiny.ts";

forEachBackend("integerTimeFeatures() reproduces time_features", async () => {
  const { t, dim, expected, dim_120_sum, ...entries } = vectors.time_features;
  const small = await read(() => ({ out: integerTimeFeatures(tensor([t]), dim) }));
  assertClose(small.out, expected, FLOAT32);
  const full = await read(() => ({ out: integerTimeFeatures(tensor([0.37]), 120) }));
  assertEquals(full.out.length, 240);
  const chosen = Object.entries(entries["dim_120_t_0.37_entries"]);
  assertEquals(chosen.length, 6);
  for (const [at, value] of chosen) assertAlmostEquals(full.out[Number(at)]!, value, FLOAT32);
  assertAlmostEquals(full.out.reduce((a, b) => a + b, 0), dim_120_sum, FLOAT32);
});

forEachBackend("leakyRelu() and applyLayerNorm() reproduce activation_defaults", async () => {
  const { leaky_relu_slope, layer_norm_eps, examples } = vectors.activation_defaults;
  const { relu, norm, tiny } = await read(() => {
    const layer = (width: number): Params => ({
      norm: { weight: tensor(Array(width).fill(1)), bias: tensor(Array(width).fill(0)) },
    });
    return {
      relu: leakyRelu(tensor([-2, 3]), leaky_relu_slope),
      norm: applyLayerNorm(layer(3), "norm", tensor([1, 2, 4], [1, 3])),
      // With a variance as small as epsilon, epsilon decides: 0.001 / sqrt(1e-6 + eps).
      tiny: applyLayerNorm(layer(2), "norm", tensor([-0.001, 0.001], [1, 2])),
    };
  });
  assertClose(relu, [examples["leaky_relu(-2)"], 3], FLOAT32);
  assertClose(norm, examples["layer_norm([1,2,4])"], FLOAT32);
  assertAlmostEquals(tiny[1]!, 0.001 / Math.sqrt(1e-6 + layer_norm_eps), FLOAT32);
});
