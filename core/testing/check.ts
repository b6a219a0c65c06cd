import { ContractError } from "./assert.ts";

/** One promise of an interface, as a function that any test runner can call: `Deno.test(check.name, check.run)`. */
export interface Check {
  /** What is promised, in one sentence. */
  readonly name: string;
  /**
   * Hold the component to it, on the backend that is current.
   *
   * @throws {ContractError} If the promise is not kept; the message says what was found and what was expected. What the
   *   component itself throws comes through as it is.
   */
  run(): Promise<void>;
}

/**
 * Name a check.
 *
 * @param name What is promised.
 * @param run Fails if it is not kept.
 * @returns The check.
 */
export function check(name: string, run: () => void | Promise<void>): Check {
  return Object.freeze({ name, run: async (): Promise<void> => await run() });
}

/**
 * Run checks one after another.
 *
 * @param checks The checks.
 * @throws {ContractError} At the first that fails, whatever it threw; the message begins with the check's name.
 */
export async function runChecks(checks: readonly Check[]): Promise<void> {
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (cause) {
      throw new ContractError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}
