import { DataError, openZarr, type Progress } from "../../core/mod.ts";
import type { ZarrGroup, ZarrNode } from "../../core/io/zarr.ts";
import { checkTable, hasRepeatedGenes, REPEATED_GENES, SPATIAL } from "./check_table.ts";
import { checkedRows } from "./checked_rows.ts";
import type { ImportSource } from "./source.ts";

/** What validation asks for beyond what every table must hold. */
export interface ValidateOptions {
  /** Whether coordinates must be there. */
  readonly spatial: boolean;
  /** Receives the rows that are checked, over all matrices. */
  readonly progress: Progress;
  /** Receives what is odd but not wrong. */
  note(sentence: string): void;
}

/**
 * Check a table: names, lengths, categories, coordinates, and every value of every matrix.
 *
 * Of a Zarr store, every chunk of every array is read as well, checksums with it.
 *
 * @param source The table.
 * @param options What else is asked for.
 * @throws {DataError} Of the first thing wrong; the message names file, array and row or column.
 */
export async function validateSource(source: ImportSource, options: ValidateOptions): Promise<void> {
  checkTable(source);
  if (hasRepeatedGenes(source)) options.note(REPEATED_GENES);
  if (options.spatial && !Object.hasOwn(source.obsm, SPATIAL)) {
    const known = Object.keys(source.obsm).join(", ") || "nothing";
    throw new DataError(`Cannot use "${source.location}": it has no obsm/${SPATIAL}, obsm holds ${known}`);
  }
  const matrices = [
    ...(source.X === undefined ? [] : [[source.X, true] as const]),
    ...Object.values(source.layers).map((rows) => [rows, true] as const),
    ...Object.values(source.obsp).map((rows) => [rows, false] as const),
  ];
  const total = matrices.reduce((sum, [{ shape }]) => sum + shape[0]!, 0);
  let done = 0;
  for (const [rows, counts] of matrices) {
    const check = { rows: source.obs.index, sorted: true, counts, note: options.note };
    for await (const block of checkedRows(rows, 0, check)) {
      done += block.shape[0]!;
      options.progress(done, total);
    }
  }
  if (source.format.endsWith("Zarr")) await readEverything(await openZarr(source.location));
}

/** Reads every chunk of every array, so that damage anywhere shows. */
async function readEverything(node: ZarrNode): Promise<void> {
  if (node.kind === "group") return await readMembers(node);
  const rows = node.shape[0] ?? 1;
  const read = { numbers: node.numbers, texts: node.texts, records: node.records }[node.values];
  for (let from = 0; from < rows; from += node.chunkRows) await read(from, Math.min(rows, from + node.chunkRows));
}

async function readMembers(group: ZarrGroup): Promise<void> {
  for (const name of await group.members()) {
    const member = await group.member(name);
    if (member !== undefined) await readEverything(member);
  }
}
