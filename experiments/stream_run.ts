import { ConfigError, rng } from "../core/mod.ts";
import { writeError } from "../core/io/atomic.ts";
import { openTableDraft, type TableDraft } from "../core/io/table_draft.ts";
import { trainedModel } from "./evaluate_run.ts";
import { fingerprint } from "./fingerprint.ts";
import { reopen, type Reopened, requireRecord } from "./reopen.ts";
import { makeFolder, type SampleOptions } from "./sample_run.ts";
import { stage } from "./stage.ts";
import type { Part } from "./stream_flags.ts";
import { VERSIONS } from "./versions.ts";

/** How to draw many cells. */
export interface StreamOptions extends Omit<SampleOptions, "repeats"> {
  /** Cells to draw. */
  readonly count: number;
  /** Which share of them this process draws. */
  readonly part: Part;
}

/** What was drawn. */
export interface StreamResult {
  /** The store; it bears this name once it is whole. */
  readonly path: string;
  /** Cells that this process drew. */
  readonly drawn: number;
  /** Blocks that other parts have still to draw. */
  readonly missing: number;
}

/** Open a run to read from it alone; parts that begin together take turns, since a run is opened by one at a time. */
async function openInTurn(folder: string, options: StreamOptions): Promise<Reopened> {
  await requireRecord(folder);
  const path = `${folder}/.sampling`;
  using turn = await Deno.open(path, { create: true, write: true }).catch((error) => {
    throw writeError(path, error);
  });
  await turn.lock(true);
  const opened = await reopen(folder, options);
  // Everything is in memory now.
  opened.session.run[Symbol.dispose]();
  return opened;
}

/** Blocks of a part that are not written, so that parts are of one size also where an earlier process stopped. */
async function blocksOf(draft: TableDraft, { number, of }: Part): Promise<readonly number[]> {
  const blocks: number[] = [];
  for (let block = number - 1; block < draft.blocks; block += of) if (!await draft.has(block)) blocks.push(block);
  return blocks;
}

/**
 * Draw many cells from the last checkpoint of a run into a store that grows beside its place and is renamed once it is
 * whole. Each block of cells is a function of seed and block number: neither interruptions nor the number of processes
 * change a bit of it.
 *
 * @param folder The run folder.
 * @param options Number of cells, part, seed, place, backend, data, plugin and reporting.
 * @returns The store, and what is missing of it.
 * @throws {ConfigError} If the method draws no cells by number, or the number is not one of whole groups.
 * @throws {CheckpointError} If the run cannot be used, or the store cannot be written or grows from something else.
 * @throws {Stopped} If a signal arrived; the same command goes on.
 */
export async function streamRun(folder: string, options: StreamOptions): Promise<StreamResult> {
  const { count, part, out, signals, say } = options;
  using opened = await openInTurn(folder, options);
  const { session } = opened;
  const { model, data, backend, run, resolved } = session;
  const begin = model.stream?.bind(model);
  if (begin === undefined) {
    throw new ConfigError(
      `Cannot draw ${count} cells from "${folder}": ${resolved.plugin.name} draws what belongs to each cell or slide of ` +
        "its data; leave --count out",
    );
  }
  const { seed = resolved.settings.seed } = options;
  const root = rng(seed);
  const path = out === undefined ? `${folder}/samples-s${seed}-${count}.zarr` : `${out}/samples.zarr`;
  if (out !== undefined) await makeFolder(out);
  let drawn = 0;
  const missing = await stage("sampling", "cells", signals, async (progress) => {
    const stream = await begin({ ...trainedModel(session, opened), rng: root.fold("stream"), progress });
    if (count % stream.groupRows !== 0) {
      const near = Math.ceil(count / stream.groupRows) * stream.groupRows;
      throw new ConfigError(
        `Cannot draw ${count} cells: they come in groups of ${stream.groupRows}, ask for example for ${near}`,
      );
    }
    const draft = await openTableDraft(path, {
      empty: stream.empty,
      rows: count,
      blockRows: stream.blockRows,
      origin: {
        experiment: run.record.experiment,
        configuration: run.record.hash,
        weights: await fingerprint(opened.params),
        data: data.source,
        seed,
        cells: count,
        backend: backend.name,
        ...Object.fromEntries(Object.entries(VERSIONS).map(([name, version]) => [name.replace(/^.*\//, ""), version])),
      },
    });
    if (draft === undefined) return 0;
    const blocks = await blocksOf(draft, part);
    const total = Math.ceil((draft.blocks - part.number + 1) / part.of);
    if (blocks.length < total) say(`continuing ${path}: ${total - blocks.length} of ${total} blocks are written`);
    const all = blocks.reduce((sum, block) => sum + draft.rowsOf(block), 0);
    progress(0, all);
    for (const block of blocks) {
      if (await draft.has(block)) continue;
      const rows = draft.rowsOf(block);
      const first = block * stream.blockRows;
      await draft.write(block, await stream.make({ first, rows, rng: root.fold("stream").fold(block) }));
      progress(drawn += rows, all);
    }
    return await draft.finish();
  });
  return { path, drawn, missing };
}
