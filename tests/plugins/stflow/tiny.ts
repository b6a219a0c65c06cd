import {
  disposeTree,
  type HostArray,
  hostArray,
  localFrames,
  mapTree,
  type Params,
  rng,
  type Tensor,
  tensor,
  tidy,
} from "../../../core/mod.ts";
import { fromHost } from "../../../core/tensor/mod.ts";
import { fromStateDict } from "../../../plugins/nicheflow/state_dict.ts";
import { type SpotTransformer, spotTransformer } from "../../../plugins/stflow/network.ts";
import { type Region, type SpotCond, spotCond } from "../../../plugins/stflow/slide.ts";
import { array, flat } from "../../vectors/arrays.ts";
import file from "../../vectors/stflow.json" with { type: "json" };

/** Check values of the specification; see `tests/vectors/README.md`. */
export const vectors = file;

/** Tolerances that the vectors suggest. */
export const [FLOAT32, NETWORK] = [file.meta.tolerance.float32, file.meta.tolerance.tinyModelFloat32];

const { tinyModel } = file;
const { n_genes, feature_dim, d_model, d_edge, n_heads, n_layers, k } = tinyModel.config;

/** Neighbours of the tiny network. */
export const TINY_K = k;

/** A float32 array of nested lists. */
export function floatsOf(values: readonly unknown[]): HostArray {
  const { shape } = array(values);
  return hostArray(Float32Array.from(flat(values)), shape);
}

/** Weights by the formula of the vectors. */
function weightsOf({ s, shape, kind }: (typeof tinyModel.tensors)[number]): HostArray {
  const columns = shape.at(-1)!;
  const rules: Readonly<Record<string, (m: number) => number>> = {
    W: (m) => Math.sin(0.7 * m + 1.3 * s + 0.2) / Math.sqrt(columns),
    b: (m) => 0.1 * Math.cos(0.5 * m + 0.9 * s),
    g: (m) => 1 + 0.1 * Math.sin(0.3 * m + s),
    n: (m) => 0.05 * Math.cos(0.3 * m + s),
  };
  const size = shape.reduce((a, b) => a * b, 1);
  return hostArray(Float32Array.from({ length: size }, (_, m) => rules[kind]!(m)), shape);
}

/** The tiny network with its weights on the device. */
export interface Tiny extends Disposable {
  readonly backbone: SpotTransformer;
  readonly params: Params;
}

/** Build the tiny network. */
export function tiny(): Tiny {
  const dict = Object.fromEntries(tinyModel.tensors.map((one) => [one.name, weightsOf(one)]));
  const params = mapTree<HostArray, Tensor>((leaf) => fromHost(leaf), fromStateDict(dict));
  const backbone = spotTransformer({
    genes: n_genes,
    features: feature_dim,
    width: d_model,
    pairWidth: d_edge,
    heads: n_heads,
    layers: n_layers,
    dropout: 0,
  });
  return { backbone, params, [Symbol.dispose]: () => disposeTree(params) };
}

/** No dropout. */
export const PLAIN = { train: false, rng: rng(0) };

/** A region at places. */
export function regionAt(coords: HostArray, neighbours = TINY_K): Region {
  return { spots: coords.shape[0]!, frames: localFrames(coords, Math.min(neighbours, coords.shape[0]! - 1)) };
}

/** Conditioning of the tiny slide; at other places or with other features if they are given. */
export function tinyCond(
  coords: HostArray = floatsOf(tinyModel.coords),
  features: HostArray = floatsOf(tinyModel.features),
): SpotCond {
  return spotCond({ features }, [regionAt(coords)], TINY_K);
}

/** One time for some spots. */
export function timesOf(t: number, spots: number): Tensor {
  return tensor(new Float32Array(spots).fill(t));
}

/** The prediction of the tiny network, made within tidy. */
export function predictTiny({ backbone, params }: Tiny, y: HostArray, t: number, cond: SpotCond): Tensor {
  const encoded = backbone.encode(params, cond, PLAIN);
  return backbone.apply(params, { y: fromHost(y) }, timesOf(t, y.shape[0]!), encoded, PLAIN).y;
}

/** Evaluate and read one tensor. */
export async function valuesOf(make: () => Tensor): Promise<Float32Array> {
  const made = tidy(make);
  const values = await made.data() as Float32Array;
  made.dispose();
  return values;
}
