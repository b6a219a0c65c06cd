import { type Data, DataError } from "../core/mod.ts";
import { imported } from "./imported.ts";
import type { Dataset, LoadOptions } from "./mod.ts";
import { needsData } from "./needs_data.ts";

/** Configuration of embeddings. */
export interface SedrEmbeddingConfig {
  /** Time points that are never used to fit anything; empty for those that SEDR was not fitted on. */
  readonly holdOut: readonly string[];
}

function resplit(data: Data, holdOut: readonly string[], warn: LoadOptions["warn"]): Data {
  const names = data.spec.times.map(({ name }) => name);
  const unknown = holdOut.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new DataError(`Cannot hold out stage "${unknown.join('", "')}": the stages are ${names.join(", ")}`);
  }
  if (holdOut.length === 0) return data;
  const sections = data.sections.map((section) =>
    Object.freeze({ ...section, split: holdOut.includes(names[section.time]!) ? "test" as const : "train" as const })
  );
  if (sections.every(({ split }) => split === "test")) {
    throw new DataError(`Cannot hold out all ${names.length} stages: leave at least one to train on in holdOut`);
  }
  const seen = new Set(
    data.sections.filter(({ split }, i) => split === "train" && sections[i]!.split === "test").map(({ time }) => time),
  );
  if (seen.size > 0) {
    warn(
      `SEDR was fitted on ${
        [...seen].map((time) => names[time]).join(", ")
      } too: what is generated for a held-out stage ` +
        "has seen it through the embedding",
    );
  }
  return { ...data, sections };
}

async function load({ holdOut }: SedrEmbeddingConfig, options: LoadOptions): Promise<Data> {
  if (options.location === undefined) {
    const what = "the samples.zarr that an experiment of SEDR wrote (first deno task exp sedr-mosta, or sedr-heart)";
    throw needsData(sedrEmbedding.name, what, "emt-tgfb1-latent");
  }
  return resplit(await imported.load({}, options), holdOut, options.warn);
}

/** What an experiment of SEDR wrote: the embedding of each cell, its place, labels and stage. */
export const sedrEmbedding: Dataset<SedrEmbeddingConfig> = Object.freeze({
  name: "sedr-embedding",
  description: "Cells embedded by SEDR; needs --data samples.zarr of a run of sedr-mosta, sedr-heart or another",
  defaults: { holdOut: [] },
  check: (): readonly string[] => [],
  load,
});
