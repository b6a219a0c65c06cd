import { add, hostArray, mul, reshape, type Tensor, tensor } from "../../../core/mod.ts";
import { adjustedRandIndex } from "../../../core/metrics/adjusted_rand.ts";
import { classification } from "../../../core/metrics/classification.ts";
import { attention } from "../../../core/tensor/attention.ts";
import { rowContrast } from "../../../plugins/spatia-encoder/contrast.ts";
import {
  logGamma,
  logGammaRise,
  negativeBinomialLoss,
  zeroInflatedLoss,
} from "../../../plugins/spatia-encoder/count_likelihood.ts";
import { maskedTokenError } from "../../../plugins/spatia-encoder/masked_error.ts";
import { sharedInformation } from "../../../plugins/spatia-encoder/probes/mutual_information.ts";
import { geneScores } from "../../../plugins/spatia-encoder/tasks/imputation.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { forEachBackend } from "../../core/backends.ts";
import { assertGradient } from "../../core/tensor/finite_differences.ts";
import { DataError } from "../../../core/errors.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose, flat } from "../../vectors/arrays.ts";
import { vectors } from "./setup.ts";

const FLOAT32 = 2e-5;

forEachBackend("likelihoods of counts equal the specification", async () => {
  const { zinb, lgamma } = vectors;
  const { counts, mean, dispersion, zero_logits } = zinb.in;
  const made = await read(() => {
    const law = { mean: tensorOf(mean), dispersion: tensorOf(dispersion), zeroLogits: tensorOf(zero_logits) };
    const y = tensorOf(counts);
    const x = tensorOf(lgamma.in.x);
    return {
      zinb: zeroInflatedLoss(y, law),
      nb: negativeBinomialLoss(y, law),
      gamma: logGamma(x),
      rise: logGammaRise(x, mul(x, 0.5)),
      far: logGamma(mul(x, 1.5)),
    };
  });
  assertClose(made.zinb, zinb.out.per_entry, FLOAT32);
  assertClose(made.nb, zinb.out.nb_per_entry, FLOAT32);
  assertAlmostEquals(made.zinb.reduce((a, b) => a + b) / 4, zinb.out.mean, FLOAT32);
  assertClose(made.gamma, lgamma.out, FLOAT32, FLOAT32);
  assertClose(made.rise, made.far.map((value, i) => value - made.gamma[i]!), 2e-4, 1e-5);
});

Deno.test({
  name: "likelihoods of large counts and dispersions keep float32 accuracy",
  ignore: !hasPython("scipy"),
  fn: async () => {
    const [counts, mean, dispersion] = [
      [0, 1, 50, 3000, 20000, 7],
      [1e-3, 4, 60, 2500, 15000, 9],
      [0.01, 500, 2000, 2900, 3, 2900],
    ];
    const { nb } = await read(() => ({
      nb: negativeBinomialLoss(tensorOf(counts!), { mean: tensorOf(mean!), dispersion: tensorOf(dispersion!) }),
    }));
    const program = "from scipy.stats import nbinom\n" +
      "y, m, r = (np.array(d[k]) for k in ('y', 'm', 'r'))\nout = -nbinom.logpmf(y, r, r / (r + m))";
    assertClose(nb, flat(askPython(program, { y: counts, m: mean, r: dispersion })), 6e-3);
  },
});

forEachBackend("gradients of the likelihoods equal finite differences", async () => {
  const counts = [0, 3, 0, 7];
  const [mean, dispersion, zeros] = [[0.5, 2.5, 1, 6], [1.2, 0.8, 2, 3.5], [0.3, -1, 1.5, -2]];
  const inputs = [mean, dispersion, zeros].map((values) => ({ shape: [4], values: values! }));
  await assertGradient((m, r, z) => {
    const law = { mean: m!, dispersion: r!, zeroLogits: z! };
    return add(zeroInflatedLoss(tensor(counts), law), negativeBinomialLoss(tensor(counts), law));
  }, inputs);
});

