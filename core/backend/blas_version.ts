import { textAt } from "./c_memory.ts";

const SYMBOLS = { openblas_get_config: { parameters: [], result: "usize" } } as const;

/**
 * Ask a BLAS library for its version.
 *
 * @param library File or name that was loaded.
 * @returns Name and version, for example `"OpenBLAS 0.3.21"`; `undefined` if the library does not say, as Accelerate,
 * whose version is that of macOS.
 */
export function blasVersion(library: string): string | undefined {
  try {
    const config = textAt(BigInt(Deno.dlopen(library, SYMBOLS).symbols.openblas_get_config()));
    // Name and version, then options of the build, for example "OpenBLAS 0.3.21 DYNAMIC_ARCH Haswell MAX_THREADS=64".
    return config === "" ? undefined : config.split(" ").slice(0, 2).join(" ");
  } catch {
    // No library of the OpenBLAS project.
    return undefined;
  }
}
