import {
  abs,
  type Batch,
  concat,
  type Cond,
  dispose,
  dormandPrinceSampler,
  draw,
  flowTrainable,
  gaussianPrior,
  type Loss,
  mean,
  type Method,
  mul,
  ownBatch,
  plusLoss,
  regression,
  reshape,
  rng,
  silu,
  square,
  squared,
  type State,
  sub,
  sum,
  type Tensor,
  tensor,
  tensorAt,
  zeros,
} from "../../../core/mod.ts";
import { sinusoidalPath } from "./sinusoidal_path.ts";
import { applyMlp, column, joinBatches, mlpParams, type Tiny } from "./tiny.ts";

const [SIDE, CHANNELS, GENES, WIDTH] = [4, 2, 5, 12];
const PIXELS = SIDE * SIDE * CHANNELS;
type Picture = State & { readonly img: Tensor };
/** Expression `[B, G]`, and its encoding `[B, E]`, which `encode` adds. */
type Profile = Cond & { readonly gene: Tensor };

const path = sinusoidalPath<Picture>(0.05, false);
const velocity = regression<Picture, Profile>({
  path,
  predicts: "velocity",
  parts: { img: { element: squared, weight: 1 } },
});

/** Mean of each 2 x 2 block, `[B, H/2, W/2, C]`. */
function halved(img: Tensor): Tensor {
  const [rows, side] = [img.shape[0]!, SIDE / 2];
  return mean(reshape(img, [rows, side, 2, side, 2, CHANNELS]), [2, 4]);
}

/** A term on the predicted end image, from step 0 at half its weight. */
const objective = plusLoss(velocity, "spatial", {
  value(prediction, { xt, t, x1 }, ctx): Tensor {
    const end = ctx.path.toTarget("velocity", prediction, xt, t);
    return mean(square(sub(halved(end.img), halved(x1.img))));
  },
  weight: (step) => 0.25 * (1 + Math.min(1, step / 10)),
});

/** An image from a gene profile: curved noisy path, penalty on the gene encoder, adaptive steps. */
export const geneMethod: Method<Picture, Profile> = {
  prior: gaussianPrior(),
  path,
  objective,
  backbone: {
    init: (stream) => ({
      encoder: mlpParams(stream.fold("encoder"), [GENES, WIDTH]),
      net: mlpParams(stream.fold("net"), [PIXELS + 1 + WIDTH, 24, PIXELS]),
    }),
    encode: (params, { gene }) => ({ gene, code: silu(applyMlp(params, "encoder", gene)) }),
    apply(params, { img }, t, { code }): Picture {
      if (code === undefined) {
        throw new TypeError('Cannot draw a picture: the conditioning has no "code", encode it first');
      }
      const flat = reshape(img, [img.shape[0]!, PIXELS]);
      return { img: reshape(applyMlp(params, "net", concat([flat, column(t), code], 1)), img.shape) };
    },
  },
  sampler: dormandPrinceSampler({ absolute: 1e-2, relative: 1e-2 }),
  field: (predict) => (x, t) => objective.velocity(predict(x, t), x, t),
  times: ({ target }, stream) => stream.uniform([target.img.shape[0]!]),
  batches: () => Promise.reject(new Error("toy data")),
  penalty(params): Loss {
    const l1 = mul(sum(abs(tensorAt(params, "encoder/layers/0/weight"))), 0.001);
    return { total: l1, parts: { l1 } };
  },
};

/** The first genes set the brightness of the channels, the third a left-to-right ramp. */
export function pictures(step: number): Batch<Picture, Profile> {
  const gene = rng(step).fold("genes").host.uniform(12 * GENES);
  const img = Float32Array.from({ length: 12 * PIXELS }, (_, i) => {
    const [row, channel] = [Math.floor(i / PIXELS), i % CHANNELS];
    const across = Math.floor(i / CHANNELS) % SIDE / SIDE;
    return gene[row * GENES + channel]! + across * gene[row * GENES + 2]!;
  });
  return ownBatch<Picture, Profile>({
    target: { img: tensor(img, [12, SIDE, SIDE, CHANNELS]) },
    cond: { gene: tensor(gene, [12, GENES]) },
  });
}

/** Images from gene expression. */
export const geneflow: Tiny<Batch<Picture, Profile>> = {
  name: "geneflow",
  trainable: flowTrainable(geneMethod),
  rate: 0.02,
  falls: 0.5,
  rowsInteract: false,
  batch: (step) => Promise.resolve(pictures(step)),
  join: joinBatches,
  async draw(params, stream): Promise<State> {
    const like = { img: zeros([3, SIDE, SIDE, CHANNELS]) };
    const gene = tensor(rng(5).host.uniform(3 * GENES), [3, GENES]);
    const times = { from: 0, to: 1, firstStep: 0.1, maxSteps: 200 };
    const { x } = await draw(geneMethod, { params, cond: { gene }, like, times, rng: stream });
    dispose([like.img, gene]);
    return x;
  },
};
