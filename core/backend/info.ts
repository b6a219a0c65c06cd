/** A compute backend; `auto` takes the fastest that works. */
export type BackendName = "auto" | "webgpu" | "native" | "wasm" | "cpu";

/** The backend that runs, as written into results and reports. */
export interface BackendInfo {
  /** Name of the backend. */
  readonly name: Exclude<BackendName, "auto">;
  /** What computes, for example a GPU's name or the processor kernel of the library. */
  readonly device: string;
  /** Library that does the matrix products, if one does. */
  readonly library?: string;
  /** Its name and version, if it says, for example `"OpenBLAS 0.3.21"`. */
  readonly version?: string;
  /** Its threads, if it says; results are equal to the bit for equal device, version and threads only. */
  readonly threads?: number;
  /** Sentences for the user: what was tried before, what would be faster. */
  readonly notes: readonly string[];
}

/**
 * Say in one line what computes.
 *
 * @param info The backend.
 * @returns For example `"backend native: processor (Haswell kernels), libopenblas.so.0 (OpenBLAS 0.3.21), 2 threads"`.
 */
export function describeBackend({ name, device, library, version, threads }: BackendInfo): string {
  const software = library === undefined ? version : version === undefined ? library : `${library} (${version})`;
  const count = threads === undefined ? undefined : `${threads} thread${threads === 1 ? "" : "s"}`;
  return [`backend ${name}: ${device}`, software, count].filter((part) => part !== undefined).join(", ");
}
