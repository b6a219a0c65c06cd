import type { Rng, Uns } from "../../core/mod.ts";
import type { StreamTable } from "./stream_table.ts";

/** Parameters of a step by name; names and values are those of the command line and of the record. */
export type Params = { readonly [name: string]: string | number | boolean };

/** What a step learned, as it is recorded in `uns`. */
export type Fitted = { readonly [name: string]: Uns };

/** What came of a step. */
export interface Applied {
  /** The table afterwards. */
  readonly table: StreamTable;
  /** Numbers for the report, for example cells left out by reason. */
  readonly counts?: { readonly [name: string]: number };
}

/** One step of preprocessing. */
export interface Step {
  /** Name on the command line. */
  readonly name: string;
  /** All parameters, defaults included. */
  readonly params: Params;
  /**
   * Learn what the step needs, from the rows that may be fitted on.
   *
   * @param table The table before the step.
   * @param rng Stream of the step.
   * @returns What was learned; enough, with the parameters, to treat other data in the same way.
   * @throws {DataError} If the data cannot be used.
   */
  fit(table: StreamTable, rng: Rng): Promise<Fitted>;
  /**
   * Do the step.
   *
   * @param table The table before the step.
   * @param fitted What was learned, here or on other data.
   * @param rng Stream of the step.
   * @returns The table afterwards; big matrices are changed as they are read.
   * @throws {DataError} If the data cannot be used.
   */
  apply(table: StreamTable, fitted: Fitted, rng: Rng): Promise<Applied>;
}

/**
 * A step by name, before its parameters are known.
 *
 * @typeParam P Its parameters.
 */
export interface StepKind<P extends Params = Params> {
  /** Name on the command line. */
  readonly name: string;
  /** One line for the help text. */
  readonly description: string;
  /** Default of each parameter; values define the types. */
  readonly defaults: P;
  /**
   * Make a step.
   *
   * @param params Parameters that differ from the defaults.
   * @returns The step.
   * @throws {RangeError} If a parameter is out of range.
   */
  make(params: Partial<P>): Step;
}

/**
 * Describe a step whose parameters have exact types.
 *
 * @typeParam P Its parameters.
 * @param kind Name, description and defaults.
 * @param check Constraints that types cannot say: one message per problem.
 * @param parts What is learned and done; `fit` absent means nothing is learned.
 * @returns The kind of step.
 */
export function stepKind<P extends Params>(
  kind: { readonly name: string; readonly description: string; readonly defaults: P },
  check: (params: P) => readonly string[],
  parts: {
    readonly fit?: (table: StreamTable, params: P, rng: Rng) => Promise<Fitted>;
    readonly apply: (table: StreamTable, params: P, fitted: Fitted, rng: Rng) => Promise<Applied> | Applied;
  },
): StepKind<P> {
  const make = (given: Partial<P>): Step => {
    const params: P = { ...kind.defaults, ...given };
    const [problem] = check(params);
    if (problem !== undefined) throw new RangeError(`Cannot make step "${kind.name}": ${problem}`);
    return Object.freeze({
      name: kind.name,
      params,
      fit: (table: StreamTable, rng: Rng) => parts.fit?.(table, params, rng) ?? Promise.resolve({}),
      apply: async (table: StreamTable, fitted: Fitted, rng: Rng) => await parts.apply(table, params, fitted, rng),
    });
  };
  return Object.freeze({ ...kind, make });
}
