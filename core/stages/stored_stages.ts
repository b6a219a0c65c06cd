import type { Trained } from "../plugin.ts";
import { DataError } from "../errors.ts";
import type { GeneratedStage } from "./stage_metrics.ts";
import { readStages, type Stage } from "./stages.ts";
import type { AnnDataStore } from "../io/anndata_store.ts";
import { readTexts } from "../io/zarr.ts";
import { denseFeatures, uniformRows } from "../io/uniform_rows.ts";

/** Cells of a stage that take part: the distances of thousands are known well, and memory stays small. */
const MEASURED = 20_000;

/** Cells in a store, stage by stage, and the stages that were trained on. */
export interface StoredStages {
  /** Stages that were trained on. */
  readonly trained: readonly Stage[];
  /** Generated stages in order of time. */
  readonly stages: readonly GeneratedStage[];
}

/**
 * Read the generated cells of a store stage by stage: all of them, or a uniform sample of 20,000 of each stage, which is
 * noted.
 *
 * @param store A store of the form of {@linkcode stageStream}.
 * @param trained Data, stream, progress and notes.
 * @returns The stages that have cells.
 * @throws {DataError} If the store has no stages, or others than the data.
 */
export async function storedStages(store: AnnDataStore, { data, rng, progress, note }: Trained): Promise<StoredStages> {
  const { trained, heldOut } = await readStages(data);
  const name = store.root.name;
  const [codes, categories] = [
    await store.root.member("obs/stage/codes"),
    await store.root.member("obs/stage/categories"),
  ];
  if (codes?.kind !== "array" || categories?.kind !== "array") {
    throw new DataError(`Cannot measure ${name}: it lacks the categories "obs/stage", draw it with --count`);
  }
  const X = denseFeatures(store, trained[0]!.x.shape[1]!);
  const names = await readTexts(categories);
  const drawn = await uniformRows(X, {
    most: MEASURED,
    rng: rng.fold("measured"),
    groups: async (from, to) => (await codes.numbers(from, to)).data,
    progress: (done, total) => progress(done, total, "reading"),
  });
  const stages = [...drawn].map(([code, { count, rows }]): GeneratedStage => {
    const of = (list: readonly Stage[]): Stage | undefined => list.find((stage) => stage.name === names[code]);
    const stage = of(heldOut) ?? of(trained);
    if (stage === undefined) {
      throw new DataError(`Cannot measure ${name}: it has cells of "${names[code]}", which the data do not have`);
    }
    if (count > rows.shape[0]!) {
      note(`cells of ${stage.name} are measured on a uniform sample of ${rows.shape[0]} of the ${count} in the store`);
    }
    return { stage, heldOut: of(heldOut) !== undefined, x: rows, controls: {} };
  });
  if (stages.length === 0) throw new DataError(`Cannot measure ${name}: none of its cells has a stage`);
  return { trained, stages: stages.sort((a, b) => a.stage.time - b.stage.time) };
}
