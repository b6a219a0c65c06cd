import {
  type Categorical,
  type Data,
  DataError,
  type DataFrame,
  type HostArray,
  type NumericArray,
  type Progress,
  type Section,
} from "../core/mod.ts";
import { rowSize } from "../core/host_array.ts";
import { encoding } from "../core/io/anndata_encoding.ts";
import { replaceFolderAtomic } from "../core/io/atomic.ts";
import { writeDataFrame } from "../core/io/dataframe_encoding.ts";
import { refuseToReplace } from "../core/io/replaceable.ts";
import { writeUns } from "../core/io/uns_encoding.ts";
import { storedTypeOf } from "../core/io/zarr_array_document.ts";
import { denseRowWriter, type RowWriter } from "../core/io/zarr_row_writer.ts";
import { writeZarr, type ZarrGroupWriter } from "../core/io/zarr_writer.ts";
import { COLUMNS, type Loading, placeOf, recordOf } from "./stored_data.ts";

/** Size of a block of rows that is in memory at a time. */
const BLOCK_BYTES = 2 ** 23;

/** Size of a chunk of the store. */
const CHUNK_BYTES = 2 ** 20;

function categorical(categories: readonly string[], ordered: boolean): (codes: Int32Array) => Categorical {
  return (codes) => ({ kind: "categorical", codes, categories, ordered });
}

/** One value per section, repeated for its rows. */
function perRow(sections: readonly Section[], code: (section: Section) => number): Int32Array {
  const out = new Int32Array(sections.reduce((sum, { rows }) => sum + rows, 0));
  let at = 0;
  for (const section of sections) out.fill(code(section), at, at += section.rows);
  return out;
}

function labelColumn(name: string, { spec, sections }: Data): Categorical {
  const codes = perRow(sections, () => -1);
  let at = 0;
  for (const { labels, rows } of sections) {
    if (labels[name] !== undefined) codes.set(labels[name], at);
    at += rows;
  }
  return categorical(spec.labels[name]!, false)(codes);
}

function obsOf(data: Data): DataFrame {
  const { spec, sections } = data;
  const taken = Object.keys(spec.labels).find((name) => Object.hasOwn(COLUMNS, name));
  if (taken !== undefined) {
    throw new DataError(
      `Cannot write label "${taken}" of ${spec.name}: obs has a column of that name, rename the label`,
    );
  }
  const donors = [...new Set(sections.flatMap(({ donor }) => donor === undefined ? [] : [donor]))];
  const names = categorical(sections.map(({ name }) => name), false);
  const splits = ["train", "test"];
  return {
    index: sections.flatMap(({ name, rows }) => Array.from({ length: rows }, (_, i) => `${name}_${i}`)),
    columns: {
      [COLUMNS.section]: names(perRow(sections, (section) => sections.indexOf(section))),
      ...(spec.times.length > 0 && {
        [COLUMNS.time]: categorical(spec.times.map(({ name }) => name), true)(perRow(sections, ({ time }) => time)),
      }),
      ...(donors.length > 0 && {
        [COLUMNS.donor]: categorical(donors, false)(
          perRow(sections, ({ donor }) => donor === undefined ? -1 : donors.indexOf(donor)),
        ),
      }),
      [COLUMNS.split]: categorical(splits, false)(perRow(sections, ({ split }) => splits.indexOf(split))),
      ...Object.fromEntries(Object.keys(spec.labels).map((name) => [name, labelColumn(name, data)])),
    },
  };
}

function varOf({ parts }: Data["spec"]): DataFrame {
  const x = parts["x"];
  const count = x?.shape.length === 1 ? x.shape[0]! : 0;
  return { index: x?.names?.slice(0, count) ?? Array.from({ length: count }, (_, i) => `x ${i + 1}`), columns: {} };
}

