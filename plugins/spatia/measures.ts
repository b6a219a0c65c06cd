import {
  breathe,
  type ColumnStats,
  columnStats,
  type HostArray,
  hostArray,
  standardize,
  takeRows,
  type Trained,
} from "../../core/mod.ts";
import type { SpatiaConfig } from "./config.ts";
import { measureImages, morphologyTable } from "./morphology.ts";
import { maskRatios } from "./ratio.ts";
import type { ChangeSamples, TransitionSamples } from "./samples.ts";

/** What is measured of a set of crops. */
export interface CropMeasures {
  /** Profiles of those that show a cell, `[n, 10]`, in standard deviations of the transition's real targets. */
  readonly profiles: HostArray;
  /** Their ratios; empty if the read-out is off. */
  readonly ratios: Float64Array;
}

/** Measures of a transition's crops. */
export interface TransitionMeasures {
  /** The transition's crops. */
  readonly samples: TransitionSamples;
  /** What was drawn. */
  readonly generated: CropMeasures;
  /** Control cells. */
  readonly control: CropMeasures;
  /** Real target cells. */
  readonly target: CropMeasures;
  /** Controls with the mean change. */
  readonly shifted: CropMeasures;
  /** Real target cells of other sections; absent if there are none. */
  readonly replicate?: CropMeasures;
  /** The two halves of the real target cells. */
  readonly halves: readonly [CropMeasures, CropMeasures];
}

/** Profiles before they are standardised. */
interface RawMeasures {
  readonly profiles: HostArray<Float64Array>;
  readonly ratios: Float64Array;
}

function measure(images: HostArray, { morphology, ratio }: SpatiaConfig): RawMeasures {
  return {
    profiles: morphologyTable(measureImages(images, morphology)).values,
    ratios: ratio.signal < 0 ? new Float64Array() : maskRatios(images, ratio),
  };
}

function scaled({ profiles, ratios }: RawMeasures, stats: ColumnStats): CropMeasures {
  return { profiles: standardize(profiles, stats), ratios };
}

/** Every second row, from the first or the second. */
function halfOf({ profiles, ratios }: CropMeasures, from: 0 | 1): CropMeasures {
  const rows = Int32Array.from({ length: profiles.shape[0]! }, (_, i) => i).filter((i) => i % 2 === from);
  return { profiles: takeRows(profiles, rows), ratios: ratios.filter((_, i) => i % 2 === from) };
}

/** Fewest profiles that anything is computed of. */
const LEAST = 4;

/**
 * Measure the crops of all transitions.
 *
 * @param samples What was drawn, and real cells.
 * @param config How crops are measured.
 * @param trained Progress and notes.
 * @returns Measures of the transitions whose crops show enough cells.
 */
export async function measureSamples(
  samples: ChangeSamples,
  config: SpatiaConfig,
  trained: Trained,
): Promise<readonly TransitionMeasures[]> {
  const out: TransitionMeasures[] = [];
  const poor: string[] = [];
  for (const [i, each] of samples.transitions.entries()) {
    trained.progress(i, samples.transitions.length, `measuring ${each.transition.name}`);
    await breathe();
    const raw = (images: HostArray): RawMeasures => measure(images, config);
    const [generated, control, target] = [raw(each.generated), raw(each.control), raw(each.target)];
    if ([generated, control, target].some(({ profiles }) => profiles.shape[0]! < LEAST)) {
      poor.push(each.transition.name);
      continue;
    }
    const stats = columnStats(hostArray(target.profiles.data, target.profiles.shape));
    const replicate = each.replicate.shape[0] === 0 ? undefined : raw(each.replicate);
    const real = scaled(target, stats);
    out.push({
      samples: each,
      generated: scaled(generated, stats),
      control: scaled(control, stats),
      target: real,
      shifted: scaled(raw(each.shifted), stats),
      ...(replicate === undefined || replicate.profiles.shape[0]! < LEAST
        ? {}
        : { replicate: scaled(replicate, stats) }),
      halves: [halfOf(real, 0), halfOf(real, 1)],
    });
  }
  if (poor.length > 0) trained.note(`crops without a cell to measure, not compared: ${poor.join(", ")}`);
  return out;
}
