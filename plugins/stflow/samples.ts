import { breathe, type HostArray, hostArray, type Samples, type Trained } from "../../core/mod.ts";
import { BASELINE_TABLE, chooseBaseline, type ChosenBaseline, type FeatureSlide } from "./baselines/mod.ts";
import type { StFlowConfig } from "./config.ts";
import type { SpotMethod } from "./method.ts";
import { predictSlide } from "./predict.ts";
import { slidePearson } from "./score.ts";
import type { Slide } from "./slides.ts";
import { predictionTable } from "./table.ts";

/** A slide with all that was predicted of it. */
export interface PredictedSlide {
  /** The slide, with what was measured. */
  readonly slide: Slide;
  /** Mean over the draws, `[N, G]`. */
  readonly mean: HostArray;
  /** Standard deviation over the draws, `[N, G]`; zeros for a single one. */
  readonly spread: HostArray;
  /** Predictions from each draw of the prior, `[N, G]`. */
  readonly draws: readonly HostArray[];
  /** What baselines predict, by name, `[N, G]`. */
  readonly baselines: Readonly<Record<string, HostArray>>;
}

/** What was predicted. */
export interface StSamples extends Samples {
  /** Predicted slides. */
  readonly slides: readonly PredictedSlide[];
  /** Whether they were held out. */
  readonly heldOut: boolean;
}

/** What predicting needs besides trained parameters. */
export interface SampleSetting {
  /** Configuration. */
  readonly config: StFlowConfig;
  /** The flow. */
  readonly method: SpotMethod;
  /** Names of the genes. */
  readonly genes: readonly string[];
  /** Names of what is predicted beside the flow, fitted when first asked for. */
  baselines(trained: Trained): Promise<readonly ChosenBaseline[]>;
}

/** Mean and standard deviation over draws, entry by entry. */
export function overDraws(draws: readonly HostArray[]): { readonly mean: HostArray; readonly spread: HostArray } {
  const { shape, data: { length } } = draws[0]!;
  const [mean, spread] = [new Float32Array(length), new Float32Array(length)];
  for (let at = 0; at < length; at++) {
    let [sum, squares] = [0, 0];
    for (const { data } of draws) sum += data[at]! / draws.length;
    for (const { data } of draws) squares += (data[at]! - sum) ** 2;
    mean[at] = sum;
    spread[at] = draws.length < 2 ? 0 : Math.sqrt(squares / (draws.length - 1));
  }
  return { mean: hostArray(mean, shape), spread: hostArray(spread, shape) };
}

function withFeatures(slides: readonly Slide[]): readonly FeatureSlide[] {
  return slides.flatMap((slide) => slide.features === undefined ? [] : [{ ...slide, features: slide.features }]);
}

/**
 * Fit the baselines of a configuration on the training slides.
 *
 * @param names Which.
 * @param slides All slides; only those of the training split are used.
 * @param trained Stream, progress and notes.
 * @returns Fitted baselines; none if slides have no image features.
 */
export async function fitBaselines(
  names: readonly string[],
  slides: readonly Slide[],
  trained: Trained,
): Promise<readonly ChosenBaseline[]> {
  const training = withFeatures(slides.filter(({ split }) => split === "train"));
  if (names.length > 0 && training.length === 0) {
    trained.note("no baselines: they need image features, and only trained convolutions see the patches");
    return [];
  }
  const out: ChosenBaseline[] = [];
  for (const name of names) {
    trained.progress(out.length, names.length, `fitting ${name}`);
    await breathe();
    const chosen = await chooseBaseline(BASELINE_TABLE[name]!, training, trained.rng.fold("baseline").fold(name));
    trained.note(`${name} was chosen by validation within the training slides: ${chosen.settings}`);
    out.push(chosen);
  }
  return out;
}

/**
 * Predict the held-out slides, or the training slides if none is held out.
 *
 * @param all All slides.
 * @param setting Configuration, flow and baselines.
 * @param trained Parameters, stream and progress.
 * @returns Predictions and their table.
 */
export async function sampleSlides(
  all: readonly Slide[],
  setting: SampleSetting,
  trained: Trained,
): Promise<StSamples> {
  const { config, method, genes } = setting;
  const tests = all.filter(({ split }) => split === "test");
  const heldOut = tests.length > 0;
  const wanted = heldOut ? tests : all;
  const baselines = await setting.baselines(trained);
  const slides: PredictedSlide[] = [];
  for (const slide of wanted) {
    const draws = await predictSlide(method, trained.params, slide, {
      setting: config,
      genes: genes.length,
      rng: trained.rng.fold("slide").fold(slide.name),
      onStep: (done, total) => trained.progress(slides.length + done / total, wanted.length, slide.name),
    });
    const beside: Record<string, HostArray> = {};
    for (const baseline of baselines) {
      const { plain, smoothed } = await baseline.predict({ ...slide, features: slide.features! });
      beside[baseline.name] = plain;
      beside[`${baseline.name} + smoothing`] = smoothed;
    }
    slides.push({ slide, draws, ...overDraws(draws), baselines: beside });
  }
  return { slides, heldOut, table: predictionTable(slides, setting, trained.data) };
}

/**
 * Score parameters on the slides that choose among them: one draw each.
 *
 * @param slides The slides.
 * @param setting Configuration, flow and genes.
 * @param trained Parameters and stream.
 * @returns Mean correlation over genes and slides; higher is better.
 */
export async function selectionScore(
  slides: readonly Slide[],
  { config, method, genes }: SampleSetting,
  trained: Trained,
): Promise<number> {
  const sampling = { ...config.sampling, draws: 1 };
  let sum = 0;
  for (const slide of slides) {
    const options = { setting: { ...config, sampling }, genes: genes.length, rng: trained.rng.fold(slide.name) };
    const [draw] = await predictSlide(method, trained.params, slide, options);
    sum += slidePearson(draw!, slide.y) / slides.length;
  }
  return sum;
}
