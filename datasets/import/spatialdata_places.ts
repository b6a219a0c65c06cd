import { DataError } from "../../core/mod.ts";
import type { ZarrGroup } from "../../core/io/zarr.ts";
import { namesIn } from "./folder.ts";
import { numbersOfParquet, type ParquetTable, readParquet } from "./parquet.ts";
import { centroidOf, type Place } from "./wkb.ts";

/** Places by the identifier of what lies there. */
export type Places = ReadonlyMap<string, Place>;

/**
 * Find the places of an element of a SpatialData store.
 *
 * @param folder Folder of the store.
 * @param root Its root group.
 * @param region Name of the element among `shapes`, `points` or `labels`.
 * @param instance Name of the column of identifiers in the table.
 * @returns Centroids in the coordinates of the element itself; undefined if there is no such element.
 * @throws {DataError} If the element cannot be read.
 */
export async function placesOf(
  folder: string,
  root: ZarrGroup,
  region: string,
  instance: string,
): Promise<Places | undefined> {
  // The name comes from the table, which must not lead out of the store.
  if (/[\/\\\0]|^\.\.?$/.test(region)) {
    throw new DataError(`Cannot use "${folder}": its table annotates "${region}", which is no name of an element`);
  }
  const shapes = `${folder}/shapes/${region}/shapes.parquet`;
  if ((await namesIn(`${folder}/shapes/${region}`)).includes("shapes.parquet")) {
    return await shapePlaces(shapes, instance);
  }
  const points = `${folder}/points/${region}/points.parquet`;
  if ((await namesIn(`${folder}/points/${region}`)).includes("points.parquet")) {
    return await pointPlaces(points, instance);
  }
  const labels = await root.member(`labels/${region}`);
  return labels?.kind === "group" ? await labelPlaces(labels) : undefined;
}

/** Tables name rows of an element by its index; files that pandas did not write may have a column of that name. */
function identifiers({ columns, index }: ParquetTable, instance: string, before = 0): (row: number) => string {
  const ids = index ?? columns.get(instance);
  return (row) => String(ids?.[row] ?? before + row);
}

async function shapePlaces(path: string, instance: string): Promise<Places> {
  const table = await readParquet(path);
  const idOf = identifiers(table, instance);
  const geometry = table.columns.get("geometry");
  if (geometry === undefined) throw new DataError(`Cannot use "${path}": it lacks column "geometry"`);
  return new Map(geometry.map((bytes, row) => {
    if (!(bytes instanceof Uint8Array)) throw new DataError(`Cannot use "${path}": row ${row} has no geometry`);
    try {
      return [idOf(row), centroidOf(bytes)];
    } catch (cause) {
      throw new DataError(
        `Cannot use "${path}": the geometry of row ${row} cannot be read: ${(cause as Error).message}`,
      );
    }
  }));
}

async function pointPlaces(path: string, instance: string): Promise<Places> {
  const parts = (await namesIn(path)).filter((name) => name.endsWith(".parquet")).map((name) => `${path}/${name}`);
  const places = new Map<string, Place>();
  let before = 0;
  for (const part of parts.length === 0 ? [path] : parts) {
    const table = await readParquet(part);
    const [x, y] = [numbersOfParquet(part, table.columns, "x"), numbersOfParquet(part, table.columns, "y")];
    const idOf = identifiers(table, instance, before);
    x.forEach((value, row) => places.set(idOf(row), [value, y[row]!]));
    before += x.length;
  }
  return places;
}

/** Mean place of the pixels of each label, at full resolution; pixels are counted by their centres. */
async function labelPlaces(labels: ZarrGroup): Promise<Places> {
  const scale = (await labels.members()).find((name) => /^s?0$/.test(name));
  const array = scale === undefined ? undefined : await labels.member(scale);
  if (array?.kind !== "array" || array.shape.length !== 2) {
    throw new DataError(`Cannot find places in ${labels.name}: expected an image of labels of two axes`);
  }
  const [height, width] = [array.shape[0]!, array.shape[1]!];
  const sums = new Map<number, [count: number, x: number, y: number]>();
  for (let from = 0; from < height; from += array.chunkRows) {
    const { data } = await array.numbers(from, Math.min(height, from + array.chunkRows));
    for (let at = 0; at < data.length; at++) {
      const label = data[at]!;
      if (label === 0) continue;
      const sum = sums.get(label) ?? [0, 0, 0];
      sum[0]++;
      sum[1] += at % width + 0.5;
      sum[2] += from + Math.floor(at / width) + 0.5;
      sums.set(label, sum);
    }
  }
  return new Map([...sums].map(([label, [count, x, y]]) => [String(label), [x / count, y / count]]));
}
