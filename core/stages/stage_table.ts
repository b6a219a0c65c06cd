import { type Data, formatCitation } from "../data.ts";
import { concatRows } from "../host_array.ts";
import type { AnnData } from "../io/anndata.ts";
import type { GeneratedStage } from "./stage_metrics.ts";

/**
 * Generated cells of all stages as one table: features in X, the stage of each cell in `obs/stage`.
 *
 * @param stages Generated stages, at least one.
 * @param data The data set.
 * @param generatedBy What generated them, for `uns/generated_by`.
 * @returns The table.
 */
export function stageTable(stages: readonly GeneratedStage[], data: Data, generatedBy: string): AnnData {
  const x = concatRows(stages.map((stage) => stage.x));
  const [rows, width] = x.shape as [number, number];
  const perCell = <T>(of: (stage: GeneratedStage) => T): T[] =>
    stages.flatMap((stage) => Array<T>(stage.x.shape[0]!).fill(of(stage)));
  const categories = data.spec.times.map(({ name }) => name);
  return {
    obs: {
      index: Array.from({ length: rows }, (_, i) => `generated_${i}`),
      columns: {
        stage: {
          kind: "categorical",
          codes: Int32Array.from(perCell(({ stage }) => stage.time)),
          categories,
          ordered: true,
        },
        held_out: {
          kind: "categorical",
          codes: Int32Array.from(perCell(({ heldOut }) => Number(heldOut))),
          categories: ["no", "yes"],
          ordered: false,
        },
      },
    },
    var: {
      index: data.spec.parts["x"]!.names ?? Array.from({ length: width }, (_, i) => `feature_${i}`),
      columns: {},
    },
    X: x,
    layers: {},
    obsm: {},
    varm: {},
    obsp: {},
    uns: { generated_by: generatedBy, data: formatCitation(data.citation), notes: [...data.notes] },
  };
}
