import { chooseBackend } from "../../core/backend/mod.ts";
import { type UsableBackend, usableBackends } from "../../core/testing/mod.ts";

export { assertNoLeak } from "../../core/testing/mod.ts";

/** Backends that work on this machine; emulated graphics adapters do not count. */
export const BACKENDS: readonly UsableBackend[] = await usableBackends((message) => console.warn(`SKIP: ${message}`));

/**
 * Register one test per usable backend.
 *
 * @param name Name of the test; the backend's is appended.
 * @param fn The test; the backend is current when it is called.
 */
export function forEachBackend(name: string, fn: (backend: UsableBackend) => void | Promise<void>): void {
  for (const backend of BACKENDS) {
    Deno.test(`${name} on ${backend}`, async () => {
      await chooseBackend(backend);
      await fn(backend);
    });
  }
}
