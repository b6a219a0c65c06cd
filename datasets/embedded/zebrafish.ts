import type { AnnData } from "../../core/mod.ts";
import { numberColumn } from "../csv.ts";
import { columns, readChecked, unsOfSources } from "./tables.ts";

/**
 * Make the table of the zebrafish embryos.
 *
 * @param folder Folder with one folder of CSV files per data set.
 * @returns Both stages.
 * @throws {DataError} If a file is not the one that the store is made from.
 */
export async function zebrafish(folder: string): Promise<AnnData> {
  const table = await readChecked(folder, "zebrafish-embryo-stereoseq-pcs", "cells.csv.gz");
  const time = Int32Array.from(numberColumn(table, "time"));
  return {
    obs: { index: Array.from(time, (value, i) => `stage${value}_${i}`), columns: { time } },
    var: { index: [], columns: {} },
    layers: {},
    obsm: {
      spatial: columns(table, ["x", "y"]),
      X_pca: columns(table, Array.from({ length: 50 }, (_, i) => `pc${i + 1}`)),
    },
    varm: {},
    obsp: {},
    uns: {
      title: "Zebrafish embryo at two consecutive stages (Stereo-seq, ZESTA): positions and 50 expression components",
      note: "Components as made by the authors of the source; no gene names, no labels, hours not in the source",
      spatial_unit: "scaled units of the source",
      citation: "Liu C. et al., Spatiotemporal mapping of gene expression landscapes and developmental trajectories " +
        "during zebrafish embryogenesis, Developmental Cell 57, 1284-1298 (2022); Zhang Z. et al., Modeling cell " +
        "dynamics and interactions with unbalanced mean field Schrodinger bridge, NeurIPS 2025",
      source: "github.com/zhenyiizhang/CytoBridge-NeurIPS, commit db53686d95c8967418235e50a71e4e7fc5ea6403, " +
        "data/zebrafish.csv",
      licence: "MIT, (c) 2025 Zhenyi Zhang",
      source_files: unsOfSources("zebrafish-embryo-stereoseq-pcs"),
    },
  };
}
