import { type Citation, type Data, DataError, inMemory } from "../core/mod.ts";
import { checkChoice } from "../core/config/check.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import { categoriesOf } from "./columns.ts";
import { embeddedStore } from "./embedded_store.ts";
import { standardizeByTraining } from "./features.ts";
import { floatRows } from "./matrix.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { splitOf } from "./split.ts";

/** Configuration of the cells in epithelial-mesenchymal transition. */
export interface EmtConfig {
  /** Stages that are never used to fit anything, by name. */
  readonly holdOut: readonly string[];
  /** Position of the stages on the time axis: their `"order"` (0 to 3, as the benchmarks have it) or `"hours"`. */
  readonly axis: string;
  /** Whether features are in standard deviations of the training cells; else as in the source, about 0 to 1. */
  readonly standardize: boolean;
}

/** Hours of TGFB1 at each stage. */
const STAGES = [
  { name: "0 h", hours: 0 },
  { name: "8 h", hours: 8 },
  { name: "1 day", hours: 24 },
  { name: "3 days", hours: 72 },
] as const;

const CITATION: Citation = Object.freeze({
  title: "Context specificity of the EMT transcriptional response",
  authors: "Cook D. P., Vanderhyden B. C.; latent features by Sha Y. et al. (Nature Machine Intelligence 6, 2024)",
  year: 2020,
  venue: "Nature Communications 11, 2142",
  url: "https://doi.org/10.1038/s41467-020-16066-2",
  licence: "MIT (table), CC BY 4.0 (article)",
  source: "github.com/zhenyiizhang/CytoBridge-NeurIPS, commit db53686d95c8967418235e50a71e4e7fc5ea6403",
});

async function load({ holdOut, axis, standardize }: EmtConfig, options: LoadOptions): Promise<Data> {
  const store = options.location ?? embeddedStore(emtTgfb1Latent.name);
  const table = await readAnnData(store);
  const { names, codes } = categoriesOf(table, "time", "stages");
  const expected = STAGES.map((_, i) => `${i}`);
  if (names.toSorted().join() !== expected.join()) {
    throw new DataError(`Cannot use stages ${names.join(", ")}: expected ${expected.join(", ")}`);
  }
  const split = splitOf(STAGES.map(({ name }) => name), holdOut);
  const rows = expected.map((name) => {
    const code = names.indexOf(name);
    return Int32Array.from(codes.keys()).filter((row) => codes[row] === code);
  });
  const raw = rows.map((own) => floatRows(table, "X_latent", own));
  const features = standardize ? standardizeByTraining(raw, split) : raw;
  const width = raw[0]!.shape[1]!;
  return {
    spec: {
      name: emtTgfb1Latent.name,
      parts: {
        x: {
          shape: [width],
          unit: standardize ? "standard deviations" : "units of the source",
          names: Array.from({ length: width }, (_, i) => `z${i + 1}`),
        },
      },
      times: STAGES.map(({ name, hours }, i) => ({
        name,
        value: axis === "hours" ? hours : i,
        unit: axis === "hours" ? "hours of TGFB1" : "position in the series",
      })),
      labels: {},
    },
    sections: STAGES.map(({ name }, time) =>
      Object.freeze({
        name,
        time,
        split: split[time]!,
        rows: rows[time]!.length,
        parts: { x: inMemory(features[time]!) },
        labels: {},
      })
    ),
    citation: CITATION,
    source: options.location ?? `embedded:${emtTgfb1Latent.name}`,
    notes: ["Cells of a culture, not of a tissue: there are no coordinates and no cell types"],
  };
}

/** Cells of a human lung cancer line at four times after TGFB1, as ten latent features; ships with the package. */
export const emtTgfb1Latent: Dataset<EmtConfig> = Object.freeze({
  name: "emt-tgfb1-latent",
  description: "Epithelial-mesenchymal transition, 3,133 cells at 4 times; 10 latent features, no positions or labels",
  defaults: { holdOut: ["1 day"], axis: "order", standardize: true },
  check: ({ axis }: EmtConfig): readonly string[] => checkChoice("axis", axis, ["order", "hours"]),
  load,
});
