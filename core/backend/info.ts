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
  /** Threads of that library; results are equal to the bit for equal library and thread count only. */
  readonly threads?: number;
  /** Sentences for the user: what was tried before, what would be faster. */
  readonly notes: readonly string[];
}
