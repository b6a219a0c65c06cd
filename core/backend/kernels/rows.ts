import { tf } from "../../tensor/tf.ts";
import type { SimdKernels } from "../simd/module.ts";
import { offsetOf, shareValues, sizeOf, type WasmBackend, type WasmKernel } from "../wasm_heap.ts";

/** Bytes of one value of the types whose rows are copied here. */
const BYTES = 4;

function isCopied(info: tf.TensorInfo): boolean {
  return info.dtype === "float32" || info.dtype === "int32";
}

function sliceAxis(
  simd: SimdKernels,
  backend: WasmBackend,
  x: tf.TensorInfo,
  axis: number,
  begin: number,
  size: number,
): tf.TensorInfo {
  const out = backend.makeOutput(x.shape.with(axis, size), x.dtype);
  const inner = BYTES * sizeOf(x.shape, axis + 1);
  const from = offsetOf(backend, x) + begin * inner;
  simd.copyRows(
    from,
    offsetOf(backend, out),
    x.shape[axis]! * inner,
    size * inner,
    size * inner,
    sizeOf(x.shape, 0, axis),
  );
  return out;
}

/**
 * Make the kernel of `Slice` for blocks that are narrower along one axis only.
 *
 * @param simd Vector kernels of the heap.
 * @param replaced Kernel for other blocks.
 * @returns Kernel with input `x` and attributes `begin`, `size`.
 */
export function sliceKernel(simd: SimdKernels, replaced: WasmKernel): WasmKernel {
  return (args) => {
    const { inputs, attrs, backend } = args;
    const x = inputs.x!;
    const parsed = tf.slice_util.parseSliceParams(
      x as tf.Tensor,
      attrs.begin as number | number[],
      attrs.size as number | number[],
    );
    const [begin, size] = parsed as [number[], number[]];
    tf.slice_util.assertParamsValid(x as tf.Tensor, begin, size);
    const cut = x.shape.flatMap((length, axis) => size[axis] === length ? [] : [axis]);
    if (cut.length === 0) return shareValues(backend, x);
    if (cut.length > 1 || !isCopied(x)) return replaced(args);
    return sliceAxis(simd, backend, x, cut[0]!, begin[cut[0]!]!, size[cut[0]!]!);
  };
}

/**
 * Make the kernel of `SplitV`.
 *
 * @param simd Vector kernels of the heap.
 * @param replaced Kernel for other types.
 * @returns Kernel with input `x` and attributes `axis`, `numOrSizeSplits`.
 */
export function splitKernel(simd: SimdKernels, replaced: WasmKernel): WasmKernel {
  return (args) => {
    const { inputs, attrs, backend } = args;
    const x = inputs.x!;
    if (!isCopied(x)) return replaced(args);
    const [axis] = tf.util.parseAxisParam(attrs.axis as number, x.shape) as [number];
    const parts = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits as number | number[], axis);
    let begin = 0;
    return parts.map((size) => {
      const out = sliceAxis(simd, backend, x, axis, begin, size);
      begin += size;
      return out;
    });
  };
}

/**
 * Make the kernel of `Concat`.
 *
 * @param simd Vector kernels of the heap.
 * @param replaced Kernel for other types.
 * @returns Kernel with numbered inputs and attribute `axis`.
 */
export function concatKernel(simd: SimdKernels, replaced: WasmKernel): WasmKernel {
  return (args) => {
    const { inputs, attrs, backend } = args;
    const parts = Object.values(inputs).filter((x) => sizeOf(x.shape) > 0);
    const first = parts[0];
    if (first === undefined || parts.some((x) => x.dtype !== first.dtype || !isCopied(x))) return replaced(args);
    const [axis] = tf.util.parseAxisParam(attrs.axis as number, first.shape) as [number];
    const shapes = parts.map((x) => x.shape);
    tf.backend_util.assertParamsConsistent(shapes, axis);
    const shape = tf.backend_util.computeOutShape(shapes, axis);
    const out = backend.makeOutput(shape, first.dtype);
    const outer = sizeOf(shape, 0, axis);
    const stride = BYTES * sizeOf(shape, axis);
    let to = offsetOf(backend, out);
    for (const x of parts) {
      const bytes = BYTES * sizeOf(x.shape, axis);
      simd.copyRows(offsetOf(backend, x), to, bytes, stride, bytes, outer);
      to += bytes;
    }
    return out;
  };
}

/** Repeat `[outer, inner]` to `[outer, count, inner]`, doubling what is there. */
function repeatMiddle(
  simd: SimdKernels,
  from: number,
  to: number,
  outer: number,
  count: number,
  innerBytes: number,
): void {
  const stride = count * innerBytes;
  simd.copyRows(from, to, innerBytes, stride, innerBytes, outer);
  for (let done = 1; done < count; done *= 2) {
    const bytes = Math.min(done, count - done) * innerBytes;
    simd.copyRows(to, to + done * innerBytes, stride, stride, bytes, outer);
  }
}

/**
 * Make the kernel of broadcasting to a shape.
 *
 * @param simd Vector kernels of the heap.
 * @returns Kernel with input `x` (float32) and attribute `to`.
 */
export function broadcastKernel(simd: SimdKernels): WasmKernel {
  return ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    const target = [...attrs.to as readonly number[]];
    const shape = [...new Array<number>(Math.max(0, target.length - x.shape.length)).fill(1), ...x.shape];
    if (tf.broadcast_util.assertAndGetBroadcastShape(shape, target).join() !== target.join()) {
      throw new TypeError(`Cannot broadcast shape [${x.shape}] to [${target}]`);
    }
    let out = shareValues(backend, x, shape);
    for (let axis = target.length - 1; axis >= 0; axis--) {
      const count = target[axis]!;
      if (shape[axis] === count) continue;
      shape[axis] = count;
      const next = backend.makeOutput([...shape], x.dtype);
      const inner = BYTES * sizeOf(shape, axis + 1);
      if (sizeOf(shape) > 0) {
        repeatMiddle(simd, offsetOf(backend, out), offsetOf(backend, next), sizeOf(shape, 0, axis), count, inner);
      }
      backend.disposeData(out.dataId);
      out = next;
    }
    return out;
  };
}

/**
 * Make the kernel of `GatherV2` for whole rows.
 *
 * @param replaced Kernel for other axes, batches and types.
 * @returns Kernel with inputs `x` `[M, ...]` and `indices` (int32), and attributes `axis`, `batchDims`; it throws a
 * `RangeError` if an index is outside `x`.
 */
export function gatherKernel(replaced: WasmKernel): WasmKernel {
  return (args) => {
    const { inputs, attrs, backend } = args;
    const [x, indices] = [inputs.x!, inputs.indices!];
    if (attrs.axis !== 0 || attrs.batchDims !== 0 || !isCopied(x) || indices.dtype !== "int32") return replaced(args);
    const rows = x.shape[0]!;
    const size = sizeOf(x.shape, 1);
    const out = backend.makeOutput([...indices.shape, ...x.shape.slice(1)], x.dtype);
    const [from, by, to] = [x, indices, out].map((info) => offsetOf(backend, info) / BYTES) as [number, number, number];
    const heap = backend.wasm.HEAPF32;
    const index = new Int32Array(heap.buffer, BYTES * by, sizeOf(indices.shape));
    for (let i = 0; i < index.length; i++) {
      const row = index[i]!;
      if (!(row >= 0 && row < rows)) throw new RangeError(`Cannot gather row ${row} of a tensor with ${rows} rows`);
      heap.copyWithin(to + i * size, from + row * size, from + (row + 1) * size);
    }
    return out;
  };
}
