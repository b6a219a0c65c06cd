import { type AnnData, hostArray } from "../../core/mod.ts";
import { numberColumn, textColumn } from "../csv.ts";
import { categorical, columns, readChecked, readCheckedBytes, unsOfSources } from "./tables.ts";

const SET = "mouse-olfactory-bulb-st-he";

/**
 * Make the table of the olfactory bulb sections.
 *
 * @param folder Folder with one folder of files per data set.
 * @returns The spots of four sections with counts and image patches.
 * @throws {DataError} If a file is not the one that the store is made from.
 */
export async function olfactoryBulb(folder: string): Promise<AnnData> {
  const spots = await readChecked(folder, SET, "spots.csv.gz");
  const genes = await readChecked(folder, SET, "genes.csv.gz");
  const counts = columns(await readChecked(folder, SET, "expression.csv.gz"), textColumn(genes, "gene_id"));
  const whole = (name: string): Int32Array => Int32Array.from(numberColumn(spots, name));
  return {
    obs: {
      index: textColumn(spots, "spot_id"),
      columns: {
        section: categorical(textColumn(spots, "section")),
        mouse: whole("individual"),
        z_um: whole("z_um"),
        grid_x: whole("grid_x"),
        grid_y: whole("grid_y"),
        n_counts: whole("n_counts"),
      },
    },
    var: { index: textColumn(genes, "symbol"), columns: { gene_id: textColumn(genes, "gene_id") } },
    X: hostArray(Uint16Array.from(counts.data), counts.shape),
    layers: {},
    obsm: {
      spatial: columns(spots, ["x_px", "y_px"]),
      patches: await readCheckedBytes(folder, SET, "patches_48.npy.gz"),
    },
    varm: {},
    obsp: {},
    uns: {
      title:
        "Mouse olfactory bulb, Spatial Transcriptomics with H&E: counts of 1,000 genes and one image patch per spot",
      patches: "48 x 48 px around each spot, RGB, about two grid steps wide: layers are visible, single nuclei are not",
      spatial_unit: "px of the section's image, origin at the top left; about 21.6 px per grid step in x, 24.1 in y",
      citation: "Stahl P. L. et al., Visualization and analysis of gene expression in tissue sections by spatial " +
        "transcriptomics, Science 353, 78-82 (2016); Bergenstrahle J. et al., Seamless integration of image and " +
        "molecular analysis for spatial transcriptomics workflows, BMC Genomics 21, 482 (2020)",
      source: "github.com/jbergenstrahle/STUtility, commit 9a8f421499e58b13340ee386db07b0eba923c88c, " +
        "inst/extdata/counts",
      licence: "MIT, (c) 2019 Joseph Bergenstrahle",
      source_files: unsOfSources(SET),
    },
  };
}
