import {
  type AnnData,
  type Citation,
  type Data,
  DataError,
  type HostArray,
  inMemory,
  rng,
  type RowSource,
  takeRows,
} from "../core/mod.ts";
import { registerSections, warnUnaligned, withoutFragments } from "./align.ts";
import { checkChoice, checkText, checkWhole } from "../core/config/check.ts";
import { type Expression, type ExpressionConfig, expressionOf } from "./expression.ts";
import { standardizeByTraining } from "./features.ts";
import { floatRows, leadingColumns } from "./matrix.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { readTable } from "./read_table.ts";
import { featuresOfSections, openFeatures } from "./store_features.ts";
import { NO_LABELS, sectionsOf, selectCells, type Tissue, type TissueColumns, tissueOf } from "./tissue.ts";

/** Configuration of data that the user brings. */
export interface AnnDataConfig extends TissueColumns, ExpressionConfig {
  /** What features are made of: `"X"`, or an entry of `obsm` that holds components already. */
  readonly features: string;
  /** Whether to lay sections onto each other by their labels. */
  readonly register: "none" | "labels";
  /** Whether to leave out pieces that are linked to no tissue. */
  readonly fragments: "keep" | "drop";
  /** Share of the cells of each section to keep, drawn after the components are found. */
  readonly fraction: number;
}

const DEFAULTS: AnnDataConfig = Object.freeze({
  time: "time",
  timeOrder: [],
  timeUnit: "as in the name",
  section: "",
  label: "cell_type",
  spatial: "spatial",
  features: "X",
  normalize: "none",
  highlyVariable: 0,
  components: 50,
  register: "none",
  fragments: "keep",
  fraction: 1,
  holdOut: [],
});

/**
 * Check constraints of data that the user brings.
 *
 * @param config Merged configuration.
 * @returns One message per problem, empty if fine.
 */
export function checkAnnData(config: AnnDataConfig): readonly string[] {
  const { fraction } = config;
  return [
    ...checkText("time", config.time),
    ...checkText("spatial", config.spatial),
    ...checkText("features", config.features),
    ...checkChoice("normalize", config.normalize, ["none", "log1p-median"]),
    ...checkChoice("register", config.register, ["none", "labels"]),
    ...checkChoice("fragments", config.fragments, ["keep", "drop"]),
    ...checkWhole("highlyVariable", config.highlyVariable, 0),
    ...checkWhole("components", config.components, 0),
    ...(fraction > 0 && fraction <= 1 ? [] : [`fraction is ${fraction}, expected a number above 0 and up to 1`]),
  ];
}

/** A table before cells are drawn. */
interface LoadedTable {
  /** All cells. */
  readonly tissue: Tissue;
  /** Name of each feature. */
  readonly names: readonly string[];
  /** Features of the cells that were kept, in standard deviations of the training cells. */
  features(tissue: Tissue, cells: readonly Int32Array[]): Promise<readonly RowSource[]>;
}

/** Draw the cells to keep; each section has a stream of its own, so that none depends on the others. */
function subsample(tissue: Tissue, fraction: number, seed: number): readonly Int32Array[] {
  return tissue.sections.map(({ name, rows }) => {
    if (fraction === 1) return Int32Array.from(rows.keys());
    const count = Math.max(1, Math.round(fraction * rows.length));
    return rng(seed).fold("subsample").fold(name).host.choice(rows.length, count).sort();
  });
}

/** Components that the store holds already. */
function storedComponents(table: AnnData, tissue: Tissue, { features: key, components }: AnnDataConfig): Expression {
  const features = tissue.sections.map(({ rows }) => leadingColumns(floatRows(table, key, rows), components));
  return { features, names: Array.from({ length: features[0]!.shape[1]! }, (_, i) => `${key} ${i + 1}`) };
}

