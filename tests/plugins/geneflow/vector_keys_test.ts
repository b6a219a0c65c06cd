import { assert, assertEquals } from "../../assert.ts";
import { hasShared, sharedPath } from "../../shared.ts";

const TESTS = new URL("../../", import.meta.url);
const VECTORS = new URL("vectors/geneflow.json", TESTS);

const PLUGIN = "plugins/geneflow";
const IMAGES = "core/images/images_test.ts";
const METRICS = "core/metrics/image_metrics_test.ts";
const XENIUM = "datasets/xenium_bundle_test.ts";
const ENCODER = `${PLUGIN}/encoder_test.ts`;
const UNET = `${PLUGIN}/unet_test.ts`;
const SPATIAL = `${PLUGIN}/spatial_test.ts`;
const ANALYSIS = `${PLUGIN}/analysis_test.ts`;

/** Which test reads which key of the vectors. */
const CLAIMS: Readonly<Record<string, string>> = {
  "_meta": `${PLUGIN}/vector_keys_test.ts`,
  "path": `${PLUGIN}/path_test.ts`,
  "time_embedding": UNET,
  "low_rank_relation": ENCODER,
  "gene_attention": ENCODER,
  "layer_norm": ENCODER,
  "layer_norm_attenuation": ENCODER,
  "encoder_residual_block": ENCODER,
  "feature_gate": ENCODER,
  "masked_cell_attention": ENCODER,
  "single_cell_head_mixing": ENCODER,
  "group_norm_film": UNET,
  "qkv_attention": UNET,
  "parameter_counts": ENCODER,
  "small_unet_parameter_counts": UNET,
  "cosine_lr": ANALYSIS,
  "spatial_warmup": SPATIAL,
  "adamw": ANALYSIS,
  "diffusion": `${PLUGIN}/diffusion_test.ts`,
  "dormand_prince": `${PLUGIN}/solver_test.ts`,
  "formula_image": IMAGES,
  "ssim": METRICS,
  "sobel": SPATIAL,
  "patch_statistics": SPATIAL,
  "simple_spatial_loss_code": SPATIAL,
  "gradient_graph_loss_paper": SPATIAL,
  "segmentation_loss_code": SPATIAL,
  "segmentation_loss_paper": SPATIAL,
  "glcm": IMAGES,
  "rgb_to_gray_uint8": IMAGES,
  "otsu": IMAGES,
  "morphometrics": IMAGES,
  "nucleus_pipeline": IMAGES,
  "ks_similarity": METRICS,
  "frechet": METRICS,
  "hypergeometric": ANALYSIS,
  "gene_importance": ANALYSIS,
  "bh_adjust": ANALYSIS,
  "normalisation": ANALYSIS,
  "sliding_windows": XENIUM,
  "hest_windows": XENIUM,
  "coordinate_transform": XENIUM,
  "crop": XENIUM,
  "histogram_match": IMAGES,
};

/** Whether a test file takes the key from the vectors. */
function reads(source: string, key: string): boolean {
  return new RegExp(`vectors\\.${key}\\b`).test(source) ||
    new RegExp(`const \\{[^}]*\\b${key}\\b[^=]*\\} =\\s+vectors(\\.\\w+)?;`).test(source);
}

Deno.test("every key of the geneflow vectors is read by a test", () => {
  const vectors = JSON.parse(Deno.readTextFileSync(VECTORS));
  assertEquals(vectors._meta.suggested_tolerance.float32, 2e-5);
  assertEquals(Object.keys(CLAIMS).sort(), Object.keys(vectors).sort());
  const unread = Object.entries(CLAIMS).filter(([key, file]) =>
    !reads(Deno.readTextFileSync(new URL(file, TESTS)), key)
  );
  assertEquals(unread, []);
});

Deno.test({
  name: "the geneflow vectors are a verbatim copy",
  ignore: !hasShared,
  fn: () => {
    const original = Deno.readFileSync(sharedPath("methods/geneflow.vectors.json"));
    const copy = Deno.readFileSync(VECTORS);
    assert(original.length === copy.length && original.every((byte, i) => byte === copy[i]));
  },
});
