import {
  type Cells,
  type DataSpec,
  dispose,
  draw,
  hostArray,
  type StreamBlock,
  streamBlockRows,
  type TableStream,
  toHost,
  type Trained,
  zeros,
} from "../../core/mod.ts";
import { cellConditions } from "./conditions.ts";
import { drawnConditions, generatedTable } from "./generated.ts";
import { type CfmConfig, type CfmMethod, conditionTensor } from "./method.ts";
import { pathTimes } from "./path_times.ts";
import { conditionNames, splitTable } from "./table.ts";

/**
 * Draw cells without end, for conditions in the proportions of the test rows.
 *
 * @param method The flow.
 * @param config The method's configuration.
 * @param spec Sizes and names of the data.
 * @param trained Parameters and data.
 * @returns The cells.
 */
export function streamCells(method: CfmMethod, config: CfmConfig, spec: DataSpec, trained: Trained): TableStream {
  const table = splitTable(trained.data, config.condition);
  const from = { names: conditionNames({ spec }, config.condition), config, data: trained.data };
  const conditions = cellConditions(config, spec).rows([]);
  const features = table.train.x.shape[1]!;
  return Object.freeze({
    empty: generatedTable(hostArray(new Float32Array(0), [0, features]), new Int32Array(0), from),
    blockRows: streamBlockRows(features),
    groupRows: 1,
    make: async ({ first, rows, rng }: StreamBlock) => {
      const condition = drawnConditions(table, rows, rng.fold("conditions"));
      const cond = { condition: conditionTensor(Array.from(condition, (kind) => conditions[kind]!)) };
      const like: Cells = { x: zeros([rows, features]) };
      const { x } = await draw(method, { params: trained.params, cond, like, times: pathTimes(config.sampling), rng });
      const cells = await toHost(x.x);
      dispose([x.x, cond.condition, like.x]);
      return generatedTable(cells, condition, from, first);
    },
  });
}
