import {
  breathe,
  collect,
  concat,
  dispose,
  gatherRows,
  type HostArray,
  integrate,
  intTensor,
  type Params,
  type Rng,
  rng as streamOf,
  slice,
  takeRows,
  type Tensor,
  tidy,
  toHost,
  zeros,
} from "../../core/mod.ts";
import type { StFlowConfig } from "./config.ts";
import { regionFrames, scaledPlaces } from "./frames.ts";
import { drawTimes, type SpotMethod } from "./method.ts";
import { type Expression, type Region, type SpotCond, spotCond, type SpotImages } from "./slide.ts";
import type { Slide } from "./slides.ts";
import { cutTiles, regionOfTile, type Tile } from "./tiles.ts";

/** A slide to predict: places, and what is seen of each spot; its expression is not needed. */
export type SeenSlide = Pick<Slide, "coords" | "features" | "patches">;

/** What of the configuration predictions need. */
export type PredictSetting = Pick<StFlowConfig, "coordinates" | "frames" | "network" | "sampling">;

/** How slides are predicted. */
export interface PredictOptions {
  /** Configuration. */
  readonly setting: PredictSetting;
  /** Genes (G). */
  readonly genes: number;
  /** Stream; each draw has its own. */
  readonly rng: Rng;
  /** Told after each network call over the slide. */
  readonly onStep?: (done: number, total: number) => void;
}

/** No dropout. */
const STILL = { train: false, rng: streamOf(0) };

function imagesOfTile({ features, patches }: SeenSlide, rows: Int32Array): SpotImages {
  return {
    ...(features === undefined ? {} : { features: takeRows(features, rows) }),
    ...(patches === undefined ? {} : { patches: takeRows(patches, rows) }),
  };
}

/** The denoiser on a whole slide; disposing it frees what it keeps between calls. */
interface SlideNetwork extends Disposable {
  apply(x: Expression, t: Tensor): Expression;
}

/** All at once: what does not change from call to call is made once. */
function wholeSlide(method: SpotMethod, params: Params, cond: () => SpotCond): SlideNetwork {
  const { value: encoded, tensors } = collect(() => {
    const given = cond();
    return tidy(() => method.backbone.encode(params, given, STILL));
  });
  return {
    apply: (x, t) => method.backbone.apply(params, x, t, encoded, STILL),
    [Symbol.dispose]: () => dispose(tensors),
  };
}

/** Tile by tile: at any time only one tile is on the device, beside the expression of the slide. */
function tiledSlide(
  method: SpotMethod,
  params: Params,
  slide: SeenSlide,
  region: Region,
  tiles: readonly Tile[],
  k: number,
): SlideNetwork {
  const order = new Int32Array(region.spots);
  let next = 0;
  for (const { rows, wanted } of tiles) for (let i = 0; i < wanted; i++) order[rows[i]!] = next++;
  const ofTile = (tile: Tile, { y }: Expression, t: Tensor): Tensor =>
    tidy(() => {
      const { backbone } = method;
      const cond = spotCond(imagesOfTile(slide, tile.rows), [regionOfTile(tile, region)], k);
      const own = { y: gatherRows(y, intTensor(tile.rows)) };
      const times = slice(t, [0], [tile.rows.length]);
      const made = backbone.apply(params, own, times, backbone.encode(params, cond, STILL), STILL);
      return slice(made.y, [0, 0], [tile.wanted, y.shape[1]!]);
    });
  return {
    apply(x: Expression, t: Tensor): Expression {
      const parts = tiles.map((tile) => ofTile(tile, x, t));
      return { y: gatherRows(concat(parts, 0), intTensor(order)) };
    },
    [Symbol.dispose]: () => {},
  };
}

function networkOn(method: SpotMethod, params: Params, slide: SeenSlide, setting: PredictSetting): SlideNetwork {
  const { network: { layers, neighbours }, frames, sampling } = setting;
  const places = scaledPlaces(slide.coords, setting.coordinates);
  const region = regionFrames(places, { neighbours, frames });
  const tiles = cutTiles(places, region, sampling.tile, layers);
  if (tiles.length > 1) return tiledSlide(method, params, slide, region, tiles, neighbours);
  return wholeSlide(method, params, () => spotCond(slide, [region], neighbours));
}

/**
 * Predict the expression of a slide from its images, once from each of several draws of the prior.
 *
 * A slide of more spots than `sampling.tile` goes through the network in tiles with a halo, call by call, with the same
 * result; memory then grows with the tile, and with the spots only by what is known of them.
 *
 * @param method The flow.
 * @param params Parameters of the network.
 * @param slide Places and images.
 * @param options Configuration, genes and stream.
 * @returns One prediction per draw, ln(1 + counts), `[N, G]` each.
 * @throws {TypeError} If there are not as many rows of features or patches as places.
 * @throws {RangeError} If the slide has fewer than 2 spots.
 */
export async function predictSlide(
  method: SpotMethod,
  params: Params,
  slide: SeenSlide,
  { setting, genes, rng, onStep }: PredictOptions,
): Promise<readonly HostArray[]> {
  const { steps, draws } = setting.sampling;
  const times = drawTimes(setting.sampling);
  const spots = slide.coords.shape[0]!;
  using network = networkOn(method, params, slide, setting);
  const out: HostArray[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const stream = rng.fold(draw);
    const x0 = tidy(() => method.prior.sample({ y: zeros([spots, genes]) }, undefined, stream.fold("prior")));
    try {
      const { x } = await integrate({
        sampler: method.sampler,
        field: (y: Expression, t: Tensor) => method.objective.velocity(network.apply(y, t), y, t),
        x0,
        rng: stream.fold("sampler"),
        onStep: async ({ step }) => {
          onStep?.(draw * steps + step, draws * steps);
          await breathe();
        },
      }, times);
      out.push(await toHost(x.y));
      dispose([x.y]);
    } finally {
      dispose([x0.y]);
    }
  }
  return out;
}
