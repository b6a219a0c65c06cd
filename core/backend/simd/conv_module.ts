import { compileKernels } from "./compile.ts";
import { gatherPatches, scatterPatches } from "./patches.ts";
import { transposeMatrix } from "./transpose.ts";
import { winogradFilter, winogradFilterGrad, winogradInput, winogradOutput, winogradOutputGrad } from "./winograd.ts";

/** Moves patches between an image and a matrix; see `patches.ts` for the arguments. */
export type MovePatches = (
  image: number,
  patches: number,
  height: number,
  width: number,
  channels: number,
  top: number,
  left: number,
  step: number,
  patchHeight: number,
  patchWidth: number,
  count: number,
) => void;

/** Transforms matrices that lie side by side; strides are in bytes. */
export type TransformMatrices = (
  from: number,
  fromLine: number,
  fromEntry: number,
  to: number,
  toLine: number,
  toEntry: number,
  size: number,
) => void;

/** Vector kernels of convolutions on a WebAssembly heap; arguments are as their files declare. */
export interface ConvSimd {
  readonly gatherPatches: MovePatches;
  readonly scatterPatches: MovePatches;
  readonly transposeMatrix: (from: number, to: number, rows: number, columns: number) => void;
  readonly winogradInput: TransformMatrices;
  readonly winogradOutput: (...args: [...Parameters<TransformMatrices>, bias: number]) => void;
  readonly winogradOutputGrad: TransformMatrices;
  readonly winogradFilter: TransformMatrices;
  readonly winogradFilterGrad: TransformMatrices;
}

const FUNCTIONS = [
  gatherPatches,
  scatterPatches,
  transposeMatrix,
  winogradInput,
  winogradOutput,
  winogradOutputGrad,
  winogradFilter,
  winogradFilterGrad,
];

/**
 * Compile the vector kernels of convolutions for a heap.
 *
 * @param memory The heap; the kernels follow its growth.
 * @returns The kernels.
 */
export function convSimd(memory: WebAssembly.Memory): ConvSimd {
  return compileKernels<ConvSimd>(FUNCTIONS, memory);
}
