import { type AnnData, DataError, type HostArray, type NumericArray } from "../core/mod.ts";

/**
 * Take the coordinates of a table.
 *
 * @param table The table.
 * @param key Entry of `obsm`, `[N, D]` with D of 2 or 3.
 * @returns Coordinates as stored.
 * @throws {DataError} If there is no such entry or it has another shape; the message lists the entries there are.
 */
export function coordinatesOf(table: AnnData, key: string): HostArray<NumericArray> {
  const found = Object.hasOwn(table.obsm, key) ? table.obsm[key] : undefined;
  if (found === undefined) {
    const known = Object.keys(table.obsm).join(", ") || "no arrays";
    throw new DataError(`Cannot find coordinates in obsm "${key}": obsm has ${known}`);
  }
  if (found.shape.length !== 2 || !(found.shape[1] === 2 || found.shape[1] === 3)) {
    throw new DataError(`Cannot use obsm "${key}" of shape [${found.shape}] as coordinates: expected [N, 2] or [N, 3]`);
  }
  return found;
}

/**
 * Refuse coordinates that no method can use.
 *
 * @param section Name of the section, for the message.
 * @param points Coordinates `[N, D]`.
 * @throws {DataError} If a coordinate is not finite, or an axis has one value only.
 */
export function checkCoordinates(section: string, points: HostArray<NumericArray>): void {
  const { data, shape } = points;
  const dims = shape[1]!;
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const row = Math.floor(bad / dims);
    throw new DataError(
      `Cannot use section "${section}": cell ${row} has coordinate ${data[bad]}, expected finite numbers; ` +
        "remove such cells",
    );
  }
  for (let d = 0; d < dims; d++) {
    let same = true;
    for (let i = d; same && i < data.length; i += dims) same = data[i] === data[d];
    if (!same) continue;
    throw new DataError(
      `Cannot use section "${section}": all ${shape[0]} cells have ${data[d]} as coordinate ${d}, expected a spread`,
    );
  }
}
