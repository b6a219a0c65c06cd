import { type BackendName, chooseBackend } from "../../core/backend/mod.ts";
import { openBlas } from "../../core/backend/blas.ts";
import { findAdapter } from "../../core/backend/webgpu.ts";
import { memory } from "../../core/tensor/mod.ts";
import { assertEquals } from "../assert.ts";

function hasBlas(): boolean {
  try {
    openBlas();
    return true;
  } catch (error) {
    console.warn(`SKIP: the native backend cannot be tested: ${(error as Error).message}`);
    return false;
  }
}

async function usable(): Promise<readonly Exclude<BackendName, "auto">[]> {
  const adapter = await findAdapter();
  return [
    "cpu",
    "wasm",
    ...hasBlas() ? ["native" as const] : [],
    ...adapter?.software === false ? ["webgpu" as const] : [],
  ];
}

/** Backends that work on this machine; emulated graphics adapters do not count. */
export const BACKENDS: readonly Exclude<BackendName, "auto">[] = await usable();

/**
 * Register one test per usable backend.
 *
 * @param name Name of the test; the backend's is appended.
 * @param fn The test; the backend is current when it is called.
 */
export function forEachBackend(
  name: string,
  fn: (backend: Exclude<BackendName, "auto">) => void | Promise<void>,
): void {
  for (const backend of BACKENDS) {
    Deno.test(`${name} on ${backend}`, async () => {
      await chooseBackend(backend);
      await fn(backend);
    });
  }
}

/**
 * Fail if a function leaves tensors or buffers behind.
 *
 * @param fn The work; it disposes what it makes.
 */
export async function assertNoLeak(fn: () => void | Promise<void>): Promise<void> {
  const before = memory();
  await fn();
  const after = memory();
  assertEquals(
    { tensors: after.numTensors, buffers: after.numDataBuffers },
    { tensors: before.numTensors, buffers: before.numDataBuffers },
  );
}
