import {
  type Batches,
  DataError,
  dispose,
  fromHost,
  hostArray,
  intTensor,
  type Rng,
  type RowCut,
  takeRows,
  type Tensor,
  tensor,
} from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import type { NicheInputs } from "./context.ts";
import type { ImageLayout } from "./image_layout.ts";
import {
  type CellInputs,
  type GeneInputs,
  geneInputs,
  geneTokens,
  type ImageInputs,
  imageInputs,
  imageTokens,
  tensorsOf,
  valuesOfTokens,
} from "./inputs.ts";
import { drawPresence, drawRegions, nichesWithin, type RegionCells, turnedPlaces } from "./regions.ts";
import { rowTotals, type SpatiaSection } from "./sections.ts";
import { keptTokens, thinnedCounts } from "./tokens.ts";

/** What batches are made by. */
export interface BatchSetting {
  /** Configuration. */
  readonly config: SpatiaEncoderConfig;
  /** How images become tokens; absent without images. */
  readonly layout?: ImageLayout;
}

/** What images are compared with. */
export interface ImageTargets {
  /** Row among the seen tokens for each token, int32 `[B P]`; one beyond them where it was hidden. */
  readonly back: Tensor;
  /** 1 for tokens that were hidden and are there, `[B, P]`. */
  readonly hidden: Tensor;
}

/** What counts are compared with. */
export interface GeneTargets {
  /** Counts of the tokens before thinning, `[B, L]`. */
  readonly counts: Tensor;
  /** Their sums, `[B, 1]`. */
  readonly totals: Tensor;
  /** Cells whose counts the network sees. */
  readonly seen: number;
}

/** Cells of a batch; owns its tensors. */
export interface SpatiaBatch extends Disposable {
  /** What the network sees. */
  readonly inputs: CellInputs;
  /** Neighbours within the batch. */
  readonly niches: NicheInputs;
  /** Places, `[B, 2]`. */
  readonly places: Tensor;
  /** What images are compared with; absent if no token is hidden. */
  readonly image?: ImageTargets;
  /** What counts are compared with; absent if the network sees none. */
  readonly genes?: GeneTargets;
  /** Cells of which the network sees image and counts, int32 `[n]`; absent if fewer than two. */
  readonly both?: Tensor;
  /** What it was made of. */
  readonly host: { readonly cells: RegionCells; readonly setting: BatchSetting; readonly rng: Rng };
}

interface ImageParts {
  readonly inputs: ImageInputs;
  readonly targets?: ImageTargets;
  /** 1 for cells whose image is seen. */
  readonly seen: Float32Array;
}

function imageParts(
  { section: { images }, rows }: RegionCells,
  { config, layout }: BatchSetting,
  drawn: Float32Array,
  turn: number,
  rng: Rng,
): ImageParts | undefined {
  if (images === undefined || layout === undefined) return undefined;
  const count = layout.tokens;
  const there = Float32Array.from(rows, (row) => images.present[row]!);
  const seen = drawn.map((flag, i) => flag * there[i]!);
  const kept = keptTokens(rows.length, count, config.masking.image, rng);
  const gone = kept.rows.length;
  const back = kept.back.map((at, i) => seen[Math.floor(i / count)] === 1 ? at : gone);
  const hidden = Float32Array.from(back, (at, i) => at === gone ? there[Math.floor(i / count)]! : 0);
  const tokens = imageTokens(takeRows(images.values, rows), layout, turn);
  return {
    inputs: imageInputs(tokens, seen, kept),
    seen,
    ...(!hidden.includes(1) ? {} : {
      targets: { back: intTensor(back), hidden: tensor(hidden, [rows.length, count]) },
    }),
  };
}

interface GeneParts {
  readonly inputs: GeneInputs;
  readonly targets: GeneTargets;
}

