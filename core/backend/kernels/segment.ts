import type { tf } from "../../tensor/tf.ts";
import { offsetOf, sizeOf, type WasmBackend, type WasmKernel } from "../wasm_heap.ts";

/** Adds rows up by number; offsets are in bytes, see `simd/segment.ts`. */
export type SegmentSum = (x: number, ids: number, out: number, rows: number, size: number, segments: number) => void;

/** Add the rows of `x` up in a tensor of a shape; there is one number per row. */
function sumRows(
  backend: WasmBackend,
  segmentSum: SegmentSum,
  x: tf.TensorInfo,
  ids: tf.TensorInfo,
  shape: readonly number[],
): tf.TensorInfo {
  const out = backend.makeOutput([...shape], "float32");
  const [from, by, to] = [x, ids, out].map((info) => offsetOf(backend, info)) as [number, number, number];
  backend.wasm.HEAPF32.fill(0, to / 4, to / 4 + sizeOf(shape));
  segmentSum(from, by, to, sizeOf(ids.shape), sizeOf(shape, 1), shape[0]!);
  return out;
}

/**
 * Make the kernel of `UnsortedSegmentSum`, tfjs' derivative of gathering.
 *
 * @param segmentSum Gives the vector kernel.
 * @returns Kernel with inputs `x` `[N, ...]` and `segmentIds` `[N]`, and attribute `numSegments`; rows whose number is
 * not from 0 to `numSegments - 1` are left out.
 */
export function segmentSumKernel(segmentSum: () => SegmentSum): WasmKernel {
  return ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    const ids = inputs.segmentIds!;
    if (x.dtype !== "float32" || ids.dtype !== "int32" || ids.shape.length !== 1 || ids.shape[0] !== x.shape[0]) {
      throw new TypeError(
        `Cannot sum rows of [${x.shape}] (${x.dtype}) by segments [${ids.shape}] (${ids.dtype}): expected float32 and ` +
          "one int32 per row",
      );
    }
    return sumRows(backend, segmentSum(), x, ids, [attrs.numSegments as number, ...x.shape.slice(1)]);
  };
}

/**
 * Make the kernel of `ScatterNd` for whole rows of float32.
 *
 * @param segmentSum Gives the vector kernel.
 * @param replaced Kernel for other types, and for parts of rows.
 * @returns Kernel with inputs `indices` `[N, 1]` and `updates` `[N, ...]`, and attribute `shape`.
 */
export function scatterKernel(segmentSum: () => SegmentSum, replaced: WasmKernel): WasmKernel {
  return (args) => {
    const { inputs: { indices, updates }, attrs, backend } = args;
    const shape = attrs.shape as readonly number[];
    const isRows = indices!.shape.length === 2 && indices!.shape[1] === 1 && indices!.dtype === "int32" &&
      updates!.dtype === "float32" && updates!.shape.join() === [indices!.shape[0], ...shape.slice(1)].join();
    return isRows ? sumRows(backend, segmentSum(), updates!, indices!, shape) : replaced(args);
  };
}
