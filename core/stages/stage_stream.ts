import type { Data } from "../data.ts";
import { type HostArray, hostArray } from "../host_array.ts";
import type { Rng } from "../rng/mod.ts";
import { stageTable } from "./stage_table.ts";
import { readStages, type Stage } from "./stages.ts";
import { generatedNames, type StreamBlock, streamBlockRows, type TableStream } from "../io/table_stream.ts";

/** How cells of stages are drawn. */
export interface StageStreamOptions {
  /** The data set. */
  readonly data: Data;
  /** What generates them, for `uns/generated_by`. */
  readonly generatedBy: string;
  /**
   * Draw cells of one stage.
   *
   * @param stage The stage.
   * @param trained Stages that were trained on.
   * @param cells How many, at least 1.
   * @param rng Stream of the draw.
   * @returns Features, `[cells, G]`.
   */
  draw(stage: Stage, trained: readonly Stage[], cells: number, rng: Rng): Promise<HostArray>;
}

/**
 * Draw cells of the held-out stages without end, as many of each; of the trained stages if none is held out.
 *
 * @param options Data and how cells are drawn.
 * @returns The cells.
 * @throws {DataError} If the data have no time points or no training cells, or a value is not finite.
 */
export async function stageStream({ data, generatedBy, draw }: StageStreamOptions): Promise<TableStream> {
  const { trained, heldOut } = await readStages(data);
  const wanted = heldOut.length > 0 ? heldOut : trained;
  const features = trained[0]!.x.shape[1]!;
  const generated = (stage: Stage, x: HostArray) => ({ stage, heldOut: heldOut.length > 0, x, controls: {} });
  const none = hostArray(new Float32Array(0), [0, features]);
  return Object.freeze({
    empty: stageTable([generated(wanted[0]!, none)], data, generatedBy),
    blockRows: streamBlockRows(features),
    groupRows: 1,
    make: async ({ first, rows, rng }: StreamBlock) => {
      const stages = [];
      for (const [i, stage] of wanted.entries()) {
        const cells = Math.floor((rows + wanted.length - 1 - i) / wanted.length);
        if (cells > 0) stages.push(generated(stage, await draw(stage, trained, cells, rng.fold(stage.name))));
      }
      const table = stageTable(stages, data, generatedBy);
      return { ...table, obs: { ...table.obs, index: generatedNames(first, rows) } };
    },
  });
}
