import {
  type AnnData,
  type ColumnStats,
  DataError,
  gatherMoments,
  type HostArray,
  hostArray,
  openAnnData,
  type RowSource,
  selectRows,
  standardize,
  statsOfMoments,
} from "../core/mod.ts";
import type { ExpressionConfig } from "./expression.ts";
import { leadingColumns } from "./matrix.ts";
import { isTableFile } from "./read_table.ts";
import type { Tissue } from "./tissue.ts";

/** Features of this size and below are read at once: then any row costs the same. */
const KEPT_BYTES = 2 ** 26;

/** Values that are in memory while all rows are looked at. */
const BLOCK_VALUES = 2 ** 21;

/** What is used of a table whose features stay in its store. */
export interface StoreFeatures {
  /** Annotations and coordinates. */
  readonly table: AnnData;
  /** Features of all cells, `[N, C]`, read as they are asked for. */
  readonly source: RowSource;
  /** Name of each feature. */
  readonly names: readonly string[];
}

/** Which features are used. */
export interface FeatureChoice extends ExpressionConfig {
  /** `"X"`, or an entry of `obsm`. */
  readonly features: string;
  /** Entry of `obsm` with the coordinates. */
  readonly spatial: string;
}

/**
 * Open a store whose features are used as they are, and are too large to be read at once.
 *
 * @param location Path or address of the store.
 * @param choice Which features are used.
 * @param keptBytes Size up to which features are rather read at once.
 * @returns Annotations in memory, features as a stream; undefined where the table has to be read: features are computed
 * from it, it is small, it is no Zarr store, is kept by column, or lacks what is asked for.
 * @throws {DataError} If there is no store.
 */
export async function openFeatures(
  location: string,
  choice: FeatureChoice,
  keptBytes: number = KEPT_BYTES,
): Promise<StoreFeatures | undefined> {
  const { features, spatial, normalize, highlyVariable, components } = choice;
  const computed = features === "X" && (normalize !== "none" || highlyVariable > 0 || components > 0);
  if (computed || await isTableFile(location)) return undefined;
  const store = await openAnnData(location);
  const known = await store.names("obsm");
  const isThere = features === "X" ? store.X !== undefined : known.includes(features);
  if (!isThere || !known.includes(spatial)) return undefined;
  const stored = features === "X" ? store.X! : await store.matrix(`obsm/${features}`);
  const [rows = 0, columns = 0] = stored.shape;
  if (stored.shape.length !== 2 || stored.kind === "csc" || 4 * rows * columns <= keptBytes) return undefined;
  const genes = await store.var.index();
  const used = components === 0 ? columns : Math.min(components, columns);
  const coordinates = await (await store.matrix(`obsm/${spatial}`)).read();
  const table: AnnData = {
    obs: await store.obs.all(),
    var: { index: genes, columns: {} },
    layers: {},
    obsm: { [spatial]: coordinates },
    varm: {},
    obsp: {},
    uns: {},
  };
  const source = changed(stored, used, (values) => leadingColumns(values, used));
  const names = features === "X" ? genes : Array.from({ length: used }, (_, i) => `${features} ${i + 1}`);
  return { table, source, names };
}

function changed(source: RowSource, columns: number, change: (values: HostArray) => HostArray): RowSource {
  return Object.freeze({
    ...source,
    shape: [source.shape[0]!, columns],
    read: async (index?: ArrayLike<number>): Promise<HostArray> => {
      const { data, shape } = await source.read(index);
      return change(hostArray(Float32Array.from(data), shape));
    },
  });
}

/**
 * Features of some cells. Cells of a section may lie between others in the store: what is near in the section is as near
 * in the store as the section is dense there.
 */
function ofCells(source: RowSource, rows: Int32Array): RowSource {
  const share = rows.length / (rows.at(-1)! - rows[0]! + 1);
  const { chunkRows, cachedRows } = source;
  return {
    ...selectRows(source, rows),
    ...(chunkRows !== undefined && { chunkRows: Math.max(1, Math.floor(share * chunkRows)) }),
    ...(cachedRows !== undefined && { cachedRows: Math.floor(share * cachedRows) }),
  };
}

/** Look at all cells once: mean and deviation of the training cells, and that every value is a number. */
async function trainingStats({ source, names }: StoreFeatures, { sections }: Tissue): Promise<ColumnStats> {
  const gathered = gatherMoments(names.length);
  const step = Math.max(1, Math.floor(BLOCK_VALUES / names.length));
  for (const { rows, split } of sections) {
    for (let from = 0; from < rows.length; from += step) {
      const index = rows.subarray(from, from + step);
      const values = await source.read(index);
      const bad = values.data.findIndex((value: number) => !Number.isFinite(value));
      if (bad >= 0) {
        const [row, name] = [index[Math.floor(bad / names.length)], names[bad % names.length]];
        throw new DataError(
          `Cannot use features: row ${row} has ${values.data[bad]} of "${name}", expected finite numbers`,
        );
      }
      if (split === "train") gathered.add(values);
    }
  }
  return statsOfMoments(gathered.moments());
}

/**
 * Features of each section in standard deviations of the training cells, read from the store as they are asked for.
 *
 * @param features The features.
 * @param tissue Sections of the table.
 * @returns One source per section.
 * @throws {DataError} If a value is not finite.
 */
export async function featuresOfSections(features: StoreFeatures, tissue: Tissue): Promise<readonly RowSource[]> {
  const stats = await trainingStats(features, tissue);
  const columns = features.names.length;
  const scaled = changed(features.source, columns, (values) => standardize(values, stats));
  return tissue.sections.map(({ rows }) => ofCells(scaled, rows));
}
