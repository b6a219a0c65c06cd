import {
  type AnnData,
  clip,
  concat,
  type Data,
  DataError,
  dispose,
  disposeTree,
  draw,
  encodeCond,
  formatCitation,
  fromHost,
  type HostArray,
  hostArray,
  type Params,
  type Rng,
  rng as streamOf,
  type RowAddress,
  rowsOf,
  type Samples,
  type Tensor,
  thinned,
  tidy,
  toHost,
  type Trained,
  zeros,
} from "../../core/mod.ts";
import type { GeneFlowConfig } from "./config.ts";
import { drawTimes, type PictureMethod } from "./method.ts";
import { type CellCond, EMBEDDING, type Picture } from "./picture.ts";
import { pixelScale } from "./pixel_scale.ts";
import { integrateReleased } from "./released_solver.ts";
import { type PictureRows, readPictures } from "./rows.ts";
import { spreadOver } from "./spread.ts";

/** Images that were drawn, with the real ones of the same cells. */
export interface PictureSamples extends Samples {
  /** Where each image comes from. */
  readonly rows: readonly RowAddress[];
  /** Real images, `[n, H, W, C]`, values in [0, 1]. */
  readonly real: HostArray;
  /** Drawn images, same shape. */
  readonly generated: HostArray;
  /** Real images of the training sections, as many as there are up to n. */
  readonly training: HostArray;
  /** Where each of those comes from. */
  readonly trainingRows: readonly RowAddress[];
  /** States on the way from noise to the first images, with their times. */
  readonly way: readonly { readonly t: number; readonly images: HostArray }[];
  /** Network evaluations of the first batch. */
  readonly evaluations: number;
  /** Whether the real images were held out. */
  readonly heldOut: boolean;
}

/** Images whose way from the noise is kept. */
const WATCHED = 8;
/** States of the way that are kept, ends included. */
const STATES = 7;

/** One draw: what it is for, and where its noise comes from. */
export interface DrawRequest {
  /** Parameters. */
  readonly params: Params;
  /** Expression and cells. */
  readonly pictures: Omit<PictureRows, "images">;
  /** Height, width and channels. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Stream; image `i` has the noise of `rng.fold(first + i)`, whatever batch it is in. */
  readonly rng: Rng;
  /** Number of the first image. */
  readonly first: number;
  /** Sees the states on the way. */
  readonly onStep?: (t: number, images: Tensor) => void | Promise<void>;
}

/** Images that were drawn. */
export interface DrawnPictures {
  /** `[B, H, W, C]`, cut to [0, 1]. */
  readonly images: HostArray;
  /** Network evaluations. */
  readonly evaluations: number;
}

interface Integrated {
  readonly x: Picture;
  readonly evaluations: number;
}

async function released(method: PictureMethod, request: DrawRequest, cond: CellCond, x0: Picture): Promise<Integrated> {
  const context = { train: false, rng: streamOf(0) };
  const encoded = tidy(() => {
    const { [EMBEDDING]: embedding } = encodeCond(method.backbone, request.params, cond, context);
    return { ...cond, [EMBEDDING]: embedding! };
  });
  try {
    return await integrateReleased<Picture>({
      field: (x, t) => method.backbone.apply(request.params, x, t, encoded, context),
      x0,
      ...(request.onStep === undefined ? {} : { onStep: ({ t, x }) => request.onStep!(t, x.img) }),
    });
  } finally {
    dispose([encoded[EMBEDDING]]);
  }
}

/**
 * Draw images from expression.
 *
 * @param method The method.
 * @param config Its configuration.
 * @param request What to draw.
 * @returns Images on the host.
 * @throws {RangeError} If an adaptive solver does not reach the end within `sampling.maxSteps`.
 */
