import { type Data, type HostArray, readImages, type RowAddress, rowsOf, type Section } from "../../core/mod.ts";
import {
  statesOf,
  type Transition,
  type TransitionConfig,
  type Transitions,
  transitionWeights,
} from "./transitions.ts";

/** Crops that means are taken over, at most. */
const MEAN_CROPS = 1000;

/**
 * Take rows evenly over all, in order.
 *
 * @param rows Rows.
 * @param count How many; 0 takes all.
 * @returns At most as many.
 */
export function spreadOver(rows: readonly RowAddress[], count: number): readonly RowAddress[] {
  if (count === 0 || count >= rows.length) return rows;
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i + 0.5) * rows.length / count)]!);
}

/**
 * Cells of a split that are in a state.
 *
 * @param data The data set.
 * @param config Where states come from.
 * @param split Which sections.
 * @param state The state.
 * @returns Their rows.
 */
export function inState(
  data: Data,
  config: TransitionConfig,
  split: Section["split"],
  state: number,
): readonly RowAddress[] {
  const states = new Map(data.sections.map((section) => [section, statesOf(config, section)] as const));
  return rowsOf(data, split).filter(({ section, row }) => states.get(section)![row] === state);
}

function meanImage({ data, shape }: HostArray): Float64Array {
  const size = data.length / shape[0]!;
  const mean = new Float64Array(size);
  data.forEach((value, at) => mean[at % size]! += value / shape[0]!);
  return mean;
}

/** The mean change of training crops, pixel by pixel, from a state to another. */
export type MeanChange = (transition: Transition) => Promise<Float64Array>;

/**
 * Mean changes of training crops; those of held-out transitions lie between their neighbours'.
 *
 * @param data The data set.
 * @param config Where states come from.
 * @param transitions All transitions.
 * @returns A function that reads what it needs once.
 */
export function meanChanges(data: Data, config: TransitionConfig, transitions: Transitions): MeanChange {
  const known = new Map<number, Promise<Float64Array>>();
  const meanOf = (state: number): Promise<Float64Array> => {
    const found = known.get(state) ??
      readImages(data, spreadOver(inState(data, config, "train", state), MEAN_CROPS)).then(meanImage);
    known.set(state, found);
    return found;
  };
  return async (transition) => {
    const weights = transitionWeights(transitions, transition, data.spec);
    const control = await meanOf(transition.from);
    const change = new Float64Array(control.length);
    for (const [i, weight] of weights.entries()) {
      if (weight === 0) continue;
      (await meanOf(transitions.trained[i]!.to)).forEach((value, at) => change[at]! += weight * (value - control[at]!));
    }
    return change;
  };
}
