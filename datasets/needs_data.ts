import { DataError } from "../core/mod.ts";

/**
 * The error of a data set that the user must download.
 *
 * @param name Name of the data set.
 * @param what What to give, and where it is from.
 * @param instead Embedded data set that does a similar job.
 * @returns The error.
 */
export function needsData(name: string, what: string, instead: string): DataError {
  return new DataError(
    `Cannot load data set "${name}": give ${what} by --data, or try the embedded data with --set dataset.name=${instead}`,
  );
}
