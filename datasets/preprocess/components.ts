import {
  type AnnData,
  checkWhole,
  DataError,
  decodePca as decodeScores,
  type HostArray,
  hostArray,
  type NumericArray,
  type Pca,
  projectPca,
  type Rng,
} from "../../core/mod.ts";
import { gatherScatter } from "../../core/spatial/scatter_pca.ts";
import { arrayIn, numberIn, textsIn } from "./fitted.ts";
import { trainingCount, trainingMoments, trainingRows, valueError } from "./passes.ts";
import { genesByName } from "./quality.ts";
import { type RowBlocks, selectRows } from "./rows.ts";
import { type Applied, type Fitted, type Params, type StepKind, stepKind } from "./step.ts";
import type { StreamTable } from "./stream_table.ts";

/** How many components. */
export interface ComponentsParams extends Params {
  /** Number of components C. */
  readonly components: number;
}

/** The rows that may be fitted on. */
function trainingBlocks({ X, train }: StreamTable): RowBlocks {
  return train === undefined ? X : selectRows(X, train);
}

async function fitComponents(table: StreamTable, { components }: ComponentsParams, rng: Rng): Promise<Fitted> {
  const most = Math.min(trainingCount(table), table.var.index.length);
  if (components > most) {
    throw new DataError(
      `Cannot find ${components} components of ${trainingCount(table)} training cells and ${table.var.index.length} ` +
        `genes: at most ${most}, lower components`,
    );
  }
  const { mean } = await trainingMoments(table, table.X);
  const gene = mean.findIndex((value) => !Number.isFinite(value));
  if (gene >= 0) throw await whereNotFinite(table, gene);
  const gathered = gatherScatter(mean);
  for await (const { rows } of trainingBlocks(table).blocks()) gathered.add(rows);
  const pca = gathered.pca(components, rng.host);
  return {
    genes: table.var.index,
    mean: hostArray(pca.mean, [pca.mean.length]),
    components: pca.components,
    variance: hostArray(pca.explainedVariance, [components]),
    total_variance: pca.totalVariance,
  };
}

async function whereNotFinite(table: StreamTable, column: number): Promise<DataError> {
  for await (const { start, rows } of table.X.blocks()) {
    for (const row of trainingRows(table, start, rows.shape[0]!) ?? Array(rows.shape[0]).keys()) {
      const [from, to] = "kind" in rows ? [rows.indptr[row]!, rows.indptr[row + 1]!] : [0, 0];
      const at = "kind" in rows
        ? rows.indices.subarray(from, to).indexOf(column) + from
        : row * table.X.columns + column;
      const value = "kind" in rows && at < from ? 0 : rows.data[at]!;
      if (!Number.isFinite(value)) {
        return valueError("find principal components", table, { row: start + row, column, value }, "finite numbers");
      }
    }
  }
  return new DataError(`Cannot find principal components: gene "${table.var.index[column]}" has no finite mean`);
}

function pcaOf(fitted: Fitted): Pca {
  const components = arrayIn(fitted, "components");
  const variance = Float64Array.from(arrayIn(fitted, "variance").data);
  return {
    mean: Float64Array.from(arrayIn(fitted, "mean").data),
    components: hostArray(Float64Array.from(components.data), components.shape),
    explainedVariance: variance,
    singularValues: variance.map(Math.sqrt),
  };
}

/** Loadings as AnnData keeps them, one row per gene. */
function transposed({ data, shape }: HostArray<NumericArray>): HostArray<Float64Array> {
  const [rows = 0, columns = 0] = shape;
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return hostArray(out, [columns, rows]);
}

/** Principal components of X. */
export const components: StepKind<ComponentsParams> = stepKind(
  {
    name: "pca",
    description: "principal components into obsm/X_pca, with loadings and means for decoding",
    defaults: { components: 50 } as ComponentsParams,
  },
  ({ components }) => checkWhole("components", components, 1),
  {
    fit: fitComponents,
    apply: async (given, _, fitted): Promise<Applied> => {
      const table = genesByName(given, textsIn(fitted, "genes"));
      const pca = pcaOf(fitted);
      const count = pca.components.shape[0]!;
      const scores = new Float32Array(table.X.rows * count);
      for await (const { start, rows } of table.X.blocks()) scores.set(projectPca(pca, rows).data, start * count);
      const variance = pca.explainedVariance;
      const total = numberIn(fitted, "total_variance");
      return {
        table: {
          ...table,
          obsm: { ...table.obsm, X_pca: hostArray(scores, [table.X.rows, count]) },
          varm: { ...table.varm, PCs: transposed(pca.components) },
          uns: {
            ...table.uns,
            pca: {
              mean: hostArray(pca.mean, [pca.mean.length]),
              variance: hostArray(variance, [count]),
              variance_ratio: hostArray(variance.map((value) => total > 0 ? value / total : 0), [count]),
            },
          },
        },
      };
    },
  },
);

/**
 * Find the principal components that step `pca` keeps in a table.
 *
 * @param table A prepared table, or one read back from its store.
 * @returns Means and loadings.
 * @throws {DataError} If the table has none, or has other genes than they were found on.
 */
export function storedPca(table: Pick<AnnData, "varm" | "uns">): Pca {
  const [loadings, kept] = [table.varm["PCs"], table.uns["pca"]];
  if (loadings === undefined || typeof kept !== "object" || kept === null || !("mean" in kept)) {
    throw new DataError('Cannot decode components: the table lacks varm "PCs" or the mean in uns "pca", run step pca');
  }
  const fitted = { ...(kept as Fitted), components: transposed(loadings) };
  const pca = pcaOf(fitted);
  if (pca.mean.length === loadings.shape[0]) return pca;
  throw new DataError(
    `Cannot decode components: loadings are of ${
      loadings.shape[0]
    } genes, means of ${pca.mean.length}, run step pca again`,
  );
}

/**
 * Turn scores, for example of generated cells, back into expression of genes.
 *
 * @param table A prepared table, or one read back from its store.
 * @param scores Scores `[N, C]` in the unit of `obsm/X_pca`.
 * @returns Expression in the unit that `X` had when the components were found, `[N, G]`; what lies outside the components
 * is lost.
 * @throws {DataError} If the table has no components.
 * @throws {TypeError} If the number of components differs.
 */
export function decodePca(table: Pick<AnnData, "varm" | "uns">, scores: HostArray<NumericArray>): HostArray {
  return decodeScores(storedPca(table), scores);
}
