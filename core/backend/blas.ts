import { BackendError } from "../errors.ts";
import { textAt } from "./c_memory.ts";
import { libraryFiles } from "./library_files.ts";

/** Symbols of the C interface of BLAS; addresses travel as whole numbers, which saves an object per argument. */
const BLAS_SYMBOLS = {
  cblas_sgemm: {
    parameters: [
      "i32", // row-major
      "i32", // a transposed
      "i32", // b transposed
      "i32", // rows of the product
      "i32", // columns of the product
      "i32", // inner size
      "f32", // factor of the product
      "usize", // a
      "i32", // row stride of a
      "usize", // b
      "i32", // row stride of b
      "f32", // factor of c
      "usize", // c
      "i32", // row stride of c
    ],
    result: "void",
  },
} as const;

const OPENBLAS_SYMBOLS = {
  openblas_get_num_threads: { parameters: [], result: "i32" },
  openblas_get_corename: { parameters: [], result: "usize" },
} as const;

/** A loaded BLAS library. */
export interface Blas {
  /** File or name that was loaded. */
  readonly library: string;
  /** Processor kernel that the library chose; empty if it does not say. */
  readonly device: string;
  /** Threads it uses; 0 if it does not say. */
  readonly threads: number;
  /** Single-precision matrix product, as in the C interface of BLAS; see `BLAS_SYMBOLS` for the arguments. */
  readonly sgemm: (
    layout: number,
    transposeA: number,
    transposeB: number,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: bigint,
    strideA: number,
    b: bigint,
    strideB: number,
    beta: number,
    c: bigint,
    strideC: number,
  ) => void;
}

/** Row-major layout of the C interface. */
export const ROW_MAJOR = 101;
/** Matrix as stored. */
export const PLAIN = 111;
/** Matrix transposed. */
export const TRANSPOSED = 112;

/**
 * Where a BLAS library may be.
 *
 * @param os Operating system as Deno names it.
 * @returns File names in the order to try; bare names go through the system's search path.
 */
export function blasCandidates(os: string): readonly string[] {
  switch (os) {
    case "darwin":
      return [
        "/System/Library/Frameworks/Accelerate.framework/Accelerate",
        "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
        "/usr/local/opt/openblas/lib/libopenblas.dylib",
      ];
    case "windows":
      return ["libopenblas.dll", "openblas.dll"];
    default:
      return [
        "libopenblas.so.0",
        "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0",
        "/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.so.0",
        "/usr/lib64/libopenblas.so.0",
        "libopenblas.so",
      ];
  }
}

function installHint(os: string): string {
  switch (os) {
    case "darwin":
      return "Accelerate is part of macOS, or run `brew install openblas`";
    case "windows":
      return "put libopenblas.dll on the PATH, or run with --backend wasm";
    default:
      return "run `apt-get install libopenblas0-pthread`, or run with --backend wasm";
  }
}

function openFirst(candidates: readonly string[]): { file: string; sgemm: Blas["sgemm"] } {
  let allowed = false;
  for (const candidate of candidates) {
    for (const file of [candidate, ...libraryFiles(candidate)]) {
      try {
        return { file, sgemm: Deno.dlopen(file, BLAS_SYMBOLS).symbols.cblas_sgemm };
      } catch (error) {
        const denied = error instanceof Deno.errors.NotCapable;
        allowed ||= !denied;
        // What the system's loader did not find under its name is in none of its folders.
        if (!denied) break;
      }
    }
  }
  throw new BackendError(
    allowed
      ? `Cannot find a BLAS library for --backend native: looked for ${candidates.join(", ")}; ${
        installHint(Deno.build.os)
      }`
      : `Cannot load ${candidates.join(" or ")}: calling libraries is not allowed, run with --allow-ffi`,
  );
}

/**
 * Load a BLAS library.
 *
 * @param candidates Files to try, in order.
 * @returns The library; it stays loaded.
 * @throws {BackendError} If none can be loaded; the message says what was tried and how to install one.
 */
export function openBlas(candidates: readonly string[] = blasCandidates(Deno.build.os)): Blas {
  const { file, sgemm } = openFirst(candidates);
  try {
    const { symbols } = Deno.dlopen(file, OPENBLAS_SYMBOLS);
    const device = textAt(BigInt(symbols.openblas_get_corename()));
    return Object.freeze({ library: file, device, threads: symbols.openblas_get_num_threads(), sgemm });
  } catch {
    // Accelerate and other libraries without OpenBLAS' own functions.
    return Object.freeze({ library: file, device: "", threads: 0, sgemm });
  }
}