function geneParts(
  { section, rows }: RegionCells,
  { config: { modalities, genes, masking } }: BatchSetting,
  seen: Float32Array,
  rng: Rng,
): GeneParts | undefined {
  if (!modalities.includes("genes")) return undefined;
  const counts = takeRows(section.counts, rows);
  const thinned = hostArray(thinnedCounts(counts, masking.counts, rng.fold("thinning")), counts.shape);
  const tokens = geneTokens(counts, genes.tokens, rng.fold("tokens"));
  const target = valuesOfTokens(counts, tokens);
  return {
    inputs: geneInputs(thinned, section.geneStats, tokens, seen),
    targets: {
      counts: fromHost(target),
      totals: tensor(rowTotals(target), [rows.length, 1]),
      seen: seen.reduce((sum, flag) => sum + flag, 0),
    },
  };
}

/**
 * Make a batch: what is hidden is drawn from the stream alone, so that equal calls give equal batches.
 *
 * @param cells Cells of a section.
 * @param setting Configuration and layout.
 * @param rng Stream.
 * @returns The batch.
 */
export function spatiaBatch(cells: RegionCells, setting: BatchSetting, rng: Rng): SpatiaBatch {
  const { section, rows, region } = cells;
  const { config, layout } = setting;
  const turn = rng.fold("turn").host.choice(layout?.orders.length ?? 1, 1)[0]!;
  const drawn = drawPresence(region, config, rng.fold("presence"));
  const image = imageParts(cells, setting, drawn.image, turn, rng.fold("image"));
  const genes = geneParts(cells, setting, drawn.genes, rng.fold("genes"));
  const places = turnedPlaces(takeRows(section.places, rows), turn);
  const niches = nichesWithin(section, rows, places);
  const both = image === undefined || genes === undefined
    ? []
    : Array.from(rows.keys()).filter((i) => image.seen[i] === 1 && drawn.genes[i] === 1);
  const inputs: CellInputs = {
    ...(image === undefined ? {} : { image: image.inputs }),
    ...(genes === undefined ? {} : { genes: genes.inputs }),
  };
  const parts = {
    inputs,
    niches,
    places: fromHost(places),
    ...(image?.targets === undefined ? {} : { image: image.targets }),
    ...(genes === undefined ? {} : { genes: genes.targets }),
    ...(both.length < 2 ? {} : { both: intTensor(both) }),
  };
  const targets = [parts.image?.back, parts.image?.hidden, parts.genes?.counts, parts.genes?.totals, parts.both];
  const owned = [...tensorsOf(inputs), ...Object.values<Tensor>({ ...niches }), parts.places, ...targets];
  return Object.freeze({
    ...parts,
    host: { cells, setting, rng },
    [Symbol.dispose]: () => dispose(owned.filter((each) => each !== undefined)),
  });
}

/** How batches are cut, so that the memory of a step is known before it runs. */
export const SPATIA_ROWS: RowCut<SpatiaBatch> = Object.freeze({
  count: ({ host }: SpatiaBatch): number => host.cells.rows.length,
  first({ host: { cells, setting, rng } }: SpatiaBatch, rows: number): SpatiaBatch {
    const some = { ...cells, rows: cells.rows.slice(0, rows), region: cells.region.slice(0, rows) };
    return spatiaBatch(some, setting, rng);
  },
});

/**
 * Batches of regions, each of one training section, drawn in proportion to its cells.
 *
 * @param sections Sections; those that are held out are not drawn from.
 * @param setting Configuration and layout.
 * @param rng Stream.
 * @returns Random access to batches.
 * @throws {DataError} If no section may be trained on.
 */
export function regionBatches(
  sections: readonly SpatiaSection[],
  setting: BatchSetting,
  rng: Rng,
): Batches<SpatiaBatch> {
  const training = sections.filter(({ split }) => split === "train");
  if (training.length === 0) throw new DataError("Cannot train: all sections are held out, leave at least one");
  const weight = training.map(({ rows }) => rows);
  return {
    at(step: number): Promise<SpatiaBatch> {
      const stream = rng.fold(step);
      const [chosen] = stream.fold("section").host.choice(training.length, 1, { weight });
      const cells = drawRegions(training[chosen!]!, setting.config.regions, stream.fold("regions"));
      return Promise.resolve(spatiaBatch(cells, setting, stream.fold("batch")));
    },
  };
}
