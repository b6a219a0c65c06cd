import { DataError, type HostArray, hostArray } from "../../core/mod.ts";
import { readNpy } from "./npy.ts";

/**
 * Read the images of all rows of a table from an array that `numpy.save` wrote.
 *
 * @param location Path or http(s) address of a `.npy` or `.npy.gz` file.
 * @param rows Rows of the table.
 * @returns The images, four axes, the first that of the rows.
 * @throws {DataError} If the file cannot be read, or does not hold one uint8 image per row.
 */
export async function readImageArray(location: string, rows: number): Promise<HostArray<Uint8Array>> {
  const { shape, values } = await readNpy(location);
  if (values instanceof Uint8Array && shape.length === 4 && shape[0] === rows) return hostArray(values, shape);
  const type = values instanceof Uint8Array ? "uint8" : "other than uint8";
  throw new DataError(
    `Cannot use ${location}: its values are ${type} of shape [${shape}], expected uint8 of four axes, ${rows} rows`,
  );
}
