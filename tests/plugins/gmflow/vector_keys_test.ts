import { assert, assertEquals } from "../../assert.ts";
import { hasShared, sharedPath } from "../../shared.ts";

const TESTS = new URL("../../", import.meta.url);
const VECTORS = new URL("vectors/gmflow.json", TESTS);

const PLUGIN = "plugins/gmflow";
const EMBEDDING = "plugins/sedr";
const COUPLING = `${PLUGIN}/coupling_test.ts`;
const DISTANCES = "core/metrics/sliced_wasserstein_test.ts";

/** Which test reads which key of the vectors. */
const CLAIMS: Readonly<Record<string, string>> = {
  "meta": `${PLUGIN}/vector_keys_test.ts`,
  "timestep_embedding": `${PLUGIN}/network_test.ts`,
  "sigma_schedule": `${PLUGIN}/transitions_test.ts`,
  "gm_nll": `${PLUGIN}/mixture_test.ts`,
  "gm_u_to_x0": `${PLUGIN}/transitions_test.ts`,
  "gm_moments": `${PLUGIN}/mixture_test.ts`,
  "forward_process": `${PLUGIN}/transitions_test.ts`,
  "reverse_transition": `${PLUGIN}/transitions_test.ts`,
  "gm_posterior_convert": `${PLUGIN}/transitions_test.ts`,
  "gm_ode_one_step_1d": `${PLUGIN}/sampler_test.ts`,
  "gm_ode_exact_posterior_1d": `${PLUGIN}/sampler_test.ts`,
  "gm_sde_step": `${PLUGIN}/sampler_test.ts`,
  "gm_second_order": `${PLUGIN}/sampler_test.ts`,
  "probabilistic_guidance": `${PLUGIN}/sampler_test.ts`,
  "gm_weight_power": `${PLUGIN}/mixture_test.ts`,
  "cfm": `${PLUGIN}/network_test.ts`,
  "sinkhorn_3x3": COUPLING,
  "exact_ot": COUPLING,
  "sinkhorn_divergence": DISTANCES,
  "wasserstein_1d": DISTANCES,
  "label_transfer": DISTANCES,
  "stage_interpolation": `${PLUGIN}/network_test.ts`,
  "gm_mlp_forward": `${PLUGIN}/network_test.ts`,
  "ema_karras": `${PLUGIN}/optimizer_test.ts`,
  "lr_warmup": `${PLUGIN}/optimizer_test.ts`,
  "vgae_kl": `${EMBEDDING}/loss_test.ts`,
  "sce_loss": `${EMBEDDING}/loss_test.ts`,
  "inner_product_bce": `${EMBEDDING}/loss_test.ts`,
  "dec": `${EMBEDDING}/loss_test.ts`,
  "adam_coupled_weight_decay": `${EMBEDDING}/loss_test.ts`,
  "sedr_forward": `${EMBEDDING}/network_test.ts`,
  "linear_bn_elu": `${EMBEDDING}/network_test.ts`,
  "gcn_normalised_adjacency": "core/spatial/adjacency_test.ts",
  "knn_graph": "core/spatial/adjacency_test.ts",
  "normalise_and_scale": `${EMBEDDING}/expression_test.ts`,
  "seurat_v3_normalised_variance": `${EMBEDDING}/expression_test.ts`,
  "harmony": "core/spatial/harmony_test.ts",
};

/** Whether a test file takes the key from the vectors. */
function reads(source: string, key: string): boolean {
  return new RegExp(`vectors\\.${key}\\b`).test(source) ||
    new RegExp(`const \\{[^}]*\\b${key}\\b[^}]*\\} = vectors;`).test(source);
}

Deno.test("every key of the gmflow vectors is read by a test", () => {
  const vectors = JSON.parse(Deno.readTextFileSync(VECTORS));
  assert(vectors.meta.description.includes("tolerance 1e-5 (float32)"));
  assertEquals(Object.keys(CLAIMS).sort(), Object.keys(vectors).sort());
  const unread = Object.entries(CLAIMS).filter(([key, file]) =>
    !reads(Deno.readTextFileSync(new URL(file, TESTS)), key)
  );
  assertEquals(unread, []);
});

Deno.test({
  name: "the gmflow vectors are a verbatim copy",
  ignore: !hasShared,
  fn: () => {
    const original = Deno.readFileSync(sharedPath("methods/gmflow.vectors.json"));
    const copy = Deno.readFileSync(VECTORS);
    assert(original.length === copy.length && original.every((byte, i) => byte === copy[i]));
  },
});
