import {
  columnStats,
  decodePca,
  type HostArray,
  hostArray,
  type Pca,
  projectPca,
  randomizedPca,
  type Rng,
} from "../../core/mod.ts";

/** How crops become what the flow moves, and back. */
export interface Endpoints {
  /** Shape of one state. */
  readonly shape: readonly number[];
  /**
   * Images to states.
   *
   * @param images Images, `[n, H, W, C]`, values in [0, 1].
   * @returns States, `[n, ...shape]`.
   */
  encode(images: HostArray): HostArray;
  /**
   * States to images.
   *
   * @param states States, `[n, ...shape]`.
   * @returns Images, `[n, H, W, C]`, cut to [0, 1].
   */
  decode(states: HostArray): HostArray;
}

/**
 * Pixels, scaled to [-1, 1] (released).
 *
 * @param shape Height, width and channels.
 * @returns The endpoints.
 */
export function pixelEndpoints(shape: readonly number[]): Endpoints {
  return Object.freeze({
    shape,
    encode: ({ data, shape: all }: HostArray): HostArray => hostArray(data.map((value) => 2 * value - 1), all),
    decode: ({ data, shape: all }: HostArray): HostArray =>
      hostArray(data.map((value) => Math.min(1, Math.max(0, (value + 1) / 2))), all),
  });
}

/** Principal components of crops, whitened. */
export type Latent = {
  /** Mean image, `[P]`. */
  readonly mean: HostArray;
  /** Unit loadings, `[C, P]`. */
  readonly components: HostArray;
  /** Standard deviation of each score, `[C]`. */
  readonly deviation: HostArray;
  /** Share of the images' variance that the components hold, `[1]`. */
  readonly explained: HostArray;
};

/**
 * Find the principal components of crops.
 *
 * @param images Images, `[n, H, W, C]`.
 * @param components Components, at most as many as images and pixels.
 * @param rng Stream for the randomized decomposition.
 * @returns The components.
 */
export function fitLatent(images: HostArray, components: number, rng: Rng): Latent {
  const [rows] = images.shape as [number];
  const flat = hostArray(images.data, [rows, images.data.length / rows]);
  const pca = randomizedPca(flat, components, rng.host);
  const total = columnStats(flat).std.reduce((sum, value) => sum + value ** 2, 0);
  const held = pca.explainedVariance.reduce((sum, value) => sum + value, 0);
  return {
    mean: hostArray(Float32Array.from(pca.mean), [pca.mean.length]),
    components: hostArray(Float32Array.from(pca.components.data), pca.components.shape),
    // A component without variance is not whitened: it is 0 everywhere.
    deviation: hostArray(Float32Array.from(pca.explainedVariance, (value) => value > 0 ? Math.sqrt(value) : 1), [
      components,
    ]),
    explained: hostArray(Float32Array.of(total > 0 ? held / total : 1), [1]),
  };
}

function pcaOf({ mean, components, deviation }: Latent): Pca {
  return {
    mean: Float64Array.from(mean.data),
    components: hostArray(Float64Array.from(components.data), components.shape),
    explainedVariance: Float64Array.from(deviation.data, (value) => value ** 2),
    singularValues: Float64Array.from(deviation.data),
  };
}

/**
 * Whitened principal components of crops: what "encoded endpoints" may be on a processor.
 *
 * @param latent The components.
 * @param image Height, width and channels.
 * @returns The endpoints; what lies outside the components is lost.
 */
export function latentEndpoints(latent: Latent, image: readonly number[]): Endpoints {
  const pca = pcaOf(latent);
  const scale = latent.deviation.data;
  const width = scale.length;
  return Object.freeze({
    shape: [width],
    encode({ data, shape: [rows] }: HostArray): HostArray {
      const scores = projectPca(pca, hostArray(data, [rows!, data.length / rows!]));
      return hostArray(scores.data.map((value, at) => value / scale[at % width]!), scores.shape);
    },
    decode({ data, shape: [rows] }: HostArray): HostArray {
      const scores = hostArray(data.map((value, at) => value * scale[at % width]!), [rows!, width]);
      const { data: values } = decodePca(pca, scores);
      return hostArray(values.map((value) => Math.min(1, Math.max(0, value))), [rows!, ...image]);
    },
  });
}
