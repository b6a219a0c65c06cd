import { DataError } from "../errors.ts";
import { concatRows, type HostArray, hostArray, type NumericArray } from "../host_array.ts";
import type { ImageFeatures } from "./image_features.ts";
import { resizeImages } from "./resize.ts";

/** A tensor of ONNX Runtime. */
export interface OnnxTensor {
  /** Values in row-major order. */
  readonly data: unknown;
  /** Length of each axis. */
  readonly dims: readonly number[];
}

/** A network that ONNX Runtime loaded. */
export interface OnnxSession {
  /** Names of the inputs. */
  readonly inputNames: readonly string[];
  /** Names of the outputs. */
  readonly outputNames: readonly string[];
  /**
   * Evaluate the network.
   *
   * @param inputs Tensors by name.
   * @returns Tensors by name.
   */
  run(inputs: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
}

/** What is used of ONNX Runtime: `npm:onnxruntime-node`, `npm:onnxruntime-web`, or a build of one's own. */
export interface OnnxRuntime {
  /** Loads networks. */
  readonly InferenceSession: {
    /**
     * Load a network.
     *
     * @param path Path of the `.onnx` file.
     * @returns The network.
     */
    create(path: string): Promise<OnnxSession>;
  };
  /** Makes tensors. */
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => OnnxTensor;
}

/** A network that makes features of images, and what it expects. */
export interface OnnxFeatureOptions {
  /** Path of the `.onnx` file; its input is `[n, 3, side, side]`. */
  readonly file: string;
  /** Height and width that images are brought to, in pixels. */
  readonly side: number;
  /**
   * What is subtracted from red, green and blue in [0, 1].
   *
   * @default {means of ImageNet}
   */
  readonly mean?: readonly [number, number, number];
  /**
   * What they are divided by then.
   *
   * @default {standard deviations of ImageNet}
   */
  readonly deviation?: readonly [number, number, number];
  /**
   * Output that holds the features, `[n, F]` or `[n, F, 1, 1]`.
   *
   * @default {the first}
   */
  readonly output?: string;
  /**
   * Images at a time, for networks that take a fixed number; the last ones are filled up with black.
   *
   * @default {any number, 16 at a time}
   */
  readonly batch?: number;
}

/** Red, green and blue of ImageNet's photographs. */
const [MEAN, DEVIATION] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]] as const;
const COLOURS = 3;
/** Images at a time. */
const MANY = 16;

/** Channels first, in the range that the network expects; one channel stands for all three, a missing third is dark. */
function inputOf(images: HostArray, { mean = MEAN, deviation = DEVIATION, batch }: OnnxFeatureOptions): Float32Array {
  const [count, height, width, channels] = images.shape as [number, number, number, number];
  const size = height * width;
  const out = new Float32Array((batch ?? count) * COLOURS * size);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < COLOURS; c++) {
      const from = channels === 1 ? 0 : c;
      for (let at = 0; at < size; at++) {
        const value = from < channels ? images.data[(i * size + at) * channels + from]! / 255 : 0;
        out[(i * COLOURS + c) * size + at] = (value - mean[c]!) / deviation[c]!;
      }
    }
  }
  return out;
}

/** Vectors of the first images of those that were given. */
function featuresOf({ data, dims }: OnnxTensor, images: number, given: number, file: string): HostArray {
  const [rows, width = 0, ...rest] = dims;
  if (data instanceof Float32Array && rows === given && width > 0 && rest.every((length) => length === 1)) {
    return hostArray(data.slice(0, images * width), [images, width]);
  }
  throw new DataError(
    `Cannot use ${file} for features: of ${given} images it makes ${
      data instanceof Float32Array ? "" : "no float32 "
    }` +
      `values of shape [${dims}], expected [${given}, F]; name the output that holds vectors, or set batch`,
  );
}

/**
 * Features of images by a network in an ONNX file, which ONNX Runtime evaluates; neither comes with this package.
 *
 * The file is loaded with the first images. They are brought to the network's size, and normalised.
 *
 * @example Usage
 * ```ts ignore
 * const runtime = () => import("npm:onnxruntime-node@1.20.1");
 * const inception = onnxFeatures(runtime, {
 *   file: "inception.onnx",
 *   side: 299,
 *   mean: [0.5, 0.5, 0.5],
 *   deviation: [0.5, 0.5, 0.5],
 * });
 * const { shape: [images, features] } = await inception(patches);
 * ```
 *
 * @param runtime Loads ONNX Runtime.
 * @param options The network, and what it expects.
 * @returns The map from images to features; it throws {@linkcode DataError} if the file cannot be loaded, does not take
 * such images, or makes no vectors of them.
 */
export function onnxFeatures(runtime: () => Promise<OnnxRuntime>, options: OnnxFeatureOptions): ImageFeatures {
  const { file, side, batch = MANY } = options;
  const fail = (what: string) => (cause: unknown): never => {
    throw new DataError(`Cannot ${what} ${file}: ${(cause as Error).message}`, { cause });
  };
  let loaded: Promise<readonly [OnnxRuntime, OnnxSession]> | undefined;
  const load = async (): Promise<readonly [OnnxRuntime, OnnxSession]> => {
    const found = await runtime().catch(fail("load ONNX Runtime for"));
    return [found, await found.InferenceSession.create(file).catch(fail("load the network"))];
  };
  return async (images: HostArray<NumericArray>): Promise<HostArray> => {
    const [{ Tensor }, session] = await (loaded ??= load());
    const count = images.shape[0]!;
    const size = images.data.length / count;
    const output = options.output ?? session.outputNames[0]!;
    const rows: HostArray[] = [];
    for (let first = 0; first < count; first += batch) {
      const some = Math.min(batch, count - first);
      const chosen = hostArray(images.data.slice(first * size, (first + some) * size), [
        some,
        ...images.shape.slice(1),
      ]);
      const values = inputOf(resizeImages(chosen, side, side), options);
      const given = options.batch ?? some;
      const input = new Tensor("float32", values, [given, COLOURS, side, side]);
      const made = await session.run({ [session.inputNames[0]!]: input }).catch(fail("evaluate"));
      const features = made[output];
      if (features === undefined) {
        throw new DataError(
          `Cannot use ${file} for features: it has no output "${output}", its outputs are ${
            session.outputNames.join(", ")
          }`,
        );
      }
      rows.push(featuresOf(features, some, given, file));
    }
    return concatRows(rows);
  };
}
