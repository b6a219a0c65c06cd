import { type AnnData, type Column, hostArray, rng } from "../../core/mod.ts";
import { writeAnnData } from "../../core/io/anndata_writer.ts";

/** Two layers of cells that thicken with time: small, but enough for niches, types and a next time point. */
export interface TissueOptions {
  /** Cells per time point. */
  readonly cells?: number;
  /** Names of the time points. */
  readonly times?: readonly string[];
}

/**
 * Make a table as a user would bring it, with the columns that `nicheflow-med` expects of `--data`.
 *
 * @param options Size.
 * @returns Cells of all time points with `timepoint`, `annotation`, `spatial` and eight genes.
 */
export function tissueTable({ cells = 120, times = ["E9.5", "E10.5", "E11.5"] }: TissueOptions = {}): AnnData {
  const genes = 8;
  const n = cells * times.length;
  const stream = rng(7);
  const [noise, place] = [stream.fold("noise").host.normal(n * genes), stream.fold("place").host.uniform(2 * n)];
  const X = new Float32Array(n * genes);
  const spatial = new Float32Array(2 * n);
  const type = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const time = Math.floor(i / cells);
    spatial[2 * i] = 100 * place[2 * i]!;
    spatial[2 * i + 1] = (60 + 10 * time) * place[2 * i + 1]!;
    type[i] = place[2 * i + 1]! < 0.5 ? 0 : 1;
    for (let g = 0; g < genes; g++) {
      X[i * genes + g] = (g % 2 === type[i] ? 2 : 0) + 0.1 * time + 0.3 * noise[i * genes + g]!;
    }
  }
  const categorical = (codes: Int32Array, categories: readonly string[]): Column => ({
    kind: "categorical",
    codes,
    categories,
    ordered: false,
  });
  return {
    obs: {
      index: Array.from({ length: n }, (_, i) => `cell_${i}`),
      columns: {
        timepoint: categorical(Int32Array.from({ length: n }, (_, i) => Math.floor(i / cells)), times),
        annotation: categorical(type, ["inner", "outer"]),
      },
    },
    var: { index: Array.from({ length: genes }, (_, g) => `gene_${g}`), columns: {} },
    X: hostArray(X, [n, genes]),
    layers: {},
    obsm: { spatial: hostArray(spatial, [n, 2]) },
    varm: {},
    obsp: {},
    uns: {},
  };
}

/**
 * Write a table as a store.
 *
 * @param folder Folder for the store.
 * @param name Name of the store, without extension.
 * @param table The table.
 * @returns Path of the store.
 */
export async function writeTissue(folder: string, name: string, table: AnnData): Promise<string> {
  const path = `${folder}/${name}.zarr`;
  await writeAnnData(path, table);
  return path;
}

/** Settings that make `nicheflow-med` on such a table a matter of a second. */
export const TINY: readonly string[] = [
  "dataset.config.components=4",
  "plugin.config.niche.radius=0.5",
  "plugin.config.niche.dx=0.8",
  "plugin.config.niche.dy=0.8",
  "plugin.config.regions.count=4",
  "plugin.config.regions.niches=8",
  "plugin.config.regions.pairs=4",
  "plugin.config.network.embed=24",
  "plugin.config.network.feedForward=16",
  "plugin.config.network.encoders=1",
  "plugin.config.network.decoders=1",
  "plugin.config.classifier.epochs=2",
  "plugin.config.sampling.points=3",
].map((setting) => `--set=${setting}`);
