import { type Check, onEveryBackend } from "../../core/testing/mod.ts";
import { BACKENDS } from "../core/backends.ts";

/**
 * Register one test per promise and usable backend.
 *
 * @param checks What a component promises.
 */
export function contractTests(checks: readonly Check[]): void {
  for (const { name, run } of onEveryBackend(checks, BACKENDS)) Deno.test(name, run);
}
