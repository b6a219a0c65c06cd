import { assert, assertEquals } from "../../assert.ts";
import { hasShared, sharedPath } from "../../shared.ts";

const TESTS = new URL("../../", import.meta.url);
const VECTORS = new URL("vectors/nicheflow.json", TESTS);

const SPATIAL = "core/spatial";
const COUPLING = "core/coupling";
const METRICS = "core/metrics";
const OPTIM = "core/optim";
const PLUGIN = "plugins/nicheflow";

/** Which test reads which key of the vectors. */
const CLAIMS: Readonly<Record<string, string>> = {
  "meta": `${PLUGIN}/vector_keys_test.ts`,
  "normalize_total_log1p": `${SPATIAL}/normalize_total_test.ts`,
  "pca": `${SPATIAL}/pca_test.ts`,
  "standardize_coords": `${SPATIAL}/standardize_test.ts`,
  "minmax_coords": `${SPATIAL}/standardize_test.ts`,
  "niches": `${SPATIAL}/niches_test.ts`,
  "niches_radius_0.9": `${SPATIAL}/niches_test.ts`,
  "modal_tie_break": `${SPATIAL}/niches_test.ts`,
  "grid_centroids": `${SPATIAL}/grid_centres_test.ts`,
  "kmeans": `${SPATIAL}/kmeans_test.ts`,
  "region_sampling": `${SPATIAL}/regions_test.ts`,
  "ot_niche": `${COUPLING}/couplings_test.ts`,
  "sinkhorn_rectangular": `${COUPLING}/sinkhorn_test.ts`,
  "plan_sampling": `${COUPLING}/plan_test.ts`,
  "interpolation": `${PLUGIN}/objective_test.ts`,
  "vfm_velocity": `${PLUGIN}/objective_test.ts`,
  "losses": `${PLUGIN}/objective_test.ts`,
  "vfm_cfm_identity": `${PLUGIN}/objective_test.ts`,
  "eval_item_counts": `${PLUGIN}/items_test.ts`,
  "euler_vfm_constant_mean": `${PLUGIN}/euler_test.ts`,
  "euler_linear_decay": `${PLUGIN}/euler_test.ts`,
  "euler_vfm_affine_mean": `${PLUGIN}/euler_test.ts`,
  "time_features": `${PLUGIN}/layers_test.ts`,
  "embed_dim_rounding": `${PLUGIN}/transformer_init_test.ts`,
  "weight_formula": `${PLUGIN}/state_dict_test.ts`,
  "transformer_tiny": `${PLUGIN}/transformer_test.ts`,
  "sampling_tiny": `${PLUGIN}/sampling_test.ts`,
  "transformer_tiny_gradients": `${PLUGIN}/transformer_test.ts`,
  "mlp_tiny": `${PLUGIN}/single_point_test.ts`,
  "classifier_tiny": `${PLUGIN}/classifier_test.ts`,
  "parameter_counts": `${PLUGIN}/cost_test.ts`,
  "flops": `${PLUGIN}/cost_test.ts`,
  "metrics": `${METRICS}/psd_spd_test.ts`,
  "weighted_f1": `${METRICS}/classification_test.ts`,
  "wasserstein": `${METRICS}/wasserstein_test.ts`,
  "gromov_wasserstein": `${METRICS}/gromov_wasserstein_test.ts`,
  "kde": `${METRICS}/kde_test.ts`,
  "mapping_probability": `${METRICS}/mapping_probability_test.ts`,
  "adamw": `${OPTIM}/adamw_test.ts`,
  "grad_clip": `${OPTIM}/clip_test.ts`,
  "reduce_on_plateau": `${OPTIM}/schedule_test.ts`,
  "activation_defaults": `${PLUGIN}/layers_test.ts`,
};

/** Whether a test file takes the key from the vectors: `vectors.key`, `vectors["key"]`, or by destructuring them. */
function reads(source: string, key: string): boolean {
  const name = key.replaceAll(".", "\\.");
  return new RegExp(`vectors(\\.${name}\\b|\\["${name}"\\])`).test(source) ||
    new RegExp(`const \\{[^}]*\\b${name}\\b[^}]*\\} = vectors;`).test(source);
}

Deno.test("every key of the nicheflow vectors is read by a test", () => {
  const vectors: Readonly<Record<string, unknown>> = JSON.parse(Deno.readTextFileSync(VECTORS));
  assertEquals(Object.keys(CLAIMS).sort(), Object.keys(vectors).sort());
  const unread = Object.entries(CLAIMS).filter(([key, file]) =>
    !reads(Deno.readTextFileSync(new URL(file, TESTS)), key)
  );
  assertEquals(unread, []);
});

Deno.test("the tolerances of the nicheflow vectors are those they were made with", () => {
  const vectors = JSON.parse(Deno.readTextFileSync(VECTORS));
  assertEquals(vectors.meta.tolerance, { float64: 2e-6, float32: 2e-5, float32_network: 1e-4 });
});

Deno.test({
  name: "the nicheflow vectors are a verbatim copy",
  ignore: !hasShared,
  fn: () => {
    const original = Deno.readFileSync(sharedPath("methods/nicheflow.vectors.json"));
    const copy = Deno.readFileSync(VECTORS);
    assert(original.length === copy.length && original.every((byte, i) => byte === copy[i]));
  },
});
