import type { AnnData } from "../../core/mod.ts";
import { numberColumn } from "../csv.ts";
import { columns, readChecked, unsOfSources } from "./tables.ts";

/**
 * Make the table of the cells in epithelial-mesenchymal transition.
 *
 * @param folder Folder with one folder of CSV files per data set.
 * @returns All four stages.
 * @throws {DataError} If the file is not the one that the store is made from.
 */
export async function emt(folder: string): Promise<AnnData> {
  const table = await readChecked(folder, "emt-tgfb1-latent", "cells.csv.gz");
  const time = Int32Array.from(numberColumn(table, "time"));
  return {
    obs: { index: Array.from(time, (value, i) => `stage${value}_${i}`), columns: { time } },
    var: { index: [], columns: {} },
    layers: {},
    obsm: { X_latent: columns(table, Array.from({ length: 10 }, (_, i) => `z${i + 1}`)) },
    varm: {},
    obsp: {},
    uns: {
      title: "A549 cells during epithelial-mesenchymal transition after TGFB1: 10 latent features at four times",
      note:
        "Dissociated cells of a culture: no positions, no labels. Stages 0 to 3 are 0 h, 8 h, 1 day and 3 days of " +
        "TGFB1; features of an autoencoder by Sha et al.",
      citation: "Cook D. P., Vanderhyden B. C., Context specificity of the EMT transcriptional response, Nature " +
        "Communications 11, 2142 (2020); Sha Y. et al., Reconstructing growth and dynamic trajectories from " +
        "single-cell transcriptomics data, Nature Machine Intelligence 6, 25-39 (2024)",
      source: "github.com/zhenyiizhang/CytoBridge-NeurIPS, commit db53686d95c8967418235e50a71e4e7fc5ea6403, " +
        "data/emt.csv",
      licence: "MIT, (c) 2025 Zhenyi Zhang; data CC BY 4.0",
      source_files: unsOfSources("emt-tgfb1-latent"),
    },
  };
}
