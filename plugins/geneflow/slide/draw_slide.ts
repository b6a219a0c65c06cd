import {
  breathe,
  collect,
  DataError,
  dispose,
  type Field,
  fromHost,
  type HostArray,
  hostArray,
  integrate,
  integrateAdaptive,
  type Integration,
  ones,
  type Predict,
  rng as streamOf,
  slice,
  type SlideImage,
  type SlideRequest,
  type Tensor,
  tidy,
  toHost,
  type Trained,
  zeros,
} from "../../../core/mod.ts";
import type { GeneFlowConfig } from "../config.ts";
import { drawTimes, type PictureMethod } from "../method.ts";
import { type CellCond, EMBEDDING, type Picture } from "../picture.ts";
import { pixelScale } from "../pixel_scale.ts";
import { integrateReleased } from "../released_solver.ts";
import { conditionShape } from "../rows.ts";
import { blendOf } from "./blend.ts";
import { sectionNamed, type SlideCells, slideCells } from "./cells.ts";
import { embedTiles } from "./embed_tiles.ts";
import { slideField, type SlideFieldOptions } from "./field.ts";
import { layOutCells, layOutGrid, type LayoutOptions, type SlideLayout } from "./layout.ts";
import { slideNoise } from "./noise.ts";

/** Grey value of white. */
const WHITE = 255;
/** Units of progress of one draw. */
const PARTS = 100;

/** The right-hand side of the slide, with the network as every draw of the method uses it. */
function fieldOf(
  method: PictureMethod,
  params: Trained["params"],
  embedding: Tensor,
  slide: Omit<SlideFieldOptions, "field">,
): Field<Picture> {
  const context = { train: false, rng: streamOf(0) };
  const field = (first: number, count: number): Field<Picture> => {
    // Expression and cells are in the encoding; the network asks for nothing else.
    const cond: CellCond = {
      expression: zeros([count, 1, 1]),
      cells: ones([count, 1]),
      [EMBEDDING]: slice(embedding, [first], [count]),
    };
    const predict: Predict<Picture, CellCond, Picture> = (x, t, given = cond) =>
      method.backbone.apply(params, x, t, given, context);
    const encode = (given: CellCond): CellCond => method.backbone.encode(params, given, context);
    return method.field(predict, { cond, encode });
  };
  return slideField({ ...slide, field });
}

/** Share of a tile that the next one repeats, where a grid is laid. */
const OVERLAP = 0.5;

/** Tiles around cells for images of single ones, and a grid for images of all cells that lie in them. */
function layoutFor(several: boolean, cells: SlideCells, request: SlideRequest, options: LayoutOptions): SlideLayout {
  const { overlap, section } = request;
  if (several) return layOutGrid(cells, overlap ?? OVERLAP, options);
  if (overlap === undefined) return layOutCells(cells, options);
  throw new DataError(
    `Cannot draw section "${section}" with tiles that overlap by ${overlap}: the model draws images of single cells, whose ` +
      "tiles lie around the cells; leave out --overlap",
  );
}

/** Grey values of what is shown, and of the background where no tile lies. */
function bytesOf(
  { data, shape }: HostArray,
  covered: Uint8Array,
  { shown, canvas }: SlideLayout,
  background: number,
): HostArray<Uint8Array> {
  const channels = shape[3]!;
  const pixels = new Uint8Array(shown.height * shown.width * channels).fill(background);
  for (let row = 0; row < shown.height; row++) {
    for (let column = 0; column < shown.width; column++) {
      const from = (row + shown.y - canvas.y) * canvas.width + column + shown.x - canvas.x;
      if (covered[from] === 0) continue;
      for (let c = 0; c < channels; c++) {
        const share = Math.min(1, Math.max(0, data[from * channels + c]!));
        pixels[(row * shown.width + column) * channels + c] = Math.round(WHITE * share);
      }
    }
  }
  return hostArray(pixels, [shown.height, shown.width, channels]);
}

/**
 * Draw a section, or a part of one, as a single image of any size.
 *
 * Tiles of the size that the network was trained on overlap; what it says of a pixel is averaged over the tiles around
 * it at every evaluation, and the noise belongs to the pixels of the section, so that the tiles leave no seams and neither
 * their order nor their batches matter. Images of single cells are drawn around their cells, images of several for all
 * cells that lie in them. Where no tile lies the image shows the background: white in bright field, black in fluorescence.
 *
 * @param method The method.
 * @param config Its configuration.
 * @param trained Parameters, data, stream and progress.
 * @param request Section, scale, overlap and region.
 * @returns The image.
 * @throws {DataError} If there is no such section, the data do not say where its cells are, none lies in the region, or
 *   this is too large for memory, or tiles around cells are asked to overlap.
 * @throws {RangeError} If an adaptive solver does not reach the end within `sampling.maxSteps`.
 */
export async function drawSlide(
  method: PictureMethod,
  config: GeneFlowConfig,
  trained: Trained,
  request: SlideRequest,
): Promise<SlideImage> {
  const { data, params } = trained;
  const { scale, region } = request;
  const section = sectionNamed(data, request.section);
  const cells = await slideCells(data, config, section, scale);
  const { shape: image, names } = data.spec.parts["img"]!;
  const shape = image as readonly [number, number, number];
  const layout = layoutFor(conditionShape(config, data.spec)[0] > 1, cells, request, { shape, region });
  const blend = blendOf(layout);
  const { batch } = config.sampling;
  trained.progress(0, PARTS, `encoding ${layout.tiles.length} tiles`);
  const encoded = await embedTiles(layout.tiles, { backbone: method.backbone, params, cells, batch });
  const rng = trained.rng.fold("image");
  const { value: [field, x0], tensors } = collect(() =>
    [
      fieldOf(method, params, fromHost(encoded), { layout, blend, batch }),
      { img: tidy(() => slideNoise(method.prior, shape, layout.canvas, rng)) },
    ] as const
  );
  const onStep = async ({ t }: { readonly t: number }): Promise<void> => {
    // Between steps only a signal can be seen.
    await breathe();
    trained.progress(t * PARTS, PARTS, `drawing ${layout.tiles.length} tiles`);
  };
  const problem = { sampler: method.sampler, field, x0, rng: rng.fold(0).fold("draw").fold("sampler"), onStep };
  const times = drawTimes(config);
  const solve = (): Promise<Integration<Picture>> => {
    if (config.model === "flow" && config.sampling.solver === "dopri5-released") return integrateReleased(problem);
    return "from" in times ? integrateAdaptive(problem, times) : integrate(problem, times);
  };
  try {
    const { x, evaluations } = await solve();
    const drawn = tidy(() => pixelScale(config).toImages(x.img));
    const values = await toHost(drawn);
    dispose([drawn]);
    dispose([x.img]);
    return {
      section: section.name,
      pixels: bytesOf(values, blend.covered, layout, config.nuclei.stain === "dark" ? WHITE : 0),
      channels: names ?? Array.from({ length: shape[2] }, (_, i) => `channel ${i + 1}`),
      origin: [layout.shown.x, layout.shown.y],
      scale,
      unit: data.spec.parts["pos"]!.unit,
      notes: [
        `${layout.tiles.length} tiles of ${shape[1]} x ${shape[0]} pixels, ${evaluations} network evaluations each`,
      ],
    };
  } finally {
    dispose(tensors);
  }
}
