import { type AnnData, type HostArray, hostArray } from "../../core/mod.ts";
import { numberColumn, textColumn } from "../csv.ts";
import { categorical, columns, readChecked, readCheckedBytes, unsOfSources } from "./tables.ts";

const SET = "u2os-fkhr-translocation";

/** Columns of the source with one measure per cell. */
const MEASURES = [
  "nucleus_area_px",
  "eccentricity",
  "gfp_nucleus",
  "gfp_ring",
  "dna_nucleus",
  "nuc_cyt_ratio",
] as const;

/** Move the channels of images behind their rows and columns. */
function channelsLast({ data, shape }: HostArray<Uint8Array>): HostArray<Uint8Array> {
  const [rows, channels, height, width] = [shape[0]!, shape[1]!, shape[2]!, shape[3]!];
  const pixels = height * width;
  const out = new Uint8Array(data.length);
  for (let i = 0, from = 0; i < rows; i++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let at = 0; at < pixels; at++, from++) out[(i * pixels + at) * channels + channel] = data[from]!;
    }
  }
  return hostArray(out, [rows, height, width, channels]);
}

/**
 * Make the table of the drug-treated cells.
 *
 * @param folder Folder with one folder of files per data set.
 * @returns All cells with their measures and image crops.
 * @throws {DataError} If a file is not the one that the store is made from.
 */
export async function u2os(folder: string): Promise<AnnData> {
  const cells = await readChecked(folder, SET, "cells.csv.gz");
  const text = (name: string): readonly string[] => textColumn(cells, name);
  const wells = text("well");
  const measures = MEASURES.map((name) => [name, Float32Array.from(numberColumn(cells, name))] as const);
  return {
    obs: {
      index: text("crop").map((crop, row) => `${wells[row]}_${crop}`),
      columns: {
        well: categorical(wells),
        row: categorical(text("row")),
        col: Int32Array.from(numberColumn(cells, "col")),
        drug: categorical(text("drug")),
        concentration: Float32Array.from(numberColumn(cells, "concentration")),
        unit: categorical(text("unit")),
        dose_level: Int32Array.from(numberColumn(cells, "dose_level")),
        role: categorical(text("role")),
        ...Object.fromEntries(measures),
      },
    },
    var: { index: [], columns: {} },
    layers: {},
    obsm: {
      spatial: columns(cells, ["x_px", "y_px"]),
      crops: channelsLast(await readCheckedBytes(folder, SET, "crops_32.npy.gz")),
    },
    varm: {},
    obsp: {},
    uns: {
      title: "U2OS cells with FKHR-GFP under two drugs (BBBC013): image crops and measures of 11,974 cells in 69 wells",
      note: "Cells were segmented by the makers of the table, not by the owner of the images: no ground truth",
      crops: "32 x 32 px around each nucleus; channels GFP and DNA, grey values as recorded, neighbours not masked",
      spatial_unit: "px of the well's field",
      citation: "We used image set BBBC013v1 provided by Ilya Ravkin, available from the Broad Bioimage Benchmark " +
        "Collection (Ljosa V. et al., Nature Methods 9, 637, 2012)",
      source: "github.com/CellProfiler/CellProfiler, commit 5b9c361fcc1116d3d47496d7ce429ba1dddbce16, " +
        "tests/core/data/ExampleSBSImages",
      licence: "CC BY 3.0, Ilya Ravkin",
      source_files: unsOfSources(SET),
    },
  };
}
