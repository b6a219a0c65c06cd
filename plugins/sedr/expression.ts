import {
  type ColumnMoments,
  DataError,
  gatherMoments,
  gatherScatter,
  type HostArray,
  hostArray,
  type NumericArray,
  projectPca,
  type Rng,
  type RowSource,
  sampleVariance,
  type Tree,
  variableColumns,
} from "../../core/mod.ts";
import type { SedrExpression } from "./config.ts";

/** Rows of features with the name that messages call them by. */
export interface ExpressionRows {
  /** Name of the section. */
  readonly name: string;
  /** Features of its cells, `[N, G]`. */
  readonly x: RowSource;
}

/** What was learned from the training sections, as it is stored in a run folder. */
export interface FittedExpression {
  /** All of these. */
  readonly [name: string]: Tree<HostArray>;
  /** Columns whose counts make up the total of a cell, `[G']`; empty if cells are not scaled. */
  readonly counted: HostArray;
  /** 1 if logarithms are taken after scaling, `[1]`. */
  readonly logarithm: HostArray;
  /** Columns that are kept, `[V]`. */
  readonly kept: HostArray;
  /** Mean of each kept gene after scaling, `[V]`. */
  readonly mean: HostArray;
  /** Sample standard deviation of each kept gene after scaling, `[V]`; 1 for one that does not vary. */
  readonly std: HostArray;
  /** Loadings of the principal components of z-scores, `[C, V]`. */
  readonly loadings: HostArray;
}

const NOT_COUNTS = 'if the features are not counts, set plugin.config.expression.normalize="none"';

/** Values of features that are in memory at a time. */
const BLOCK = 2 ** 24;
/** Total of each cell after scaling. */
const MILLION = 1e6;

async function* blocksOf({ name, x }: ExpressionRows, isCounts: boolean): AsyncGenerator<HostArray<NumericArray>> {
  const [rows = 0, width = 1] = x.shape;
  const most = Math.max(1, Math.floor(BLOCK / width));
  for (let from = 0; from < rows; from += most) {
    const block = await x.read(Int32Array.from({ length: Math.min(most, rows - from) }, (_, i) => from + i));
    const bad = block.data.findIndex((value: number) => !Number.isFinite(value) || (isCounts && value < 0));
    if (bad >= 0) {
      throw new DataError(
        `Cannot embed section "${name}": cell ${from + Math.floor(bad / width)} has ${block.data[bad]} in feature ${
          bad % width
        }, expected ${isCounts ? "counts" : "finite numbers"}; ${
          isCounts && Number.isFinite(block.data[bad]) ? NOT_COUNTS : "leave such cells out"
        }`,
      );
    }
    yield block;
  }
}

function takeColumns({ data, shape }: HostArray<NumericArray>, columns: ArrayLike<number>): HostArray<Float64Array> {
  const [rows = 0, width = 0] = shape;
  const out = new Float64Array(rows * columns.length);
  for (let i = 0, to = 0; i < rows; i++) {
    for (let j = 0; j < columns.length; j++) out[to++] = data[i * width + columns[j]!]!;
  }
  return hostArray(out, [rows, columns.length]);
}

/** What is done to features before z-scores. */
interface Scaling {
  /** Columns that make up the total of a cell; none if cells are not scaled. */
  readonly counted: ArrayLike<number>;
  /** Columns that are kept. */
  readonly kept: ArrayLike<number>;
  /** Whether logarithms are taken. */
  readonly logarithm: boolean;
}

/** Kept columns of each cell at a total of a million over the counted ones; a cell without counts stays zero. */
function scaled(block: HostArray<NumericArray>, { counted, kept, logarithm }: Scaling): HostArray<Float64Array> {
  const out = takeColumns(block, kept);
  if (counted.length === 0) return out;
  const [rows = 0, width = 0] = block.shape;
  for (let i = 0; i < rows; i++) {
    let total = 0;
    for (let j = 0; j < counted.length; j++) total += block.data[i * width + counted[j]!]!;
    const factor = total > 0 ? MILLION / total : 0;
    for (let at = i * kept.length; at < (i + 1) * kept.length; at++) {
      out.data[at] = logarithm ? Math.log1p(factor * out.data[at]!) : factor * out.data[at]!;
    }
  }
  return out;
}

/** Genes that enough cells have and that were counted often enough. */
async function presentGenes(
  sections: readonly ExpressionRows[],
  { minCells, minCounts }: SedrExpression,
): Promise<readonly number[]> {
  const width = sections[0]!.x.shape[1]!;
  const [cells, totals] = [new Float64Array(width), new Float64Array(width)];
  for (const section of sections) {
    for await (const { data } of blocksOf(section, true)) {
      for (let at = 0, j = 0; at < data.length; at++, j = j + 1 === width ? 0 : j + 1) {
        if (data[at]! > 0) cells[j]!++;
        totals[j]! += data[at]!;
      }
    }
  }
  const found = [...totals.keys()].filter((j) => cells[j]! >= minCells && totals[j]! >= minCounts);
  if (found.length > 1) return found;
  throw new DataError(
    `Cannot embed: ${found.length} of ${width} genes are in at least ${minCells} cells with at least ${minCounts} counts, ` +
      "expected 2; lower plugin.config.expression.minCells or minCounts",
  );
}