forEachBackend("masked error, attention and contrast equal the specification", async () => {
  const { mae_loss, cross_attention, cross_modal_nce } = vectors;
  const { q, k, v, alpha } = cross_attention.in;
  const one = (x: Tensor): Tensor => reshape(x, [1, ...x.shape]);
  const made = await read(() => {
    const [queries, keys, values] = [tensorOf(q), tensorOf(k), tensorOf(v)];
    const output = attention(one(one(queries)), one(one(keys)), one(one(values)));
    const { image, expression, tau } = cross_modal_nce.in;
    const { forth, back, loss } = rowContrast(tensorOf(image), tensorOf(expression), tau);
    return {
      error: maskedTokenError(
        tensorOf(mae_loss.in.target),
        tensorOf(mae_loss.in.prediction),
        tensorOf(mae_loss.in.mask),
      ),
      output,
      residual: add(queries, mul(reshape(output, queries.shape), alpha)),
      forth,
      back,
      loss,
    };
  });
  assertAlmostEquals(made.error[0]!, mae_loss.out, FLOAT32);
  assertClose(made.output, flat(cross_attention.out.output), FLOAT32);
  assertClose(made.residual, flat(cross_attention.out.q_plus_alpha_output), FLOAT32);
  assertAlmostEquals(made.forth[0]!, cross_modal_nce.out.image_to_expression, FLOAT32);
  assertAlmostEquals(made.back[0]!, cross_modal_nce.out.expression_to_image, FLOAT32);
  assertAlmostEquals(made.loss[0]!, cross_modal_nce.out.loss, FLOAT32);
});

Deno.test("metrics of genes, clusters and classes equal the specification", () => {
  const { gene_pearson, ari_nmi, macro_f1 } = vectors;
  const { perGene, pearson, rmse } = geneScores(
    [hostArray(Float32Array.from(flat(gene_pearson.in.prediction)), [4, 3])],
    [hostArray(Float32Array.from(flat(gene_pearson.in.truth)), [4, 3])],
  );
  assertClose(perGene[0]!, gene_pearson.out.per_gene, 1e-6);
  assertAlmostEquals(pearson, gene_pearson.out.mean, 1e-6);
  // Here RMSE is over all entries; with one section the mean over genes is the same.
  assertAlmostEquals(rmse, gene_pearson.out.rmse, 1e-6);

  const { labels, clusters } = ari_nmi.in;
  const { mutual, entropies, normalized } = sharedInformation(labels, clusters);
  assertAlmostEquals(adjustedRandIndex(labels, clusters), ari_nmi.out.ari, 1e-7);
  assertAlmostEquals(mutual, ari_nmi.out.mi, 1e-7);
  assertClose(entropies, [ari_nmi.out.h_labels, ari_nmi.out.h_clusters], 1e-7);
  assertAlmostEquals(normalized, ari_nmi.out.nmi, 1e-7);
  const one = labels.map(() => 4);
  assertEquals(sharedInformation(labels, labels.map((at) => 9 - at)).normalized, ari_nmi.out.nmi_perfect);
  assertEquals(sharedInformation(labels, one).normalized, ari_nmi.out.nmi_single_cluster);
  assertEquals(sharedInformation(one, one).normalized, 1);
  assertThrows(() => sharedInformation([-1], [0]), DataError, "no item has a part on both sides");
  assertThrows(() => sharedInformation([1], [0, 1]), TypeError, "1 and 2 items");

  const { macro, classes } = classification(macro_f1.in.labels, macro_f1.in.predicted, 3);
  assertClose(classes.map(({ f1 }) => f1), macro_f1.out.f1_per_class, 1e-8);
  assertClose(classes.map(({ precision }) => precision), macro_f1.out.precision_per_class, 1e-8);
  assertAlmostEquals(macro.f1, macro_f1.out.macro_f1, 1e-8);
  assertAlmostEquals(macro.precision, macro_f1.out.macro_precision, 1e-8);
});
