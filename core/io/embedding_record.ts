import type { Data } from "../data.ts";
import { hostArray } from "../host_array.ts";
import type { Uns } from "./anndata.ts";

/**
 * What has to be known of a table of embedded cells so that `deno task exp` can read it as data: the record that
 * `deno task data import --as` writes too.
 *
 * @param data The data that were embedded.
 * @param key Entry of `obsm` with the embedding, for example "X_sedr"; places are in `obsm/spatial`.
 * @param title What its coordinates are called, for example "SEDR"; they are numbered from 1.
 * @param width Coordinates of the embedding.
 * @returns The record, for `uns`.
 */
export function embeddingRecord({ spec, citation }: Data, key: string, title: string, width: number): Uns {
  const names = Array.from({ length: width }, (_, i) => `${title} ${i + 1}`);
  const { unit, names: axes } = spec.parts["pos"]!;
  return {
    name: spec.name,
    citation: { ...citation },
    labels: Object.keys(spec.labels),
    parts: {
      x: { place: `obsm/${key}`, unit: "units of the embedding", names },
      pos: { place: "obsm/spatial", unit, ...(axes === undefined ? {} : { names: axes }) },
    },
    times: {
      names: spec.times.map(({ name }) => name),
      values: hostArray(Float64Array.from(spec.times, ({ value }) => value), [spec.times.length]),
      units: spec.times.map(({ unit }) => unit),
    },
  };
}