/** The most variable of some genes, by their rank in each section. */
async function variableGenes(
  sections: readonly ExpressionRows[],
  genes: readonly number[],
  count: number,
): Promise<readonly number[]> {
  async function* blocks(section: ExpressionRows): AsyncGenerator<HostArray<NumericArray>> {
    for await (const block of blocksOf(section, true)) yield takeColumns(block, genes);
  }
  const chosen = await variableColumns(sections.map((section) => () => blocks(section)), genes.length, count);
  return Array.from(chosen, (column) => genes[column]!);
}

function float32(values: ArrayLike<number>, shape: readonly number[] = [values.length]): HostArray {
  return hostArray(Float32Array.from(values), shape);
}

/**
 * Learn from the training sections how features become components: which genes to keep, their means and spreads, and the
 * principal components. Sections are read in blocks; memory is that of kept genes squared.
 *
 * @param sections Training sections, of equal features.
 * @param config How.
 * @param rng Stream for the components.
 * @returns What was learned; undefined if features are taken as they are.
 * @throws {DataError} If a value is not finite or (of counts) negative, or too few genes or cells are left.
 */
export async function fitExpression(
  sections: readonly ExpressionRows[],
  config: SedrExpression,
  rng: Rng,
): Promise<FittedExpression | undefined> {
  if (config.components === 0) return undefined;
  const isCounts = config.normalize !== "none";
  const width = sections[0]!.x.shape[1]!;
  const present = isCounts ? await presentGenes(sections, config) : Array.from({ length: width }, (_, j) => j);
  const some = isCounts && config.variableGenes > 0 && config.variableGenes < present.length;
  const kept = some ? await variableGenes(sections, present, config.variableGenes) : present;
  const cells = sections.reduce((sum, { x }) => sum + x.shape[0]!, 0);
  const components = Math.min(config.components, kept.length - 1, cells - 1);
  if (components < 1) {
    throw new DataError(
      `Cannot find principal components of ${cells} cells and ${kept.length} genes: expected at least 2 of both`,
    );
  }
  const scaling = { counted: isCounts ? present : [], kept, logarithm: config.normalize === "log1p" };
  const gathered = gatherMoments(kept.length);
  for (const section of sections) {
    for await (const block of blocksOf(section, isCounts)) gathered.add(scaled(block, scaling));
  }
  const moments: ColumnMoments = gathered.moments();
  const std = sampleVariance(moments).map((variance) => variance > 0 ? Math.sqrt(variance) : 1);
  const scatter = gatherScatter(new Float64Array(kept.length));
  for (const section of sections) {
    for await (const block of blocksOf(section, isCounts)) {
      scatter.add(zScores(scaled(block, scaling), moments.mean, std));
    }
  }
  const { components: loadings } = scatter.pca(components, rng.fold("components").host);
  return {
    counted: float32(scaling.counted),
    logarithm: float32([Number(scaling.logarithm)]),
    kept: float32(kept),
    mean: float32(moments.mean),
    std: float32(std),
    loadings: float32(loadings.data, loadings.shape),
  };
}

function scalingOf({ counted, kept, logarithm }: FittedExpression): Scaling {
  return { counted: counted.data, kept: kept.data, logarithm: logarithm.data[0] === 1 };
}

function zScores(
  { data, shape }: HostArray<Float64Array>,
  mean: ArrayLike<number>,
  std: ArrayLike<number>,
): HostArray<Float64Array> {
  return hostArray(data.map((value, at) => (value - mean[at % mean.length]!) / std[at % mean.length]!), shape);
}

/**
 * Components of the cells of a section.
 *
 * @param fitted What was learned; undefined to take features as they are.
 * @param section The section.
 * @param rows Rows to take; absent means all.
 * @returns Components, `[N, C]`, in standard deviations of genes.
 * @throws {DataError} If a value is not finite or (of counts) negative.
 */
export async function componentsOf(
  fitted: FittedExpression | undefined,
  { name, x }: ExpressionRows,
  rows?: Int32Array,
): Promise<HostArray> {
  const chosen: RowSource = rows === undefined ? x : {
    shape: [rows.length, ...x.shape.slice(1)],
    read: (index) => x.read(index === undefined ? rows : Int32Array.from(index, (at) => rows[at]!)),
  };
  const width = fitted === undefined ? x.shape[1]! : fitted.loadings.shape[0]!;
  const out = new Float32Array(chosen.shape[0]! * width);
  let to = 0;
  const isCounts = fitted !== undefined && fitted.counted.data.length > 0;
  const pca = fitted === undefined ? undefined : {
    mean: new Float64Array(fitted.mean.data.length),
    components: hostArray(Float64Array.from(fitted.loadings.data), fitted.loadings.shape),
    explainedVariance: new Float64Array(width),
    singularValues: new Float64Array(width),
  };
  for await (const block of blocksOf({ name, x: chosen }, isCounts)) {
    const made = fitted === undefined || pca === undefined ? block : projectPca(
      pca,
      zScores(scaled(block, scalingOf(fitted)), fitted.mean.data, fitted.std.data),
    );
    out.set(made.data, to);
    to += made.data.length;
  }
  return hostArray(out, [chosen.shape[0]!, width]);
}
