import {
  add,
  applyLinear,
  concat,
  div,
  elu,
  exp,
  linearParams,
  matMul,
  mean,
  mul,
  ones,
  type Params,
  relu,
  type Rng,
  slice,
  sparseProduct,
  sqrt,
  square,
  sub,
  symmetricUniform,
  type Tensor,
  tensorAt,
  zeros,
} from "../../core/mod.ts";
import type { SedrBatch } from "./batch.ts";
import type { SedrConfig } from "./config.ts";

/** Keeps the spread of a constant unit away from 0, and the share of an epoch in the running statistics. */
const [EPSILON, MOMENTUM] = [1e-3, 0.01];

/** Layers of the encoder of expression. */
const LAYERS = [0, 1] as const;

/** How the network is evaluated. */
export interface SedrPass {
  /** Stream of dropout and of the sampled embedding; absent for the network as it is used, with running statistics. */
  readonly train?: Rng;
  /** 1 for masked cells and 0 for the others, `[N, 1]`; absent masks none. */
  readonly mask?: Tensor;
}

/** What the network makes of a batch. */
export interface SedrOutput {
  /** Input after masking, `[N, C]`. */
  readonly input: Tensor;
  /** Coordinates of the embedding that come from expression, `[N, features]`. */
  readonly features: Tensor;
  /** Mean of those that come from the neighbourhood, `[N, spatial]`. */
  readonly mean: Tensor;
  /** Their log standard deviation, `[N, spatial]`. */
  readonly logStd: Tensor;
  /** The embedding, `[N, features + spatial]`. */
  readonly z: Tensor;
  /** Reconstructed components, `[N, C]`. */
  readonly reconstruction: Tensor;
  /** Running statistics after this pass. */
  readonly state: Params;
}

/** Xavier's start of a graph convolution, which has no bias. */
function convolutionParams(rng: Rng, inputs: number, outputs: number): Params {
  return symmetricUniform(rng, [inputs, outputs], Math.sqrt(6 / (inputs + outputs)));
}

/**
 * Create parameters.
 *
 * @param network Widths.
 * @param components Width of the input.
 * @param rng Stream.
 * @returns `{ encoder: [{ weight, bias, gamma, beta }], convolution: { hidden, mean, logStd }, decoder, token }`.
 */
export function sedrParams(network: SedrConfig["network"], components: number, rng: Rng): Params {
  const { encoder, features, hidden, spatial } = network;
  const widths = [components, encoder, features] as const;
  const convolution = rng.fold("convolution");
  return {
    encoder: LAYERS.map((layer) => ({
      ...linearParams(rng.fold("encoder").fold(layer), widths[layer], widths[layer + 1]!) as Record<string, Tensor>,
      gamma: ones([widths[layer + 1]!]),
      beta: zeros([widths[layer + 1]!]),
    })),
    convolution: {
      hidden: convolutionParams(convolution.fold("hidden"), features, hidden),
      mean: convolutionParams(convolution.fold("mean"), hidden, spatial),
      logStd: convolutionParams(convolution.fold("logStd"), hidden, spatial),
    },
    decoder: convolutionParams(rng.fold("decoder"), features + spatial, components),
    token: zeros([components]),
  };
}

/**
 * Create running statistics of batch norm.
 *
 * @param network Widths.
 * @returns `{ encoder: [{ mean, variance }] }`, mean 0 and variance 1.
 */
export function sedrState({ encoder, features }: SedrConfig["network"]): Params {
  return { encoder: [encoder, features].map((width) => ({ mean: zeros([width]), variance: ones([width]) })) };
}

interface Normalised {
  readonly out: Tensor;
  readonly state: Params;
}

/** Batch norm over the cells: with statistics of the cells in training, with running ones otherwise. */
function batchNorm(params: Params, state: Params, path: string, x: Tensor, train: boolean): Normalised {
  const running = { mean: tensorAt(state, `${path}/mean`), variance: tensorAt(state, `${path}/variance`) };
  const rows = x.shape[0]!;
  const centre = train ? mean(x, 0) : running.mean;
  const apart = sub(x, centre);
  const variance = train ? mean(square(apart), 0) : running.variance;
  const follow = (old: Tensor, now: Tensor): Tensor => add(mul(old, 1 - MOMENTUM), mul(now, MOMENTUM));
  const scale = div(tensorAt(params, `${path}/gamma`), sqrt(add(variance, EPSILON)));
  return {
    out: add(mul(apart, scale), tensorAt(params, `${path}/beta`)),
    state: !train ? running : {
      mean: follow(running.mean, centre),
      variance: follow(running.variance, mul(variance, rows / Math.max(1, rows - 1))),
    },
  };
}

/** Dropout while training. */
function dropped(x: Tensor, probability: number, rng: Rng | undefined): Tensor {
  if (rng === undefined || probability === 0) return x;
  return mul(x, rng.bernoulli(x.shape, 1 - probability, 1 / (1 - probability)));
}

function masked(x: Tensor, token: Tensor, mask: Tensor | undefined, mode: SedrConfig["masking"]["mode"]): Tensor {
  if (mask === undefined) return x;
  const put = mul(mask, token);
  return add(mode === "add" ? x : mul(x, sub(1, mask)), put);
}

/**
 * Evaluate the network: a masked autoencoder of expression, then a variational graph autoencoder on its code.
 *
 * @param params Parameters.
 * @param state Running statistics.
 * @param batch Cells and their graph.
 * @param config Dropout and masking.
 * @param pass Training or not, and which cells are masked.
 * @returns Embedding, reconstruction and the new statistics.
 */
export function sedrNetwork(
  params: Params,
  state: Params,
  batch: Pick<SedrBatch, "x" | "links" | "weight">,
  { network, masking }: Pick<SedrConfig, "network" | "masking">,
  { train, mask }: SedrPass,
): SedrOutput {
  const { x, links, weight } = batch;
  const drop = (h: Tensor, name: string): Tensor => dropped(h, network.dropout, train?.fold(name));
  // The convolution matrix is applied on the narrower side of each map: (A h) W = A (h W).
  const convolve = (h: Tensor): Tensor => sparseProduct(links, weight, h, x.shape[0]!);
  const input = masked(x, tensorAt(params, "token"), mask, masking.mode);
  let features = input;
  const statistics = LAYERS.map((layer) => {
    const path = `encoder/${layer}`;
    const { out, state: next } = batchNorm(
      params,
      state,
      path,
      applyLinear(params, path, features),
      train !== undefined,
    );
    features = drop(elu(out), path);
    return next;
  });
  const of = (name: string): Tensor => tensorAt(params, `convolution/${name}`);
  const hidden = relu(matMul(convolve(drop(features, "hidden")), of("hidden")));
  const both = convolve(
    concat([matMul(drop(hidden, "mean"), of("mean")), matMul(drop(hidden, "logStd"), of("logStd"))], 1),
  );
  const [rows, width] = [x.shape[0]!, network.spatial];
  const [centre, logStd] = [slice(both, [0, 0], [rows, width]), slice(both, [0, width], [rows, width])];
  const spatial = train === undefined
    ? centre
    : add(centre, mul(exp(logStd), train.fold("sample").normal([rows, width])));
  const z = concat([features, spatial], 1);
  const reconstruction = matMul(convolve(drop(z, "decoder")), tensorAt(params, "decoder"));
  return { input, features, mean: centre, logStd, z, reconstruction, state: { encoder: statistics } };
}
