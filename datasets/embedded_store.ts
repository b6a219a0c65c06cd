import { DataError } from "../core/mod.ts";

/**
 * Find an embedded store beside the modules: in a checkout, or at the address they were imported from.
 *
 * @param name Name of the data set.
 * @param base Address of the module that asks; a parameter for tests.
 * @returns Path or address of the store.
 * @throws {DataError} If the modules come from the JSR package, which the stores are too large for.
 */
export function embeddedStore(name: string, base: string = import.meta.url): URL {
  if (new URL(base).hostname === "jsr.io") {
    throw new DataError(
      `Cannot load data set "${name}": the package comes without it, give path or address of the folder ` +
        `datasets/embedded/${name}.zarr of the repository by --data`,
    );
  }
  return new URL(`./embedded/${name}.zarr`, base);
}