/** A table in memory with its features; these are computed for all its cells, whichever are kept later. */
async function inMemoryTable(location: string, config: AnnDataConfig, { note }: LoadOptions): Promise<LoadedTable> {
  const table = await readTable(location, { note });
  const tissue = wholeTissue(table, config, note);
  const { features, names } = config.features === "X"
    ? expressionOf(table, tissue, config)
    : storedComponents(table, tissue, config);
  const kept = (values: HostArray, cells: Int32Array): HostArray =>
    cells.length === values.shape[0] ? values : takeRows(values, cells);
  return {
    tissue,
    names,
    features: ({ sections }, cells) =>
      Promise.resolve(
        standardizeByTraining(features.map((values, i) => kept(values, cells[i]!)), sections.map(({ split }) => split))
          .map(inMemory),
      ),
  };
}

/** A table whose features stay in the store. */
async function storedTable(
  location: string,
  config: AnnDataConfig,
  { note }: LoadOptions,
): Promise<LoadedTable | undefined> {
  const stored = await openFeatures(location, config);
  if (stored === undefined) return undefined;
  note(`Features stay in the store: ${stored.source.shape.join(" x ")} values are read as they are used`);
  return {
    tissue: wholeTissue(stored.table, config, note),
    names: stored.names,
    features: (tissue) => featuresOfSections(stored, tissue),
  };
}

function wholeTissue(table: AnnData, config: AnnDataConfig, note: (message: string) => void): Tissue {
  const found = tissueOf(table, config, note);
  return config.fragments === "drop" ? withoutFragments(found, note) : found;
}

/**
 * Read an AnnData-Zarr store or an `.h5ad` file into sections.
 *
 * @param location Path of either, or address of a store.
 * @param config Merged configuration.
 * @param options Seed, and where to report.
 * @param about Name and citation of the data.
 * @returns Sections in order of time.
 * @throws {DataError} If the store is absent or cannot be used.
 */
export async function loadAnnData(
  location: string,
  config: AnnDataConfig,
  options: LoadOptions,
  about: { readonly name: string; readonly citation: Citation },
): Promise<Data> {
  const loaded = await storedTable(location, config, options) ?? await inMemoryTable(location, config, options);
  const kept = subsample(loaded.tissue, config.fraction, options.seed);
  const cells = selectCells(loaded.tissue, (section) => kept[loaded.tissue.sections.indexOf(section)]!);
  const features = await loaded.features(cells, kept);
  const tissue = config.register === "labels" ? registerSections(cells, options.note) : cells;
  if (config.register === "none") warnUnaligned(tissue, options.warn);
  const dims = tissue.sections[0]!.pos.shape[1]!;
  return {
    spec: {
      name: about.name,
      parts: {
        x: { shape: [loaded.names.length], unit: "standard deviations of the training cells", names: loaded.names },
        pos: { shape: [dims], unit: "units of the store", names: ["x", "y", "z"].slice(0, dims) },
      },
      times: tissue.times,
      labels: tissue.labels.length === 0 ? {} : { [tissue.labelName]: tissue.labels },
    },
    sections: sectionsOf(tissue, features),
    citation: about.citation,
    source: location,
    notes: tissue.labels.length === 0 ? [NO_LABELS] : [],
  };
}

function load(config: AnnDataConfig, options: LoadOptions): Promise<Data> {
  const { location } = options;
  if (location === undefined) {
    return Promise.reject(
      new DataError(
        'Cannot load data set "anndata": give an AnnData-Zarr store by --data, or try the embedded data with ' +
          "--set dataset.name=axolotl-brain-regeneration",
      ),
    );
  }
  const file = location.replace(/\/+$/, "").split("/").at(-1) ?? location;
  const citation = { title: `User data ${file}`, authors: "not stated", url: location };
  return loadAnnData(location, config, options, { name: anndata.name, citation });
}

/** Any AnnData-Zarr store with a time column and coordinates. */
export const anndata: Dataset<AnnDataConfig> = Object.freeze({
  name: "anndata",
  description: "Your own AnnData-Zarr store, given by --data; dataset.config names its columns",
  defaults: DEFAULTS,
  check: checkAnnData,
  load,
});
