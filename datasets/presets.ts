/**
 * The data of the NicheFlow paper, which the user downloads. Keys below are those of the files:
 *
 * | set | source | time | cell type | coordinates | `X` | SHA-256 | licence |
 * | --- | --- | --- | --- | --- | --- | --- | --- |
 * | MED | FigShare file 40569779, `mosta.h5ad` | `timepoint` | `annotation` | `obsm/spatial` | log-normalised | unknown | see the FigShare record |
 * | ABD | FigShare file 44714629 | `condition` | `Annotation` | `obsm/spatial` | log-normalised | unknown | see the FigShare record |
 * | MBA | Zenodo record 13883177, `aging_coronal.h5ad` | `age` (number) | `celltype` | `obsm/spatial` | counts | unknown | see the Zenodo record |
 *
 * The files could not be had where this was written: names are those that the authors' program reads, sums are unknown.
 *
 * @module
 */

import { type Citation, type Data, DataError } from "../core/mod.ts";
import { anndata, type AnnDataConfig, checkAnnData, loadAnnData } from "./anndata.ts";
import type { Dataset, LoadOptions } from "./mod.ts";

/** What is known of a published data set before it is read. */
interface Preset {
  readonly name: string;
  readonly description: string;
  /** File, where it is from and how large it is, as it stands in the message that asks for it. */
  readonly file: string;
  readonly citation: Citation;
  readonly config: Partial<AnnDataConfig>;
}

function preset({ name, description, file, citation, config }: Preset): Dataset<AnnDataConfig> {
  return Object.freeze({
    name,
    description,
    defaults: { ...anndata.defaults, ...config },
    check: checkAnnData,
    load: (merged: AnnDataConfig, options: LoadOptions): Promise<Data> => {
      if (options.location !== undefined) return loadAnnData(options.location, merged, options, { name, citation });
      return Promise.reject(
        new DataError(
          `Cannot load data set "${name}": give ${file} by --data, as it is or as Zarr, or try ` +
            'the embedded experiment with "deno task exp nicheflow-med"',
        ),
      );
    },
  });
}

/** Mouse embryonic development, three stages, as in the NicheFlow paper. */
export const med: Dataset<AnnDataConfig> = preset({
  name: "med",
  description: "Mouse embryonic development (MOSTA, Stereo-seq), 3 stages, 54,134 cells; needs --data",
  file: "mosta.h5ad (https://figshare.com/ndownloader/files/40569779, 54,134 cells x 2,000 genes)",
  citation: {
    title: "Spatiotemporal transcriptomic atlas of mouse organogenesis using DNA nanoball-patterned arrays",
    authors: "Chen A. et al.; selection by Klein D. et al. (moscot, Nature 2025)",
    year: 2022,
    venue: "Cell 185, 1777-1792",
    url: "https://doi.org/10.1016/j.cell.2022.04.003",
    source: "FigShare file 40569779",
  },
  config: { time: "timepoint", timeUnit: "days of embryonic development", label: "annotation" },
});

/** Axolotl brain development, six stages, as in the NicheFlow paper. */
export const abd: Dataset<AnnDataConfig> = preset({
  name: "abd",
  description: "Axolotl brain development (ARTISTA, Stereo-seq), 6 stages, 36,198 cells; needs --data",
  file: "the h5ad file of https://figshare.com/ndownloader/files/44714629 (36,198 cells x 12,704 genes)",
  citation: {
    title: "Single-cell Stereo-seq reveals induced progenitor cells involved in axolotl brain regeneration",
    authors: "Wei X. et al.",
    year: 2022,
    venue: "Science 377, eabp9444",
    url: "https://doi.org/10.1126/science.abp9444",
    source: "FigShare file 44714629",
  },
  config: {
    time: "condition",
    timeOrder: ["Stage44", "Stage54", "Stage57", "Injury control", "Adult", "Meta"],
    label: "Annotation",
    highlyVariable: 2000,
  },
});

/** Mouse brain ageing, twenty ages, as in the NicheFlow paper. */
export const mba: Dataset<AnnDataConfig> = preset({
  name: "mba",
  description: "Mouse brain ageing (MERFISH, coronal), 20 ages, about 1.5 million cells; needs --data",
  file: "aging_coronal.h5ad (https://zenodo.org/records/13883177, about 1.5 million cells x 300 genes)",
  citation: {
    title: "Spatial transcriptomic clocks reveal cell proximity effects in brain ageing",
    authors: "Sun E. D. et al.",
    year: 2025,
    venue: "Nature 638, 160-171",
    url: "https://doi.org/10.1038/s41586-024-08334-8",
    source: "Zenodo record 13883177",
  },
  config: { time: "age", timeUnit: "months", label: "celltype", normalize: "log1p-median", fraction: 0.2 },
});
