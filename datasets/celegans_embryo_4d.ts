import { type Citation, type Data, DataError, type TimePoint } from "../core/mod.ts";
import { readAnnData } from "../core/io/anndata_reader.ts";
import { frameOfCount } from "./celegans_lineage.ts";
import { categoriesOf } from "./columns.ts";
import { embeddedStore } from "./embedded_store.ts";
import { standardizeByTraining } from "./features.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { obsFeatures, type RowGroup, rowsByCategory, tissueOfGroups } from "./row_groups.ts";
import { splitOf } from "./split.ts";
import { toSections } from "./tissue.ts";

/** Configuration of the C. elegans data. */
export interface CelegansConfig {
  /** Time points, as numbers of nuclei: the first frame with at least as many. */
  readonly counts: readonly number[];
  /** Embryos that are never used to fit anything; by default both of the last day. */
  readonly holdOut: readonly string[];
}

/** Columns of the table that become features. */
const FEATURES: readonly string[] = ["size", "blot"];

const CITATION: Citation = Object.freeze({
  title: "LIVE_tools: lineage-resolved movies of C. elegans embryos",
  authors: "Gan Y., Murray laboratory (University of Pennsylvania)",
  year: 2025,
  url: "https://github.com/johnmurraylab/LIVE_tools",
  licence: "MIT, (c) 2025 Yuntian Gan",
  source: "github.com/johnmurraylab/LIVE_tools, commit 07b8a2e4996dacaa6c382336d72bf28a3810fc9a",
});

function check({ counts }: CelegansConfig): readonly string[] {
  const rising = counts.every((count, i) => Number.isInteger(count) && count > (counts[i - 1] ?? 1));
  return counts.length >= 2 && rising ? [] : [`counts is [${counts.join(", ")}], expected at least 2 rising numbers`];
}

/** One section per embryo and time point. */
function groupsOf(
  embryos: ReadonlyMap<string, Int32Array>,
  frame: ArrayLike<number>,
  { counts, holdOut }: CelegansConfig,
  note: (message: string) => void,
): readonly RowGroup[] {
  const split = splitOf([...embryos.keys()], holdOut);
  return counts.flatMap((count, time) =>
    [...embryos].flatMap(([embryo, rows], i) => {
      const at = frameOfCount(rows.map((row) => frame[row]!), count);
      if (at === undefined) note(`Embryo ${embryo} never has ${count} nuclei: it is left out there`);
      const found = rows.filter((row) => frame[row] === at);
      return at === undefined ? [] : [{ name: `${embryo} at ${count}`, time, split: split[i]!, rows: found }];
    })
  );
}

async function load(config: CelegansConfig, options: LoadOptions): Promise<Data> {
  const table = await readAnnData(options.location ?? embeddedStore(celegans.name));
  const frame = table.obs.columns["frame"];
  if (!ArrayBuffer.isView(frame)) throw new DataError('Cannot find the frames: obs column "frame" holds no numbers');
  const embryos = rowsByCategory(table, "embryo");
  const groups = groupsOf(embryos, frame, config, options.note);
  if (!groups.some(({ split }) => split === "train")) {
    throw new DataError(`Cannot use counts ${config.counts.join(", ")}: no embryo to train on has as many nuclei`);
  }
  const times: readonly TimePoint[] = config.counts.map((count) => ({
    name: `${count} nuclei`,
    value: count,
    unit: "nuclei",
  }));
  const tissue = tissueOfGroups(table, groups, { times, label: "founder" });
  const raw = tissue.sections.map(({ rows }) => obsFeatures(table, FEATURES, rows));
  const features = standardizeByTraining(raw, tissue.sections.map(({ split }) => split));
  const cell = categoriesOf(table, "cell", "cell names");
  return {
    spec: {
      name: celegans.name,
      parts: {
        x: {
          shape: [FEATURES.length],
          unit: "standard deviations of the training cells",
          names: ["nuclear diameter", "reporter"],
        },
        pos: { shape: [3], unit: "px of the source", names: ["posterior", "dorsal", "side"] },
      },
      times,
      labels: { founder: tissue.labels, cell: cell.names },
    },
    sections: toSections(tissue, features).map((section, i) =>
      Object.freeze({
        ...section,
        donor: groups[i]!.name.split(" ")[0]!,
        labels: { ...section.labels, cell: groups[i]!.rows.map((row) => cell.codes[row]!) },
      })
    ),
    citation: CITATION,
    source: options.location ?? `embedded:${celegans.name}`,
    notes: [
      "Features are the nuclear diameter and one reporter, not expression",
      "Time points are numbers of nuclei; embryos were brought to one frame of the body by turns and shifts, which were " +
      "fitted to the named cells of all embryos, held-out ones too",
    ],
  };
}

/** C. elegans embryos tracked nucleus by nucleus in 3-D, with the true lineage; ships with the repository. */
export const celegans: Dataset<CelegansConfig> = Object.freeze({
  name: "celegans-embryo-4d",
  description: "C. elegans embryos in 3-D at 51 to 330 nuclei, 7 embryos; true lineage known, one reporter",
  defaults: {
    counts: [51, 102, 200, 330],
    holdOut: ["20241108_jim767_25_l4", "20241108_jim767_25_l5"],
  },
  check,
  load,
});
