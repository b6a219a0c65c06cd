import type { tf } from "../../tensor/tf.ts";
import type { SimdKernels } from "../simd/module.ts";
import { offsetOf, type WasmBackend, type WasmKernel } from "../wasm_heap.ts";
import { withScratch } from "./scratch.ts";

/** Bytes of a float32. */
const BYTES = 4;

/** Rows that are added up in float32 before the sums go on in float64. */
const SPAN = 1024;

type Rows = [batch: number, places: number, channels: number];

/** Adds rows to the sums of each channel, which start as zeros. */
type AddRows = (firstRow: number, rows: number) => void;

/** Sums over all places, in float64; `room` holds those of a few arrays of channels in turn. */
function channelSums(backend: WasmBackend, room: number, count: number, places: number, add: AddRows): Float64Array {
  const sums = new Float64Array(count);
  for (let first = 0; first < places; first += SPAN) {
    const values = backend.wasm.HEAPF32.subarray(room / BYTES, room / BYTES + count).fill(0);
    add(first, Math.min(SPAN, places - first));
    for (let i = 0; i < count; i++) sums[i] = sums[i]! + values[i]!;
  }
  return sums;
}

/** Means over the channels of each group and all places, given back to each channel. */
function groupMeans(sums: (channel: number) => number, channels: number, groups: number, places: number): Float64Array {
  const size = channels / groups;
  const out = new Float64Array(channels);
  for (let first = 0; first < channels; first += size) {
    let total = 0;
    for (let c = first; c < first + size; c++) total += sums(c);
    out.fill(total / (size * places), first, first + size);
  }
  return out;
}

function write(backend: WasmBackend, at: number, values: ArrayLike<number>): void {
  backend.wasm.HEAPF32.set(values, at / BYTES);
}

function read(backend: WasmBackend, info: tf.TensorInfo, from: number, count: number): Float64Array {
  const at = offsetOf(backend, info) / BYTES + from;
  return Float64Array.from(backend.wasm.HEAPF32.subarray(at, at + count));
}

/** Normalise; outputs the result and mean and inverse deviation of each channel's group, `[B, 2, C]`. */
function forward(simd: SimdKernels): WasmKernel {
  return ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    const [batch, places, channels] = x.shape as Rows;
    const [groups, epsilon] = [attrs.groups as number, attrs.epsilon as number];
    const y = backend.makeOutput(x.shape, "float32");
    const stats = backend.makeOutput([batch, 2, channels], "float32");
    const gamma = read(backend, inputs.gamma!, 0, channels);
    withScratch(backend, [channels, channels], (sums, scale) => {
      for (let image = 0; image < batch; image++) {
        const [from, to] = [x, y].map((info) => offsetOf(backend, info) + BYTES * image * places * channels);
        const row = (base: number, index: number): number => base + BYTES * index * channels;
        const mean = offsetOf(backend, stats) + BYTES * image * 2 * channels;
        const totals = channelSums(backend, sums!, channels, places, (first, rows) => {
          simd.sumColumns(row(from!, first), sums!, 1, rows, channels);
        });
        write(backend, mean, groupMeans((c) => totals[c]!, channels, groups, places));
        const squares = channelSums(backend, sums!, channels, places, (first, rows) => {
          simd.squaredDeviations(row(from!, first), mean, sums!, rows, channels);
        });
        const inverse = groupMeans((c) => squares[c]!, channels, groups, places).map((v) => 1 / Math.sqrt(v + epsilon));
        write(backend, row(mean, 1), inverse);
        write(backend, scale!, inverse.map((value, c) => value * gamma[c]!));
        simd.scaleChannels(from!, mean, scale!, offsetOf(backend, inputs.beta!), to!, places, channels);
      }
    });
    return [y, stats];
  };
}

/** Derivatives with respect to values, scale and shift. */
function gradient(simd: SimdKernels): WasmKernel {
  return ({ inputs, attrs, backend }) => {
    const { dy, x, stats } = inputs;
    const [batch, places, channels] = x!.shape as Rows;
    const groups = attrs.groups as number;
    const dx = backend.makeOutput(x!.shape, "float32");
    const [dGamma, dBeta] = [new Float64Array(channels), new Float64Array(channels)];
    const gamma = read(backend, inputs.gamma!, 0, channels);
    withScratch(backend, [2 * channels, channels, channels, channels], (sums, scale, slope, shift) => {
      for (let image = 0; image < batch; image++) {
        const begins = [dy!, x!, dx].map((info) => offsetOf(backend, info) + BYTES * image * places * channels);
        const [given, from, to] = begins as [number, number, number];
        const mean = offsetOf(backend, stats!) + BYTES * image * 2 * channels;
        const inverse = read(backend, stats!, (2 * image + 1) * channels, channels);
        const totals = channelSums(backend, sums!, 2 * channels, places, (first, rows) => {
          const skip = BYTES * first * channels;
          simd.derivativeSums(given + skip, from + skip, mean, sums!, sums! + BYTES * channels, rows, channels);
        });
        const along = totals.subarray(channels).map((sum, c) => sum * inverse[c]!);
        for (let c = 0; c < channels; c++) {
          dGamma[c] = dGamma[c]! + along[c]!;
          dBeta[c] = dBeta[c]! + totals[c]!;
        }
        const means = groupMeans((c) => totals[c]! * gamma[c]!, channels, groups, places);
        const slopes = groupMeans((c) => along[c]! * gamma[c]!, channels, groups, places);
        write(backend, scale!, inverse.map((value, c) => value * gamma[c]!));
        write(backend, slope!, inverse.map((value, c) => value ** 2 * slopes[c]!));
        write(backend, shift!, inverse.map((value, c) => value * means[c]!));
        simd.combineDerivatives(given, from, mean, scale!, slope!, shift!, to, places, channels);
      }
    });
    const sums = [dGamma, dBeta].map((values) => {
      const out = backend.makeOutput([channels], "float32");
      write(backend, offsetOf(backend, out), values);
      return out;
    });
    return [dx, ...sums];
  };
}

/**
 * Make the kernels of group norm, one pass each for means, deviations and result.
 *
 * @param simd Vector kernels of the heap.
 * @returns Kernels by name, with the inputs, attributes and outputs of `core/tensor/group_norm_kernels.ts`.
 */
export function groupNormKernels(simd: SimdKernels): Readonly<Record<string, WasmKernel>> {
  return { MorphogenGroupNorm: forward(simd), MorphogenGroupNormGrad: gradient(simd) };
}
