import { type HostArray, hostArray } from "../../core/host_array.ts";
import type { Data } from "../../core/data.ts";
import type { AnnData, Column } from "../../core/io/anndata.ts";
import { writeAnnData } from "../../core/io/anndata_writer.ts";
import { rng } from "../../core/rng/stream.ts";
import type { LoadOptions } from "../../datasets/mod.ts";
import { assertEquals } from "../assert.ts";
import { serveFolder } from "../core/io/zarr_server.ts";

/** Options that keep what the loader says. */
export interface Heard extends LoadOptions {
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** Options for a loader, with a place to read its messages. */
export function listening(location?: string, seed = 0): Heard {
  const [notes, warnings]: [string[], string[]] = [[], []];
  return {
    seed,
    notes,
    warnings,
    note: (message) => notes.push(message),
    warn: (message) => warnings.push(message),
    ...(location === undefined ? {} : { location }),
  };
}

/** Write a table to a temporary store, call `use` with its path, remove the store. */
export async function withStore<T>(table: AnnData, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    await writeAnnData(`${folder}/data.zarr`, table);
    return await use(`${folder}/data.zarr`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Cells per section of {@linkcode smallTable}. */
export const CELLS = 120;

/** Sections of {@linkcode smallTable}: two replicates at each of three stages, the rows interleaved. */
export const SECTIONS: readonly string[] = ["E9.5a", "E9.5b", "E10.5a", "E10.5b", "E11.5a", "E11.5b"];

/** Layers left to right with a corner of its own: labels that show how a section lies. */
function layer(x: number, y: number): string {
  return y > 0.6 && x > 0.5 ? "wound" : ["skin", "muscle", "gut"][Math.min(2, Math.floor(x * 3))]!;
}

/** A small synthetic tissue: labelled cells, counts of 12 genes that depend on the label, coordinates. */
export function smallTable(columns: Readonly<Record<string, Column>> = {}): AnnData {
  const rows = CELLS * SECTIONS.length;
  const uniform = rng(11).fold("places").host.uniform(2 * rows);
  const section = Array.from({ length: rows }, (_, i) => SECTIONS[i % SECTIONS.length]!);
  const types = Array.from({ length: rows }, (_, i) => layer(uniform[2 * i]!, uniform[2 * i + 1]!));
  const known = ["gut", "muscle", "skin", "wound"];
  const rate = Float64Array.from({ length: rows * 12 }, (_, at) => {
    const [cell, gene] = [Math.floor(at / 12), at % 12];
    return (gene % 4 === known.indexOf(types[cell]!) ? 8 : 1) * (1 + 0.1 * (cell % 7));
  });
  return {
    obs: {
      index: section.map((_, i) => `cell${i}`),
      columns: { stage: section.map((name) => name.slice(0, -1)), section, type: types, ...columns },
    },
    var: { index: Array.from({ length: 12 }, (_, i) => `gene${i}`), columns: {} },
    X: hostArray(rng(11).fold("counts").host.poisson(rate.length, rate), [rows, 12]),
    layers: {},
    obsm: {
      spatial: hostArray(uniform.map((value, i) => 1000 * value * (i % 2 === 0 ? 2 : 1)), [rows, 2]),
      components: hostArray(rng(11).fold("components").host.normal(rows * 5), [rows, 5]),
    },
    varm: {},
    obsp: {},
    uns: {},
  };
}

/** Values of one array as plain numbers. */
export function values(array: HostArray): readonly number[] {
  return Array.from(array.data);
}

/**
 * Expect a loader to find the same behind an address as in a folder.
 *
 * @param folder The folder, which is served.
 * @param load Loads from a location.
 */
export async function assertSameBehindAddress(
  folder: string,
  load: (location: string) => Promise<Data>,
): Promise<void> {
  await using server = serveFolder(folder);
  const [here, there] = [await load(folder), await load(server.address)];
  assertEquals(there.source, server.address);
  assertEquals(there.spec.parts, here.spec.parts);
  assertEquals(
    there.sections.map(({ name, split }) => [name, split]),
    here.sections.map(({ name, split }) => [name, split]),
  );
  for (const [i, section] of here.sections.entries()) {
    for (const part of Object.keys(section.parts)) {
      assertEquals(await there.sections[i]!.parts[part]!.read([1, 0]), await section.parts[part]!.read([1, 0]));
    }
  }
}
