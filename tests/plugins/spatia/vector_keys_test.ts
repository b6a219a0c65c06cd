import { assert, assertEquals } from "../../assert.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { vectors } from "./setup.ts";

const TESTS = new URL("../../", import.meta.url);
const VECTORS = new URL("vectors/spatia.json", TESTS);

const PLUGIN = "plugins/spatia";
const PAIRING = `${PLUGIN}/pairing_test.ts`;
const MORPHOLOGY = `${PLUGIN}/morphology_test.ts`;
const LOSSES = `${PLUGIN}/losses_test.ts`;
const NETWORK = `${PLUGIN}/network_test.ts`;
const SCORES = `${PLUGIN}/scores_test.ts`;

/** Which test reads which case of the vectors. */
const CLAIMS: Readonly<Record<string, string>> = {
  "pca_cost": PAIRING,
  "sinkhorn_3x3_eps005": PAIRING,
  "sinkhorn_3x3_eps05": PAIRING,
  "sinkhorn_2x3": PAIRING,
  "sinkhorn_unconverged": PAIRING,
  "sinkhorn_mean_normalised": PAIRING,
  "exact_ot_3x3": PAIRING,
  "exact_ot_3x3_b": PAIRING,
  "confidence_eps05": PAIRING,
  "confidence_fixed_plan": PAIRING,
  "weights_gamma": PAIRING,
  "weights_entropy": PAIRING,
  "weights_clipped": PAIRING,
  "weights_group_size_bias": PAIRING,
  "pair_diagnostics": PAIRING,
  "signature_dg": PAIRING,
  "signature_dm": PAIRING,
  "niche_role": PAIRING,
  "bridge": LOSSES,
  "weighted_fm_loss": LOSSES,
  "weighted_fm_gradient": LOSSES,
  "contrastive_hinge": LOSSES,
  "contrastive_gradient": LOSSES,
  "delta_fm_loss": LOSSES,
  "sliced_wasserstein": LOSSES,
  "total_loss": LOSSES,
  "morphology_features": MORPHOLOGY,
  "xenium_crop": MORPHOLOGY,
  "time_embedding": NETWORK,
  "cfg": NETWORK,
  "ode": NETWORK,
  "edm_grid": NETWORK,
  "skewed_t": NETWORK,
  "ema": NETWORK,
  "profile_scores": SCORES,
  "kid": SCORES,
  "frechet": SCORES,
  "mmd_rbf": SCORES,
};

/** Cases of the representation, which the other plugin of the paper reads. */
const REPRESENTATION: readonly string[] = [
  "zinb",
  "lgamma",
  "cross_attention",
  "mae_loss",
  "cross_modal_nce",
  "ari_nmi",
  "macro_f1",
  "gene_pearson",
];

Deno.test("every case of the spatia vectors is read by a test", () => {
  assertEquals(
    [...Object.keys(CLAIMS), ...REPRESENTATION].sort(),
    Object.keys(vectors).sort(),
  );
  const unread = Object.entries(CLAIMS).filter(([key, file]) => {
    const source = Deno.readTextFileSync(new URL(file, TESTS));
    return !new RegExp(`vectors\\.${key}\\b`).test(source) &&
      !new RegExp(`const \\{[^}]*\\b${key}\\b[^}]*\\} = vectors;`).test(source);
  });
  assertEquals(unread, []);
  const folder = new URL("plugins/spatia_encoder/", TESTS);
  const others = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
    .map(({ name }) => Deno.readTextFileSync(new URL(name, folder))).join("\n");
  assertEquals(REPRESENTATION.filter((key) => !new RegExp(`\\b${key}\\b`).test(others)), []);
});

Deno.test({
  name: "the spatia vectors are a verbatim copy",
  ignore: !hasShared,
  fn: () => {
    const original = Deno.readFileSync(sharedPath("methods/spatia.vectors.json"));
    const copy = Deno.readFileSync(VECTORS);
    assert(original.length === copy.length && original.every((byte, i) => byte === copy[i]));
  },
});
