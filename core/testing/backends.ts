import { openBlas } from "../backend/blas.ts";
import { type BackendName, chooseBackend } from "../backend/mod.ts";
import { findAdapter } from "../backend/webgpu.ts";
import { memory } from "../tensor/mod.ts";
import { assertEquals } from "./assert.ts";
import type { Check } from "./check.ts";

/** A backend by its own name. */
export type UsableBackend = Exclude<BackendName, "auto">;

function blasProblem(): string | undefined {
  try {
    openBlas();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Find the backends that work on this machine; emulated graphics adapters do not count.
 *
 * @param skipped Told one sentence for each that was looked for and cannot be used.
 * @returns Their names; `cpu` and `wasm` are always there. The native one needs `--allow-ffi` and `--allow-read`.
 */
export async function usableBackends(skipped: (message: string) => void = () => {}): Promise<readonly UsableBackend[]> {
  const problem = blasProblem();
  if (problem !== undefined) skipped(`the native backend cannot be tested: ${problem}`);
  const adapter = await findAdapter();
  return [
    "cpu",
    "wasm",
    ...problem === undefined ? ["native" as const] : [],
    ...adapter?.software === false ? ["webgpu" as const] : [],
  ];
}

/**
 * Multiply checks by the backends of this machine.
 *
 * @example Usage
 * ```ts
 * import { gaussianPrior } from "@morphogen/morphogen";
 * import { onEveryBackend, priorChecks, usableBackends } from "@morphogen/morphogen/testing";
 *
 * const checks = priorChecks({ name: "gaussianPrior", prior: gaussianPrior(), needsSource: false });
 * for (const { name, run } of onEveryBackend(checks, await usableBackends())) {
 *   if (name.endsWith("on cpu")) await run(); // in a test file: Deno.test(name, run)
 * }
 * ```
 *
 * @param checks The checks.
 * @param backends Backends, for example {@linkcode usableBackends}.
 * @returns One check per backend and check; each makes its backend the current one.
 */
export function onEveryBackend(checks: readonly Check[], backends: readonly UsableBackend[]): readonly Check[] {
  return backends.flatMap((backend) =>
    checks.map(({ name, run }) => ({
      name: `${name} on ${backend}`,
      async run(): Promise<void> {
        await chooseBackend(backend);
        await run();
      },
    }))
  );
}

/**
 * Fail if a function leaves tensors or buffers behind.
 *
 * @param fn The work; it disposes what it makes.
 * @throws {ContractError} If more or fewer are there afterwards.
 */
export async function assertNoLeak(fn: () => void | Promise<void>): Promise<void> {
  const before = memory();
  await fn();
  const after = memory();
  assertEquals(
    { tensors: after.numTensors, buffers: after.numDataBuffers },
    { tensors: before.numTensors, buffers: before.numDataBuffers },
    "what is left on the device",
  );
}