export async function drawPictures(
  method: PictureMethod,
  config: GeneFlowConfig,
  request: DrawRequest,
): Promise<DrawnPictures> {
  const { pictures, shape, rng, first } = request;
  const count = pictures.cells.shape[0]!;
  const cond: CellCond = { expression: fromHost(pictures.expression), cells: fromHost(pictures.cells) };
  const like: Picture = { img: zeros([count, ...shape]) };
  const noise = (): Picture => ({
    img: concat(
      Array.from({ length: count }, (_, i) => {
        const own = method.prior.sample({ img: zeros([1, ...shape]) }, undefined, rng.fold(first + i).fold("prior"));
        return own.img;
      }),
      0,
    ),
  });
  try {
    const prior = { sample: noise };
    const isReleased = config.model === "flow" && config.sampling.solver === "dopri5-released";
    let made: Integrated;
    if (isReleased) {
      const x0 = tidy(noise);
      try {
        made = await released(method, request, cond, x0);
      } finally {
        disposeTree(x0);
      }
    } else {
      made = await draw({ ...method, prior }, {
        params: request.params,
        cond,
        like,
        times: drawTimes(config),
        rng: rng.fold(first).fold("draw"),
        ...(request.onStep === undefined ? {} : { onStep: ({ t, x }) => request.onStep!(t, x.img) }),
      });
    }
    const cut = tidy(() => clip(pixelScale(config).toImages(made.x.img), 0, 1));
    const images = await toHost(cut);
    dispose([cut, made.x.img]);
    return { images, evaluations: made.evaluations };
  } finally {
    disposeTree([cond, like]);
  }
}

function rowsFrom({ data, shape }: HostArray, from: number, count: number): HostArray {
  const size = data.length / shape[0]!;
  return hostArray(data.subarray(from * size, (from + count) * size), [count, ...shape.slice(1)]);
}

function tableOf(samples: Omit<PictureSamples, "table">, config: GeneFlowConfig, data: Data): AnnData {
  const { rows, real, generated } = samples;
  const names = [...new Set(rows.map(({ section }) => section.name))];
  const codes = Int32Array.from(rows, ({ section }) => names.indexOf(section.name));
  return {
    obs: {
      index: rows.map(({ section, row }) => `${section.name}_${row}`),
      columns: {
        section: { kind: "categorical", codes, categories: names, ordered: false },
        row: Int32Array.from(rows, ({ row }) => row),
      },
    },
    var: { index: [], columns: {} },
    layers: {},
    obsm: { generated, real },
    varm: {},
    obsp: {},
    uns: {
      generated_by: `GeneFlow, model ${config.model}, ${samples.evaluations} network evaluations per image`,
      unit: "share of white, 0 to 1",
      data: formatCitation(data.citation),
      notes: [...data.notes],
    },
  };
}

/**
 * Draw an image for each of the held-out rows, or of the training rows if none is held out.
 *
 * @param method The method.
 * @param config Its configuration.
 * @param trained Parameters, data, stream and progress.
 * @returns Real and drawn images.
 * @throws {DataError} If the data have no rows.
 */
export async function samplePictures(
  method: PictureMethod,
  config: GeneFlowConfig,
  trained: Trained,
): Promise<PictureSamples> {
  const { data, params } = trained;
  const test = rowsOf(data, "test");
  const train = rowsOf(data, "train");
  const heldOut = test.length > 0;
  const rows = spreadOver(heldOut ? test : train, config.sampling.images);
  if (rows.length < 2) throw new DataError(`Cannot compare images of "${data.spec.name}": it has ${rows.length}`);
  const pictures = await readPictures(data, config, rows);
  const shape = pictures.images.shape.slice(1) as [number, number, number];
  const generated = new Float32Array(pictures.images.data.length);
  const size = generated.length / rows.length;
  const way: { t: number; images: HostArray }[] = [];
  let evaluations = 0;
  for (let first = 0; first < rows.length; first += config.sampling.batch) {
    const count = Math.min(config.sampling.batch, rows.length - first);
    trained.progress(first, rows.length, "drawing images");
    const drawn = await drawPictures(method, config, {
      params,
      pictures: {
        expression: rowsFrom(pictures.expression, first, count),
        cells: rowsFrom(pictures.cells, first, count),
      },
      shape,
      rng: trained.rng.fold("image"),
      first,
      ...(first > 0 ? {} : {
        onStep: async (t: number, images: Tensor): Promise<void> => {
          const seen = tidy(() => pixelScale(config).toImages(images));
          way.push({ t, images: rowsFrom(await toHost(seen), 0, Math.min(WATCHED, count)) });
          dispose([seen]);
        },
      }),
    });
    if (first === 0) evaluations = drawn.evaluations;
    generated.set(drawn.images.data, first * size);
  }
  const trainingRows = spreadOver(train, rows.length);
  const training = await readPictures(data, config, trainingRows);
  const samples = {
    rows,
    real: pictures.images,
    generated: hostArray(generated, pictures.images.shape),
    training: training.images,
    trainingRows,
    way: thinned(way, STATES),
    evaluations,
    heldOut,
  };
  return { ...samples, table: tableOf(samples, config, data) };
}
