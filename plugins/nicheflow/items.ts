import { type HostArray, hostArray } from "../../core/mod.ts";
import type { NicheFlowConfig } from "./config.ts";
import type { Generated } from "./generate.ts";
import { type Cells, flatten } from "./score.ts";

/**
 * Evaluation items that one repeat of a step in time gives (section 8.1): all niches of a section together, or one random
 * cloud each, as many as cover the target section.
 *
 * @param config The method's configuration.
 * @param targetCells Cells of the target section.
 * @returns Number of items.
 */
export function itemsPerRepeat(config: Pick<NicheFlowConfig, "model" | "regions">, targetCells: number): number {
  return config.model === "nicheflow" ? 1 : Math.ceil(targetCells / config.regions.cells);
}

function setAt({ data, shape }: HostArray, set: number): HostArray {
  const [, size, width] = shape as [number, number, number];
  return hostArray(data.subarray(set * size * width, (set + 1) * size * width), [size, width]);
}

/**
 * What the metrics of a step count as one item each.
 *
 * @param repeats Generated sets, one entry per repeat.
 * @param model What a set is: a niche of a section, or a random cloud.
 * @returns One list of cells per item.
 */
export function itemsOf(repeats: readonly Generated[], model: NicheFlowConfig["model"]): readonly Cells[] {
  if (model === "nicheflow") return repeats.map(flatten);
  return repeats.flatMap(({ x, pos }) =>
    Array.from({ length: x.shape[0]! }, (_, set) => ({ x: setAt(x, set), pos: setAt(pos, set) }))
  );
}
