import { type AnnDataStore, openAnnData } from "../../core/io/anndata_store.ts";
import { denseMatrix } from "../../core/io/sparse_matrix.ts";
import {
  type AnnData,
  DataError,
  type DataFrame,
  type HostArray,
  type Matrix,
  type MatrixSource,
  type NumericArray,
} from "../../core/mod.ts";
import { recordsOf } from "./record.ts";
import { type RowBlocks, rowsOfStore, watchRows } from "./rows.ts";
import { SPLIT, TRAIN } from "./split.ts";
import type { Note, StreamTable } from "./stream_table.ts";

/** How a store is opened. */
export interface OpenOptions {
  /** Told what is left out. */
  readonly note: Note;
  /** Called after each block of a big matrix that was read: rows so far, rows in all; what it throws ends the work. */
  readonly onBlock?: (done: number, total: number) => void;
}

/** Rows that may be fitted on where an earlier preparation split the table: what it held out stays held out. */
function trainingOf(obs: DataFrame, uns: AnnData["uns"]): Pick<StreamTable, "train"> {
  if (!recordsOf(uns).some(({ name }) => name === SPLIT)) return {};
  const column = Object.hasOwn(obs.columns, SPLIT) ? obs.columns[SPLIT] : undefined;
  if (column !== undefined && "kind" in column && column.kind === "categorical") {
    const { codes, categories } = column;
    return { train: Uint8Array.from(codes, (code) => Number(categories[code] === TRAIN)) };
  }
  throw new DataError(
    `Cannot tell training cells apart: step "${SPLIT}" was done, but obs lacks its column "${SPLIT}", prepare again`,
  );
}

async function noteWhatIsLeftOut(store: AnnDataStore, note: Note): Promise<void> {
  const varp = await store.names("varp");
  if (varp.length > 0) note(`Left out varp: preparation does not carry matrices between genes (${varp.join(", ")})`);
  if (await store.root.member("raw") !== undefined) {
    note("Left out raw: keep its values as a layer to carry them along");
  }
}

async function dense(source: MatrixSource): Promise<HostArray<NumericArray>> {
  const found = await source.all();
  return "kind" in found ? denseMatrix(found) : found;
}

/**
 * Open a store as a table whose matrices are read as they are needed.
 *
 * @param location Path of a folder or of a .zip of one, or an http(s) address of either.
 * @param options Where to report.
 * @returns The table.
 * @throws {DataError} If there is no store, it is no AnnData, or it has no `X`.
 */
export async function openStream(location: string, { note, onBlock }: OpenOptions): Promise<StreamTable> {
  if (/\.(h5ad|h5|loom)$/i.test(location)) {
    throw new DataError(`Cannot prepare "${location}": it is no Zarr store, run deno task data import first`);
  }
  const store = await openAnnData(location);
  if (store.X === undefined) {
    throw new DataError(`Cannot prepare "${location}": it has no X, import the counts into X first`);
  }
  if (store.X.kind === "csc") note("X is stored by column, which makes each pass slow: data import turns it by row");
  await noteWhatIsLeftOut(store, note);
  const rows = (name: string, source: MatrixSource): RowBlocks => {
    const found = rowsOfStore(name, source);
    return onBlock === undefined ? found : watchRows(found, onBlock);
  };
  const each = async <T>(
    group: "layers" | "obsm" | "varm" | "obsp",
    read: (source: MatrixSource, name: string) => Promise<T> | T,
    wanted: (source: MatrixSource) => boolean = () => true,
  ): Promise<Record<string, T>> => {
    const pairs: [string, T][] = [];
    for (const name of await store.names(group)) {
      const source = await store.matrix(`${group}/${name}`);
      if (wanted(source)) pairs.push([name, await read(source, name)]);
    }
    return Object.fromEntries(pairs);
  };
  const isImage = ({ shape }: MatrixSource): boolean => shape.length > 2;
  const obs = await store.obs.all();
  const uns = await store.uns((element, reason) => note(`Left out ${element}: ${reason}`));
  return {
    obs,
    var: await store.var.all(),
    X: rows("X", store.X),
    layers: await each("layers", (source, name) => rows(name, source)),
    obsm: await each("obsm", dense, (source) => !isImage(source)),
    images: await each("obsm", (source, name) => rows(name, source), isImage),
    varm: await each("varm", dense),
    obsp: await each("obsp", (source): Promise<Matrix> => source.all()),
    uns,
    ...trainingOf(obs, uns),
  };
}
