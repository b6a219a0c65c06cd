import { type HostArray, hostArray, nearestOthers, type Rng } from "../../../core/mod.ts";
import { slidePearson } from "../score.ts";
import type { Slide } from "../slides.ts";
import { foldsOf } from "./folds.ts";
import type { Baseline, FeatureSlide } from "./predictor.ts";
import { type Smoothing, smoothOver } from "./smooth.ts";

/** Neighbours and own shares to choose from. */
const SMOOTHINGS: readonly Smoothing[] = [8, 24].flatMap((neighbours) =>
  [0.75, 0.5, 0.25, 0.1].map((own) => ({ neighbours, own }))
);

/** A baseline with the settings that validation chose, fitted on all training slides. */
export interface ChosenBaseline {
  /** Name in the results. */
  readonly name: string;
  /** What was chosen, in words. */
  readonly settings: string;
  /**
   * Predict a slide.
   *
   * @param slide The slide.
   * @returns Predictions spot by spot, and averaged over neighbours, `[N, G]`.
   */
  predict(slide: FeatureSlide): Promise<{ readonly plain: HostArray; readonly smoothed: HostArray }>;
}

/**
 * The nearest other spots of each spot, as many as any smoothing uses.
 *
 * @param coords Places, `[N, 2]`.
 * @returns Rows, `[N, k]`.
 */
function neighbourhood({ coords }: Slide): HostArray<Int32Array> {
  const rows = coords.shape[0]!;
  const k = Math.min(rows - 1, Math.max(...SMOOTHINGS.map(({ neighbours }) => neighbours)));
  return hostArray(nearestOthers(coords, k), [rows, k]);
}

function bestOf<T>(options: readonly T[], score: (option: T) => number): T {
  const scores = options.map(score);
  return options[scores.indexOf(Math.max(...scores))]!;
}

/**
 * Choose the setting and the smoothing of a baseline by validation within the training slides, then fit on all of them.
 *
 * @param baseline The baseline.
 * @param training Slides that may be trained on.
 * @param rng Stream.
 * @returns The fitted baseline.
 */
export async function chooseBaseline(
  baseline: Baseline,
  training: readonly FeatureSlide[],
  rng: Rng,
): Promise<ChosenBaseline> {
  const { settings } = baseline;
  const plain = new Float64Array(settings.length);
  const smoothed = settings.map(() => new Float64Array(SMOOTHINGS.length));
  for (const [number, fold] of foldsOf(training).entries()) {
    const fitted = await baseline.fit(fold.training, rng.fold("fold").fold(number));
    for (const slide of fold.validation) {
      const nearest = neighbourhood(slide);
      for (const [i, setting] of settings.entries()) {
        const predicted = await fitted.predict(slide, setting);
        plain[i]! += slidePearson(predicted, slide.y);
        for (const [j, smoothing] of SMOOTHINGS.entries()) {
          smoothed[i]![j]! += slidePearson(smoothOver(predicted, nearest, smoothing), slide.y);
        }
      }
    }
  }
  const setting = bestOf(settings, (one) => plain[settings.indexOf(one)]!);
  const pairs = settings.flatMap((one, i) =>
    SMOOTHINGS.map((smoothing, j) => ({ one, smoothing, score: smoothed[i]![j]! }))
  );
  const pair = bestOf(pairs, ({ score }) => score);
  const fitted = await baseline.fit(training, rng.fold("all"));
  return {
    name: baseline.name,
    settings: `${setting}; smoothed ${pair.one}, own share ${pair.smoothing.own} of ${pair.smoothing.neighbours} ` +
      "neighbours",
    predict: async (slide) => ({
      plain: await fitted.predict(slide, setting),
      smoothed: smoothOver(await fitted.predict(slide, pair.one), neighbourhood(slide), pair.smoothing),
    }),
  };
}
