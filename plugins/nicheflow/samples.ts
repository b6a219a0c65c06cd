import type { DataSpec, HostArray, Params, Samples, Trained, Tree } from "../../core/mod.ts";
import type { NicheFlowConfig } from "./config.ts";
import { evenlySpaced } from "./evenly_spaced.ts";
import { type Generated, generateSets, nichesAt, rollout, sourceSets } from "./generate.ts";
import { allCentres, type Journey, journeys } from "./journeys.ts";
import type { NicheMethod } from "./method.ts";
import type { Slide } from "./slides.ts";
import { generatedTable } from "./table.ts";

/** One step in time with what was generated for it. */
export interface JourneySamples {
  /** The sections that take part. */
  readonly journey: Journey;
  /** One entry per repeat with fresh noise. */
  readonly repeats: readonly Generated[];
}

/** What the model generated, and the sections to hold it against. */
export interface NicheSamples extends Samples {
  /** Steps in time in order. */
  readonly steps: readonly JourneySamples[];
  /** Evaluation centres by section. */
  readonly centres: ReadonlyMap<Slide, Int32Array>;
  /** Niches of the first section followed through all later time points. */
  readonly rollout: readonly Generated[];
}

/** What sampling needs besides parameters and data. */
export interface SampleSetting {
  /** The method's configuration. */
  readonly config: NicheFlowConfig;
  /** The flow. */
  readonly method: NicheMethod;
  /** Sizes and names of the data. */
  readonly spec: DataSpec;
  /** Name of the label that types cells; absent if there is none. */
  readonly label?: string;
  /** Classifier on the host; absent without labels. */
  readonly classifier?: Tree<HostArray>;
}

/** Niches followed over all time points, at most this many. */
const ROLLOUT_NICHES = 128;

/**
 * Generate every step in time from its training source section (section 8.1), and roll the first section out.
 *
 * @param slides All slides.
 * @param setting Configuration, flow, names and classifier.
 * @param trained Parameters, data, stream and progress.
 * @returns Generated sets and tables.
 */
export async function sampleNiches(
  slides: readonly Slide[],
  setting: SampleSetting,
  trained: Trained,
): Promise<NicheSamples> {
  const { config, method, spec } = setting;
  const { rng } = trained;
  const params: Params = trained.params;
  const list = journeys(slides);
  const centres = allCentres(slides, config.niche, rng.fold("centres"), trained.note);
  const perSection = config.model === "nicheflow"
    ? Math.ceil(centres.get(list[0]!.source)!.length / config.sampling.chunk)
    : 1;
  const total = list.length * config.sampling.upsample * perSection;
  let done = 0;
  const options = {
    method,
    params,
    sampling: config.sampling,
    times: spec.times.length,
    onChunk: () => trained.progress(Math.min(++done, total), total, "generating"),
  };
  const steps: JourneySamples[] = [];
  for (const [i, journey] of list.entries()) {
    const repeats: Generated[] = [];
    for (let repeat = 0; repeat < config.sampling.upsample; repeat++) {
      const stream = rng.fold("generate").fold(i).fold(repeat);
      const { source, size } = await sourceSets(journey, centres.get(journey.source)!, config, stream.fold("sets"));
      repeats.push(await generateSets(source, journey.seen, size, { ...options, rng: stream.fold("noise") }));
    }
    steps.push({ journey, repeats });
  }
  const first = list[0]!.source;
  const started = centres.get(first)!;
  const followed = config.model === "nicheflow" && list.length > 1
    ? await rollout(
      nichesAt(first, evenlySpaced(started.length, ROLLOUT_NICHES).map((i) => started[i]!)),
      list.map(({ seen }) => seen),
      { ...options, rng: rng.fold("rollout"), onChunk: () => {} },
      (at, all, note) => trained.progress(at, all, `rolling out to ${note}`),
    )
    : [];
  const table = await generatedTable(steps, setting, trained.data);
  return { steps, centres, rollout: followed, table };
}
