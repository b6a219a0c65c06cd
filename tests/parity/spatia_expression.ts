import { add, hostArray, mean, sinkhorn, slice, type Tensor } from "../../core/mod.ts";
import { disposeTree, type Params } from "../../core/tree.ts";
import { rowContrast } from "../../plugins/spatia-encoder/contrast.ts";
import { negativeBinomialLoss, zeroInflatedLoss } from "../../plugins/spatia-encoder/count_likelihood.ts";
import { decodeShares } from "../../plugins/spatia-encoder/expression_decoder.ts";
import {
  elasticSimilarity,
  expressedLoss,
  logScaledError,
  maskedAbsoluteError,
  maskedRelativeError,
  maskedSquaredError,
  releasedContrast,
} from "../../plugins/spatia-encoder/released_losses.ts";
import type { Check, Outcomes } from "./compare.ts";
import { type Fixture, floats, setting } from "./fixture.ts";
import { read, upload, uploadTree } from "./tensors.ts";

/** Additions of the authors' program to counts of 0. */
const [FOR_LOGARITHM, FOR_RATIO] = [0.5, 0.1];

/** PyTorch's `[out, in]` as `[in, out]`. */
function transposed(fixture: Fixture, name: string): ReturnType<typeof floats> {
  const { data, shape } = floats(fixture, name);
  const [outputs, inputs] = shape as [number, number];
  const out = data.map((_, at) => data[(at % outputs) * inputs + Math.floor(at / outputs)]!);
  return hostArray(out, [inputs, outputs]);
}

function decoderOf(fixture: Fixture): Params {
  const at = (name: string): string => `expr_decoder.${name}`;
  const linear = (name: string) => ({
    weight: transposed(fixture, at(`${name}.weight`)),
    bias: floats(fixture, at(`${name}.bias`)),
  });
  const norm = (name: string) => ({
    weight: floats(fixture, at(`${name}.weight`)),
    bias: floats(fixture, at(`${name}.bias`)),
  });
  return uploadTree({
    expr: {
      fc: { 0: linear("fc.0"), 1: norm("fc.1"), 4: linear("fc.4"), 5: norm("fc.5") },
      pred_var_zero: linear("pred_var_zero"),
    },
  });
}

/** Plans of similarity matrices: transport at minus the similarity. */
function plansOf(fixture: Fixture): Float64Array {
  const { data, shape } = floats(fixture, "in/similarity_matrix");
  const [count, rows, columns] = shape as [number, number, number];
  const { eps } = fixture.config["sinkhorn"] as { readonly eps: number };
  const out = new Float64Array(data.length);
  for (let i = 0; i < count; i++) {
    const from = i * rows * columns;
    const cost = Float64Array.from(data.subarray(from, from + rows * columns), (value) => -value);
    out.set(sinkhorn(cost, rows, columns, { epsilon: eps }).plan, from);
  }
  return out;
}

/** Likelihoods of counts, masked losses, contrasts and the decoder of expression. */
export const checkExpressionLosses: Check = async (fixture): Promise<Outcomes> => {
  const params = decoderOf(fixture);
  const { skip } = fixture.config["decoder"] as { readonly skip: number };
  try {
    const made = await read(() => {
      const of = (name: string): Tensor => upload(floats(fixture, `in/${name}`));
      const [counts, prediction, mask] = [of("counts"), of("prediction"), of("mask")];
      const law = { mean: of("mean"), dispersion: of("dispersion"), zeroLogits: of("zero_logits") };
      const [a, b] = [of("embedding_a"), of("embedding_b")];
      const tokens = of("decoder_tokens");
      const [cells, count, width] = tokens.shape as [number, number, number];
      const decoded = decodeShares(params, "expr", slice(tokens, [0, skip, 0], [cells, count - skip, width]));
      return {
        "out/zinb": mean(zeroInflatedLoss(counts, law)),
        "out/nb": mean(negativeBinomialLoss(counts, law)),
        "out/mse_log2_normalised": logScaledError(prediction, add(counts, FOR_LOGARITHM)),
        "out/masked_mse": maskedSquaredError(prediction, counts, mask),
        "out/masked_mae": maskedAbsoluteError(prediction, counts, mask),
        "out/bernoulli": expressedLoss(of("probability"), counts, mask),
        "out/relative_error": maskedRelativeError(prediction, add(counts, FOR_RATIO), mask),
        "out/similarity_as_coded": releasedContrast(a, b, setting(fixture, "temperature")),
        "out/similarity_intended": rowContrast(a, b, setting(fixture, "temperature")).forth,
        "out/ecs": elasticSimilarity(a, setting(fixture, "ecs_threshold")),
        "out/decoder_mean": decoded.share,
        "out/decoder_disp": decoded.dispersion,
        "out/decoder_zero_logits": decoded.zeroLogits,
      };
    });
    return { ...made, "out/similarity_plan": plansOf(fixture) };
  } finally {
    disposeTree(params);
  }
};
