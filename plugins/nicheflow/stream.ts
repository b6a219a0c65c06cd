import {
  DataError,
  generatedNames,
  type HostArray,
  hostArray,
  type StreamBlock,
  streamBlockRows,
  type TableStream,
  type Trained,
} from "../../core/mod.ts";
import { type Generated, generateSets, nichesAt } from "./generate.ts";
import { allCentres, type Journey, journeys } from "./journeys.ts";
import type { JourneySamples, SampleSetting } from "./samples.ts";
import type { Slide } from "./slides.ts";
import { generatedTable } from "./table.ts";

function noNiches({ source, seen }: Journey): Generated {
  const none = (like: HostArray): HostArray => hostArray(new Float32Array(0), [0, seen.size, like.shape[1]!]);
  return {
    x: none(seen.x),
    pos: none(seen.pos),
    sourceCells: new Int32Array(0),
    sourceSize: source.size,
    frames: [],
  };
}

/**
 * Generate niches without end, one of each step in time after the other: source niches are those of the evaluation centres
 * in turn, over and over, with noise that is always fresh.
 *
 * @param slides All slides.
 * @param setting Configuration, flow, names and classifier.
 * @param trained Parameters, data, stream and notes.
 * @returns The cells of the niches.
 * @throws {DataError} If the model generates no niches.
 */
export async function streamNiches(
  slides: readonly Slide[],
  setting: SampleSetting,
  trained: Trained,
): Promise<TableStream> {
  const { config, method, spec } = setting;
  if (config.model !== "nicheflow") {
    throw new DataError(`Cannot draw cells by number with "${config.model}": it draws the sections of its data`);
  }
  const list = journeys(slides);
  const centres = allCentres(slides, config.niche, trained.rng.fold("centres"), trained.note);
  const groupRows = list.reduce((sum, { seen }) => sum + seen.size, 0);
  const tableOf = (repeats: readonly Generated[]) =>
    generatedTable(
      list.map((journey, i): JourneySamples => ({ journey, repeats: [repeats[i]!] })),
      setting,
      trained.data,
    );
  return Object.freeze({
    empty: await tableOf(list.map(noNiches)),
    blockRows: streamBlockRows(list[0]!.seen.x.shape[1]!, groupRows),
    groupRows,
    make: async ({ first, rows, rng }: StreamBlock) => {
      const [start, niches] = [first / groupRows, rows / groupRows];
      const generated: Generated[] = [];
      for (const [i, { source, seen }] of list.entries()) {
        const all = centres.get(source)!;
        const own = Int32Array.from({ length: niches }, (_, k) => all[(start + k) % all.length]!);
        generated.push(
          await generateSets(nichesAt(source, own), seen, seen.size, {
            method,
            params: trained.params,
            sampling: config.sampling,
            times: spec.times.length,
            rng: rng.fold(i),
            onChunk: () => {},
          }),
        );
      }
      const table = await tableOf(generated);
      const { columns } = table.obs;
      const niche = Int32Array.from(columns["niche"] as Int32Array, (number) => start + number);
      return { ...table, obs: { index: generatedNames(first, rows), columns: { ...columns, niche } } };
    },
  });
}
