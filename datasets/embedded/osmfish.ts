import { type AnnData, hostArray, takeRows } from "../../core/mod.ts";
import { numberColumn, textColumn } from "../csv.ts";
import { categorical, columns, readChecked, unsOfSources } from "./tables.ts";

const SET = "mouse-cortex-osmfish";

/**
 * Make the table of the osmFISH section.
 *
 * @param folder Folder with one folder of files per data set.
 * @returns The cells that passed the authors' filter.
 * @throws {DataError} If a file is not the one that the store is made from.
 */
export async function osmfish(folder: string): Promise<AnnData> {
  const cells = await readChecked(folder, SET, "cells.csv.gz");
  const expression = await readChecked(folder, SET, "expression.csv.gz");
  const genes = [...expression.keys()].slice(1);
  const valid = textColumn(cells, "valid").flatMap((text, row) => text === "1" ? [row] : []);
  const counts = takeRows(columns(expression, genes), valid);
  const pick = <T>(values: readonly T[]): readonly T[] => valid.map((row) => values[row]!);
  const text = (name: string): readonly string[] => pick(textColumn(cells, name));
  const numbers = (name: string): readonly number[] => pick(Array.from(numberColumn(cells, name)));
  return {
    obs: {
      index: text("cell_id"),
      columns: {
        region: categorical(text("region")),
        cell_type: categorical(text("cell_type")),
        cluster_id: Int32Array.from(numbers("cluster_id")),
        size_um2: Float32Array.from(numbers("size_um2")),
        n_molecules: Int32Array.from(numbers("n_molecules")),
      },
    },
    var: { index: genes, columns: {} },
    X: hostArray(Uint16Array.from(counts.data), counts.shape),
    layers: {},
    obsm: { spatial: takeRows(columns(cells, ["x_um", "y_um"]), valid) },
    varm: {},
    obsp: {},
    uns: {
      title: "Mouse somatosensory cortex, osmFISH: counts of 33 genes in one coronal strip",
      chosen: "The cells that passed the authors' filter",
      spatial_unit: "micrometres, from the pixel size that the cell sizes of the source imply",
      citation: "Codeluppi S. et al., Spatial organization of the somatosensory cortex revealed by osmFISH, Nature " +
        "Methods 15, 932-935 (2018), https://doi.org/10.1038/s41592-018-0175-z",
      source: "github.com/drieslab/spatial-datasets, commit 12a495fe6b2394a703f570615b3470d3b3d2bec8, " +
        "data/2018_osmFISH_SScortex",
      licence: "MIT, (c) 2019 Ruben Dries",
      source_files: unsOfSources(SET),
    },
  };
}
