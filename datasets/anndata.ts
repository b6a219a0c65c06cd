import { type AnnData, type Citation, type Data, DataError, rng, takeRows } from "../core/mod.ts";
import { registerSections, warnUnaligned, withoutFragments } from "./align.ts";
import { checkChoice, checkText, checkWhole } from "../core/config/check.ts";
import { type Expression, type ExpressionConfig, expressionOf } from "./expression.ts";
import { standardizeByTraining } from "./features.ts";
import { floatRows, leadingColumns } from "./matrix.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { readTable } from "./read_table.ts";
import { NO_LABELS, type Tissue, type TissueColumns, tissueOf, toSections } from "./tissue.ts";

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

/** Draw the cells to keep; each section has a stream of its own, so that none depends on the others. */
function subsample(tissue: Tissue, features: Expression, fraction: number, seed: number): [Tissue, Expression] {
  if (fraction === 1) return [tissue, features];
  const kept = tissue.sections.map(({ name, rows }) => {
    const count = Math.max(1, Math.round(fraction * rows.length));
    return rng(seed).fold("subsample").fold(name).host.choice(rows.length, count).sort();
  });
  const sections = tissue.sections.map((section, i) => ({
    ...section,
    rows: Int32Array.from(kept[i]!, (at) => section.rows[at]!),
    pos: takeRows(section.pos, kept[i]!),
    label: section.label.length === 0 ? section.label : Int32Array.from(kept[i]!, (at) => section.label[at]!),
  }));
  return [{ ...tissue, sections }, {
    ...features,
    features: features.features.map((values, i) => takeRows(values, kept[i]!)),
  }];
}

/** Components that the store holds already. */
function storedComponents(table: AnnData, tissue: Tissue, { features: key, components }: AnnDataConfig): Expression {
  const features = tissue.sections.map(({ rows }) => leadingColumns(floatRows(table, key, rows), components));
  return { features, names: Array.from({ length: features[0]!.shape[1]! }, (_, i) => `${key} ${i + 1}`) };
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
  const table = await readTable(location, { note: options.note });
  const found = tissueOf(table, config, options.note);
  const whole = config.fragments === "drop" ? withoutFragments(found, options.note) : found;
  const raw = config.features === "X" ? expressionOf(table, whole, config) : storedComponents(table, whole, config);
  const [cells, kept] = subsample(whole, raw, config.fraction, options.seed);
  const tissue = config.register === "labels" ? registerSections(cells, options.note) : cells;
  if (config.register === "none") warnUnaligned(tissue, options.warn);
  const features = standardizeByTraining(kept.features, tissue.sections.map(({ split }) => split));
  const dims = tissue.sections[0]!.pos.shape[1]!;
  return {
    spec: {
      name: about.name,
      parts: {
        x: { shape: [kept.names.length], unit: "standard deviations of the training cells", names: kept.names },
        pos: { shape: [dims], unit: "units of the store", names: ["x", "y", "z"].slice(0, dims) },
      },
      times: tissue.times,
      labels: tissue.labels.length === 0 ? {} : { [tissue.labelName]: tissue.labels },
    },
    sections: toSections(tissue, features),
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