/** Rows of a part of all sections, a block at a time. */
async function* blocksOf(
  { sections, spec }: Data,
  part: string,
): AsyncGenerator<{ readonly section: string; readonly block: HostArray<NumericArray> }> {
  const wanted = spec.parts[part]!.shape.join();
  for (const { name, rows, parts } of sections) {
    const source = parts[part];
    const found = source?.shape;
    if (source === undefined || found?.[0] !== rows || found.slice(1).join() !== wanted) {
      throw new DataError(
        `Cannot write part "${part}" of section "${name}": its shape is [${
          found ?? "none"
        }], expected [${rows},${wanted}]`,
      );
    }
    const step = Math.max(1, source.chunkRows ?? 1, Math.floor(BLOCK_BYTES / (4 * rowSize(source.shape))));
    for (let from = 0; from < rows; from += step) {
      const index = Int32Array.from({ length: Math.min(step, rows - from) }, (_, i) => from + i);
      yield { section: name, block: await source.read(index) };
    }
  }
}

interface Target {
  readonly data: Data;
  /** Told the rows of each array that are written. */
  readonly report: (rows: number, part: string) => void;
}

async function writePart(group: ZarrGroupWriter, key: string, part: string, { data, report }: Target): Promise<void> {
  const rows = data.sections.reduce((sum, section) => sum + section.rows, 0);
  const shape = [rows, ...data.spec.parts[part]!.shape];
  let writer: RowWriter | undefined;
  let type: ReturnType<typeof storedTypeOf> | undefined;
  for await (const { section, block } of blocksOf(data, part)) {
    const found = storedTypeOf(block.data);
    type ??= found;
    if (type !== found) {
      throw new DataError(
        `Cannot write part "${part}" of section "${section}": it is ${found}, sections before are ${type}`,
      );
    }
    const chunkLength = Math.max(1, Math.floor(CHUNK_BYTES / (block.data.BYTES_PER_ELEMENT * rowSize(shape))));
    writer ??= await denseRowWriter(group, key, { shape, type, chunkLength });
    await writer.append(block);
    report(block.shape[0]!, part);
  }
  await writer?.finish();
}

async function fill(root: ZarrGroupWriter, target: Target, loading: Loading): Promise<void> {
  const { data } = target;
  await writeDataFrame(root, "obs", obsOf(data));
  await writeDataFrame(root, "var", varOf(data.spec));
  for (const name of ["layers", "varm", "obsp", "varp"]) await root.group(name, encoding("dict"));
  await writeUns(root, "uns", recordOf(data, loading));
  const obsm = await root.group("obsm", encoding("dict"));
  for (const [part, { shape }] of Object.entries(data.spec.parts)) {
    const place = placeOf(part, shape);
    if (place === "X") await writePart(root, "X", part, target);
    else await writePart(obsm, place.slice("obsm/".length), part, target);
  }
}

/**
 * Write loaded data as an AnnData-Zarr store that Python opens with `anndata.read_zarr`.
 *
 * Part `x` becomes `X`, `pos` `obsm/spatial`, `img` `obsm/patches` `[N, H, W, C]`, any other part `obsm/PART`; `obs` has
 * section, time, donor, split and the labels as categories; `uns` has citation, notes, source and configuration. Rows are
 * read a block at a time, section by section. The store grows beside its place and is renamed when it is complete.
 *
 * @param path Folder to create or replace.
 * @param data The data.
 * @param loading How they were loaded.
 * @param progress Told how many of how many rows are written, over all parts.
 * @throws {DataError} If a part cannot be read, or the path holds something that is no Zarr store.
 * @throws {CheckpointError} If the store cannot be written; the message names path and reason.
 */
export async function writeData(
  path: string,
  data: Data,
  loading: Loading,
  progress: Progress = () => {},
): Promise<void> {
  await refuseToReplace(path);
  const total = data.sections.reduce((sum, { rows }) => sum + rows, 0) * Object.keys(data.spec.parts).length;
  let done = 0;
  const report = (rows: number, part: string): void => progress(done += rows, total, part);
  await replaceFolderAtomic(
    path,
    (partial) => writeZarr(partial, 2, encoding("anndata"), (root) => fill(root, { data, report }, loading)),
  );
}
