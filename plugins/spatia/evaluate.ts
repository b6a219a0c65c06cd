import { frechetDistance, hostArray, kernelDistance, type Metric, pearsonByColumn } from "../../core/mod.ts";
import type { CropMeasures, TransitionMeasures } from "./measures.ts";
import { MORPHOLOGY_SIZE } from "./morphology.ts";
import { median } from "./ratio.ts";
import { directionCosine, gaussianDiscrepancy, profileScores } from "./scores.ts";

/** Profiles per dimension below which covariances say too little for a Fréchet distance (section 6.2). */
const FRECHET_ROWS = 10;
/** Width of the Gaussian kernel: about the distance of a profile from the mean of its kind. */
const KERNEL_WIDTH = Math.sqrt(MORPHOLOGY_SIZE);

/** One quantity that compares crops with a transition's real targets. */
interface Measure {
  readonly name: string;
  readonly better: Metric["better"];
  readonly description: string;
  /** The quantity; NaN where it cannot be told. */
  readonly of: (made: CropMeasures, real: CropMeasures, control: CropMeasures) => number;
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value / values.length, 0);
}

function enoughRows({ profiles }: CropMeasures): boolean {
  return profiles.shape[0]! >= FRECHET_ROWS * MORPHOLOGY_SIZE;
}

const PROFILE = "ten-number profiles of cells in standard deviations of real targets, mean over transitions";

const MEASURES: readonly Measure[] = [
  {
    name: "frechet-profile",
    better: "lower",
    description: `squared Fréchet distance of ${PROFILE}`,
    of: (made, real) => enoughRows(made) && enoughRows(real) ? frechetDistance(made.profiles, real.profiles) : NaN,
  },
  {
    name: "kernel-profile",
    better: "lower",
    description: `squared maximum mean discrepancy with a cubic kernel, unbiased, of ${PROFILE}`,
    of: (made, real) => kernelDistance(made.profiles, real.profiles),
  },
  {
    name: "mmd-profile",
    better: "lower",
    description: `squared maximum mean discrepancy with a Gaussian kernel, unbiased, of ${PROFILE}`,
    of: (made, real) => gaussianDiscrepancy(made.profiles, real.profiles, KERNEL_WIDTH).unbiased,
  },
  {
    name: "ks-score",
    better: "higher",
    description: `1 minus the mean Kolmogorov-Smirnov distance of the numbers of ${PROFILE}`,
    of: (made, real, control) => profileScores(made.profiles, control.profiles, real.profiles).ksScore,
  },
  {
    name: "w1-profile",
    better: "lower",
    description: `1-Wasserstein distance of each number of ${PROFILE}`,
    of: (made, real, control) => meanOf(profileScores(made.profiles, control.profiles, real.profiles).toTarget),
  },
  {
    name: "wasserstein-correlation",
    better: "higher",
    description: "correlation over the ten numbers of how far generated and real targets are from controls (W1)",
    of: (made, real, control) => profileScores(made.profiles, control.profiles, real.profiles).wassersteinCorrelation,
  },
  {
    name: "direction-cosine",
    better: "higher",
    description: "cosine of the mean change of profiles, generated and real, mean over transitions",
    of: (made, real, control) => directionCosine(made.profiles, control.profiles, real.profiles),
  },
  {
    name: "ratio-error",
    better: "lower",
    description: "difference of the median mask-to-ring ratios of generated and real targets, mean over transitions",
    of: (made, real) => Math.abs(median(made.ratios) - median(real.ratios)),
  },
];

/** What results are read against. */
const REFERENCES: Readonly<Record<string, (of: TransitionMeasures) => CropMeasures | undefined>> = {
  "identity": ({ control }) => control,
  "mean change": ({ shifted }) => shifted,
  "real target": ({ replicate }) => replicate,
};

/** Mean of the numbers that could be told; NaN if none could. */
function meanKnown(values: readonly number[]): number {
  const known = values.filter((value) => Number.isFinite(value));
  return known.length === 0 ? NaN : meanOf(known);
}

/**
 * One quantity for each of some crops, by transition.
 *
 * @param name Name of the quantity, see {@linkcode changeMetrics}.
 * @param all Measures of transitions.
 * @param crops Which crops are compared with the real targets.
 * @returns One number per transition; NaN where there are none.
 */
export function measureByTransition(
  name: string,
  all: readonly TransitionMeasures[],
  crops: (of: TransitionMeasures) => CropMeasures | undefined,
): readonly number[] {
  const { of } = MEASURES.find((each) => each.name === name)!;
  return all.map((each) => {
    const made = crops(each);
    return made === undefined ? NaN : of(made, each.target, each.control);
  });
}

/** Correlation over transitions of the median ratios, generated and real. */
function ratioCorrelation(all: readonly TransitionMeasures[]): Metric | undefined {
  const medians = (of: (each: TransitionMeasures) => CropMeasures | undefined): Float64Array =>
    Float64Array.from(all, (each) => median(of(each)?.ratios ?? []));
  const real = medians(({ target }) => target);
  const against = (made: Float64Array): number =>
    pearsonByColumn(hostArray(made, [made.length, 1]), hostArray(real, [real.length, 1]))[0]!;
  const value = against(medians(({ generated }) => generated));
  if (all.length < 3 || !Number.isFinite(value)) return undefined;
  const anchors = Object.entries(REFERENCES).map(([name, of]) => [name, against(medians(of))] as const);
  return {
    name: "ratio-correlation",
    value,
    better: "higher",
    description: "correlation over transitions of the median mask-to-ring ratios of generated and real targets",
    anchors: Object.fromEntries(anchors.filter(([, known]) => Number.isFinite(known))),
  };
}

/**
 * Compare drawn cells with real ones, transition by transition, and take means.
 *
 * References: `identity` returns the controls; `mean change` adds the mean change of training crops to them; `real target`
 * are cells of the same transition from training sections, what a perfect generator could reach if sections did not differ;
 * `noise floor` is one half of the real targets against the other.
 *
 * @param all Measures of transitions, at least one.
 * @returns Metrics in the order of the report; those that cannot be told are left out.
 */
export function changeMetrics(all: readonly TransitionMeasures[]): readonly Metric[] {
  const metrics = MEASURES.flatMap(({ name, better, description, of }): readonly Metric[] => {
    const value = meanKnown(measureByTransition(name, all, ({ generated }) => generated));
    if (!Number.isFinite(value)) return [];
    const anchors = Object.entries(REFERENCES).map(([reference, crops]) =>
      [reference, meanKnown(measureByTransition(name, all, crops))] as const
    );
    const floor = meanKnown(all.map(({ halves: [a, b], control }) => of(a, b, control)));
    const known = [...anchors, ["noise floor", floor] as const].filter(([, anchor]) => Number.isFinite(anchor));
    return [{ name, value, better, description, anchors: Object.fromEntries(known) }];
  });
  const correlation = ratioCorrelation(all);
  return correlation === undefined ? metrics : [...metrics, correlation];
}
