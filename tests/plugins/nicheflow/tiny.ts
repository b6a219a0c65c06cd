import { type Backbone, type HostArray, hostArray, type Params, type Tensor, tensor } from "../../../core/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { fromStateDict } from "../../../plugins/nicheflow/state_dict.ts";
import type { Niche, NicheCond } from "../../../plugins/nicheflow/niche.ts";
import { singlePointNetwork } from "../../../plugins/nicheflow/single_point.ts";
import { nicheTransformer, type TransformerSizes } from "../../../plugins/nicheflow/transformer.ts";
import { tensorOf, uploadTree } from "../../parity/tensors.ts";
import vectors from "../../vectors/nicheflow.json" with { type: "json" };

export { vectors };

/** How close a result has to be: code on the host, tensor operations, whole networks. */
export const { float64: FLOAT64, float32: FLOAT32, float32_network: NETWORK } = vectors.meta.tolerance;

/** One line of a list of parameters: state-dict name, shape, and the kind that `weight_formula` goes by. */
export type ParameterLine = readonly [name: string, shape: readonly number[], kind: "w" | "gamma" | "beta"];

const OF_KIND = {
  w: (s: number): number => 0.3 * s,
  gamma: (s: number): number => 1 + 0.1 * s,
  beta: (s: number): number => 0.1 * s,
};

/** The weights of `weight_formula`: s = sin(0.7 (k + 1) + 1.3 (i + 1)) for entry k of parameter i. */
export function formulaStateDict(lines: readonly ParameterLine[]): Readonly<Record<string, HostArray>> {
  return Object.fromEntries(lines.map(([name, shape, kind], i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, (_, k) => OF_KIND[kind](Math.sin(0.7 * (k + 1) + 1.3 * (i + 1))));
    return [name, hostArray(data, shape)];
  }));
}

/** Parameters by `weight_formula` on the device. */
export function formulaParams(lines: readonly ParameterLine[]): Params {
  return uploadTree(fromStateDict(formulaStateDict(lines)));
}

/** Lists of parameters as the vectors print them. */
export const LINES = {
  transformer: vectors.transformer_tiny.parameters as unknown as readonly ParameterLine[],
  singlePoint: vectors.mlp_tiny.parameters as unknown as readonly ParameterLine[],
  classifier: vectors.classifier_tiny.parameters as unknown as readonly ParameterLine[],
};

/** A network with its weights and one batch of inputs; frees all of it. */
export interface Tiny extends Disposable {
  readonly backbone: Backbone<Niche, NicheCond, Niche>;
  readonly params: Params;
  readonly xt: Niche;
  readonly cond: NicheCond;
  readonly t: Tensor;
}

const { config, x_cond, pos_cond, ohe_cond, x_target, pos_target, ohe_target, t } = vectors.transformer_tiny;

/** Sizes of `transformer_tiny`. */
export const TINY_SIZES: TransformerSizes = {
  features: config.pca_dim,
  coordinates: config.coord_dim,
  times: config.ohe_dim,
  embed: config.embed_dim,
  feedForward: config.ff_hidden_dim,
  heads: config.num_heads,
  encoders: config.num_encoder_layers,
  decoders: config.num_decoder_layers,
  dropout: config.dropout,
};

function owned(parts: Omit<Tiny, typeof Symbol.dispose>): Tiny {
  const { params, xt, cond, t } = parts;
  return { ...parts, [Symbol.dispose]: () => disposeTree([params, xt, cond, t]) };
}

/** The one-hot of each set; the vectors repeat it on every point. */
function perSet(oneHots: readonly (readonly (readonly number[])[])[]): Tensor {
  return tensorOf(oneHots.map((points) => points[0]!));
}

function tinyCond(): NicheCond {
  return {
    sourceX: tensorOf(x_cond),
    sourcePos: tensorOf(pos_cond),
    sourceTime: perSet(ohe_cond),
    targetTime: perSet(ohe_target),
  };
}

/** The network of `transformer_tiny` with its inputs. */
export function tinyTransformer(): Tiny {
  return owned({
    backbone: nicheTransformer(TINY_SIZES),
    params: formulaParams(LINES.transformer),
    xt: { x: tensorOf(x_target), pos: tensorOf(pos_target) },
    cond: tinyCond(),
    t: tensor(t),
  });
}

/** The network of `mlp_tiny`; its targets are the first three target points. */
export function tinySinglePoint(): Tiny {
  const { config } = vectors.mlp_tiny;
  return owned({
    backbone: singlePointNetwork({
      features: config.pca_dim,
      coordinates: config.coord_dim,
      times: config.ohe_dim,
      hidden: config.hidden_dim,
      timeDim: config.time_emb_dim,
    }),
    params: formulaParams(LINES.singlePoint),
    xt: {
      x: tensorOf(x_target.map((points) => points.slice(0, 3))),
      pos: tensorOf(pos_target.map((points) => points.slice(0, 3))),
    },
    cond: tinyCond(),
    t: tensor(t),
  });
}
