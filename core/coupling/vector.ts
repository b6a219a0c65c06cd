import { assemble } from "../backend/simd/encode.ts";
import { bestTwo, relax } from "./vector_assignment.ts";
import { scaleRows } from "./vector_scaling.ts";

/** Vector kernels of the couplings; arguments are byte offsets and counts, as their files declare. */
export interface CouplingKernels {
  readonly bestTwo: (cost: number, price: number, end: number, out: number) => void;
  readonly relax: (
    cost: number,
    price: number,
    distance: number,
    from: number,
    end: number,
    row: number,
    offset: number,
    out: number,
  ) => void;
  readonly scaleRows: (
    kernel: number,
    columns: number,
    masses: number,
    scalings: number,
    total: number,
    rows: number,
    bytes: number,
  ) => void;
}

/** Number of values by which rows begin; vector kernels work on that many at a time. */
export const LANE_GROUP = 4;

const PAGE = 65536;
const BYTES = 8;
/** Pages that a WebAssembly memory can have. */
const MOST_PAGES = 65536;

let running: { readonly memory: WebAssembly.Memory; readonly kernels: CouplingKernels } | undefined;

function start(): { readonly memory: WebAssembly.Memory; readonly kernels: CouplingKernels } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(assemble([bestTwo, relax, scaleRows]));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return Object.freeze({ memory, kernels: exports as unknown as CouplingKernels });
}

/**
 * Row length that the kernels want: with what is added it is a whole number of lane groups.
 *
 * @param columns Number of columns.
 * @returns At least as many values.
 */
export function strideOf(columns: number): number {
  return Math.ceil(columns / LANE_GROUP) * LANE_GROUP;
}

/**
 * Lay out arrays of float64 in the memory of the kernels, over whatever was there.
 *
 * Nothing may be kept across calls: the next one uses the same memory.
 *
 * @param action What is to be done with them, for the message, for example `"Cannot assign 3 rows to 4 columns"`.
 * @param lengths Length of each array.
 * @returns The kernels and the arrays; contents are undefined.
 * @throws {RangeError} If a WebAssembly memory (4 GiB) cannot hold them.
 */
export function layOut(
  action: string,
  lengths: readonly number[],
): { readonly kernels: CouplingKernels; readonly arrays: readonly Float64Array[] } {
  running ??= start();
  const { memory, kernels } = running;
  const total = lengths.reduce((sum, length) => sum + strideOf(length), 0);
  const missing = Math.ceil(total * BYTES / PAGE) - memory.buffer.byteLength / PAGE;
  if (missing > MOST_PAGES - memory.buffer.byteLength / PAGE) {
    throw new RangeError(`${action}: this takes ${(total * BYTES / 2 ** 30).toFixed(1)} GiB, expected at most 4`);
  }
  if (missing > 0) memory.grow(missing);
  let at = 0;
  const arrays = lengths.map((length) => {
    const array = new Float64Array(memory.buffer, at, length);
    at += strideOf(length) * BYTES;
    return array;
  });
  return { kernels, arrays };
}
