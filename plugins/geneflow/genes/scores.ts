import {
  type Data,
  DataError,
  disposeTree,
  fill,
  fromHost,
  type Rng,
  type RowAddress,
  rowsOf,
  type Tensor,
  tidy,
  type Trained,
} from "../../../core/mod.ts";
import type { GeneFlowConfig } from "../config.ts";
import { type PictureMethod, pictureMethod } from "../method.ts";
import type { CellCond, Picture } from "../picture.ts";
import { pixelScale } from "../pixel_scale.ts";
import { readPictures } from "../rows.ts";
import { spreadOver } from "../spread.ts";
import { geneSensitivity, SENSITIVITY_TIMES } from "./sensitivity.ts";

/** How much each gene moves the images of a trained model. */
export interface GeneScores {
  /** Names in the order of the data; `gene 1` and so on if the data have none. */
  readonly names: readonly string[];
  /** Mean over images and times of |∂S / ∂gene|, `[G]`. */
  readonly scores: Float64Array;
  /** The same of every other image: how far the order depends on the images that were asked about. */
  readonly halves: readonly [Float64Array, Float64Array];
  /** Images that were asked about. */
  readonly images: number;
}

function namesOf({ spec }: Data, genes: number): readonly string[] {
  return spec.parts["x"]?.names ?? Array.from({ length: genes }, (_, i) => `gene ${i + 1}`);
}

/** Held-out rows, or all if none is held out, evenly over them. */
function askedRows(data: Data, count: number): readonly RowAddress[] {
  const test = rowsOf(data, "test");
  return spreadOver(test.length > 0 ? test : rowsOf(data, "train"), count);
}

/** Images of a batch with their noise. */
interface Batch {
  readonly expression: Tensor;
  readonly cells: Tensor;
  readonly noise: Tensor;
  readonly real: Tensor;
}

/** A trained model on its data. */
export type AskedModel = Pick<Trained, "params" | "data" | "rng" | "progress">;

/** The same networks without dropout: then training mode, which keeps what the derivative needs, changes nothing else. */
function askable(config: GeneFlowConfig, data: Data): PictureMethod {
  const { encoder, network } = config;
  const without = { ...config, encoder: { ...encoder, dropout: 0 }, network: { ...network, dropout: 0 } };
  return pictureMethod(without, data.spec);
}

interface Asked {
  readonly method: PictureMethod;
  readonly config: GeneFlowConfig;
  readonly trained: AskedModel;
}

async function scoresOf(batch: Batch, { method, config, trained }: Asked, rng: Rng): Promise<Float64Array> {
  const { expression, cells, noise, real } = batch;
  const count = cells.shape[0]!;
  const context = { train: true, rng };
  const stateAt = (t: Tensor): Picture =>
    config.genes.state === "noise"
      ? { img: noise }
      : method.path.at({ img: noise }, { img: real }, t, rng.fold("path")).xt;
  const output = (given: Tensor, time: number): Tensor => {
    const cond: CellCond = { expression: given, cells };
    const encoded = method.backbone.encode(trained.params, cond, context);
    const t = fill([count], time);
    return method.backbone.apply(trained.params, stateAt(t), t, encoded, context).img;
  };
  // A regression has one time.
  return await geneSensitivity(output, expression, count, config.model === "regression" ? [0] : SENSITIVITY_TIMES);
}

/** Mean scores of some images, batch by batch. */
async function meanScores(
  rows: readonly RowAddress[],
  asked: Asked,
  rng: Rng,
  onBatch: (images: number) => void,
): Promise<Float64Array> {
  const { method, config, trained } = asked;
  let mean: Float64Array | undefined;
  for (let first = 0; first < rows.length; first += config.batch) {
    const chosen = rows.slice(first, first + config.batch);
    onBatch(first);
    const pictures = await readPictures(trained.data, config, chosen);
    const stream = rng.fold(first);
    const real = pixelScale(config).toStates(pictures.images);
    const batch: Batch = {
      expression: fromHost(pictures.expression),
      cells: fromHost(pictures.cells),
      noise: tidy(() => method.prior.sample({ img: real }, undefined, stream.fold("prior")).img),
      real,
    };
    try {
      const found = await scoresOf(batch, asked, stream);
      const sum = mean ??= new Float64Array(found.length);
      found.forEach((score, gene) => sum[gene]! += score * chosen.length / rows.length);
    } finally {
      disposeTree({ ...batch });
    }
  }
  return mean!;
}

/**
 * Ask a trained model which genes move its images.
 *
 * @param config The method's configuration: how many images, and at which states.
 * @param trained Parameters, data, stream and progress.
 * @returns Scores of all genes.
 * @throws {DataError} If there are fewer than two images.
 */
export async function geneScores(config: GeneFlowConfig, trained: AskedModel): Promise<GeneScores> {
  const rows = askedRows(trained.data, config.genes.images);
  if (rows.length < 2) {
    throw new DataError(`Cannot ask which genes matter in "${trained.data.spec.name}": it has ${rows.length} images`);
  }
  const asked = { method: askable(config, trained.data), config, trained };
  const [even, odd] = [0, 1].map((half) => rows.filter((_, i) => i % 2 === half)) as [RowAddress[], RowAddress[]];
  const scored = (own: readonly RowAddress[], before: number, name: string): Promise<Float64Array> =>
    meanScores(
      own,
      asked,
      trained.rng.fold("genes").fold(name),
      (done) => trained.progress(before + done, rows.length, "asking which genes matter"),
    );
  const [a, b] = [await scored(even, 0, "even"), await scored(odd, even.length, "odd")];
  return {
    names: namesOf(trained.data, a.length),
    scores: a.map((score, gene) => (score * even.length + b[gene]! * odd.length) / rows.length),
    halves: [a, b],
    images: rows.length,
  };
}
