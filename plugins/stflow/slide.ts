import {
  type Cond,
  fromHost,
  type HostArray,
  hostArray,
  intTensor,
  type LocalFrames,
  type State,
  type Tensor,
  tensor,
} from "../../core/mod.ts";

/** Expression of the spots of one or several regions along axis 0, `[N, G]`. */
export type Expression = State & { readonly y: Tensor };

/** What is known of the spots besides their expression. */
export type SpotCond = Cond & {
  /** Rows of each spot's neighbours in the batch, int32 `[N, k]`. */
  readonly neighbours: Tensor;
  /** Rows of each spot's pairs in `edges`, int32 `[N, k]`. */
  readonly pairRows: Tensor;
  /** Coordinates of each neighbour in the frame of the neighbourhood, and distance, `[N k, 3]`. */
  readonly edges: Tensor;
  /** Number of the region of each spot, int32 `[N]`. */
  readonly region: Tensor;
  /** First spot of each region, int32 `[R]`. */
  readonly firstSpot: Tensor;
};

/** Entry of the conditioning with the image features of each spot, `[N, F]`. */
export const SPOT_FEATURES = "features";
/** Entry of the conditioning with the image patch of each spot, `[N, H, W, C]`. */
export const PATCHES = "patches";
/** Entry of the encoded conditioning with the tokens that images become, `[N, W]`. */
export const IMAGE_TOKENS = "imageTokens";
/** Entry of the conditioning that hides neighbours which are none, `[N, k, 1]`. */
export const HIDDEN_NEIGHBOURS = "hiddenNeighbours";

/**
 * Entry of the encoded conditioning with the features of the pairs for one block, `[N k, E]`.
 *
 * @param block Number of the block.
 * @returns The name.
 */
export function pairsOf(block: number): string {
  return `pairs${block}`;
}

/** What is seen of spots. */
export interface SpotImages {
  /** Features that were made before training, `[N, F]`. */
  readonly features?: HostArray;
  /** Patches for an encoder that is trained, `[N, H, W, C]`, 0 to 255. */
  readonly patches?: HostArray<Uint8Array>;
}

/** One region on the host: spots with their neighbours. */
export interface Region {
  /** Number of spots. */
  readonly spots: number;
  /** Neighbours and where they lie; at most as many per spot as there are others. */
  readonly frames: LocalFrames;
}

/** Far below any score, so that a softmax gives hidden neighbours exactly 0. */
const HIDDEN = -1e9;

function requireRows(spots: number, array: HostArray | HostArray<Uint8Array> | undefined, what: string): void {
  if (array === undefined || array.shape[0] === spots) return;
  throw new TypeError(`Cannot condition ${spots} spots on ${array.shape[0]} ${what}: expected one each`);
}

function imageTensors({ features, patches }: SpotImages): Readonly<Record<string, Tensor>> {
  return {
    ...(features === undefined ? {} : { [SPOT_FEATURES]: fromHost(features) }),
    ...(patches === undefined ? {} : { [PATCHES]: tensor(Float32Array.from(patches.data), patches.shape) }),
  };
}

/**
 * Upload images and neighbourhoods of regions that lie one after the other: neighbours stay within their region, and
 * regions with fewer than k other spots are filled up with hidden ones.
 *
 * @param images Features or patches of all spots in order.
 * @param regions The regions in order.
 * @param k Neighbours per spot.
 * @returns The conditioning; the caller owns it.
 * @throws {TypeError} If there are not as many rows of features or patches as spots.
 */
export function spotCond(images: SpotImages, regions: readonly Region[], k: number): SpotCond {
  const total = regions.reduce((sum, { spots }) => sum + spots, 0);
  requireRows(total, images.features, "rows of image features");
  requireRows(total, images.patches, "image patches");
  const neighbours = new Int32Array(total * k);
  const edges = new Float32Array(total * k * 3);
  const hidden = new Float32Array(total * k);
  const region = new Int32Array(total);
  const firstSpot = new Int32Array(regions.length);
  let first = 0;
  regions.forEach(({ spots, frames }, number) => {
    const own = frames.edges.shape[1]!;
    firstSpot[number] = first;
    region.fill(number, first, first + spots);
    for (let i = 0; i < spots; i++) {
      for (let j = 0; j < k; j++) {
        const to = (first + i) * k + j;
        neighbours[to] = first + (j < own ? frames.index[i * own + j]! : i);
        if (j >= own) hidden[to] = HIDDEN;
        else edges.set(frames.edges.data.subarray(3 * (i * own + j), 3 * (i * own + j) + 3), 3 * to);
      }
    }
    first += spots;
  });
  return {
    ...imageTensors(images),
    neighbours: intTensor(neighbours, [total, k]),
    pairRows: intTensor(Int32Array.from(neighbours.keys()), [total, k]),
    edges: fromHost(hostArray(edges, [total * k, 3])),
    region: intTensor(region),
    firstSpot: intTensor(firstSpot),
    ...(hidden.some((value) => value !== 0) ? { [HIDDEN_NEIGHBOURS]: tensor(hidden, [total, k, 1]) } : {}),
  };
}
