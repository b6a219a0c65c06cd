import { assemble, type Func } from "./encode.ts";

/**
 * Compile vector kernels for a heap.
 *
 * @typeParam T The kernels by name.
 * @param functions The kernels.
 * @param memory The heap; the kernels follow its growth.
 * @returns The kernels.
 */
export function compileKernels<T>(functions: readonly Func[], memory: WebAssembly.Memory): T {
  const module = new WebAssembly.Module(assemble(functions));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as T;
}
