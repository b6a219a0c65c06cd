import type { AnnData } from "../../core/mod.ts";
import { textColumn } from "../csv.ts";
import { columns, readChecked, unsOfSources } from "./tables.ts";

const SET = "drosophila-embryo-bdtnp";

/**
 * Make the table of the Drosophila embryo.
 *
 * @param folder Folder with one folder of files per data set.
 * @returns The 3,039 positions of one half.
 * @throws {DataError} If a file is not the one that the store is made from.
 */
export async function drosophila(folder: string): Promise<AnnData> {
  const positions = await readChecked(folder, SET, "positions.csv.gz");
  const expression = await readChecked(folder, SET, "expression.csv.gz");
  const genes = [...expression.keys()].slice(1);
  return {
    obs: { index: textColumn(positions, "position_id"), columns: {} },
    var: { index: genes, columns: {} },
    X: columns(expression, genes),
    layers: {},
    obsm: { spatial: columns(positions, ["x_um", "y_um", "z_um"]) },
    varm: {},
    obsp: {},
    uns: {
      title: "Drosophila embryo at the end of stage 5 (BDTNP virtual embryo): 84 genes at 3,039 positions of one half",
      note: "An average of many embryos, in relative units; neither counts nor single cells",
      spatial_unit: "micrometres; x from anterior to posterior",
      citation: "Fowlkes C. C. et al., A quantitative spatiotemporal atlas of gene expression in the Drosophila " +
        "blastoderm, Cell 133, 364-374 (2008); Karaiskos N. et al., Science 358, 194-199 (2017); Nitzan M. et al., " +
        "Nature 576, 132-137 (2019)",
      source: "github.com/rajewsky-lab/novosparc, commit a3c9f3d76e59c7a601cfcd0e211630e2458d79a3, " +
        "novosparc/datasets/bdtnp",
      licence: "BSD-3-Clause, (c) 2019 Nikos Karaiskos, Mor Nitzan, Nir Friedman, Nikolaus Rajewsky",
      source_files: unsOfSources(SET),
    },
  };
}
