/**
 * Data sets: where sections come from, and how they are read, split and turned into features.
 *
 * @module
 */

import type { Data } from "../core/mod.ts";

/** What a data set is told besides its configuration. */
export interface LoadOptions {
  /** Store, folder or address that the user gives (`--data`); absent means the embedded data, if there are any. */
  readonly location?: string;
  /** Seed of all random choices, for example which cells are kept. */
  readonly seed: number;
  /**
   * Tell the user what was done, for example how many rows were left out.
   *
   * @param message One sentence.
   */
  note(message: string): void;
  /**
   * Warn the user of something that makes results doubtful.
   *
   * @param message One sentence.
   */
  warn(message: string): void;
}

/** A data set by name: configuration, its constraints, and the reader. */
export interface Dataset<Cfg> {
  /** Name on the command line, kebab-case. */
  readonly name: string;
  /** One line for lists. */
  readonly description: string;
  /** Complete default configuration; its values define the runtime types. */
  readonly defaults: Cfg;
  /**
   * Check constraints that types cannot say.
   *
   * @param config Merged configuration.
   * @returns One message per problem, empty if fine.
   */
  check(config: Cfg): readonly string[];
  /**
   * Read the data.
   *
   * Whatever is fitted (components, means, deviations) is fitted on training sections only.
   *
   * @param config Merged configuration.
   * @param options Place, seed, and where to report.
   * @returns Sections in order of time.
   * @throws {DataError} If the data are absent or cannot be used.
   */
  load(config: Cfg, options: LoadOptions): Promise<Data>;
}

/** A data set of any configuration. */
export type AnyDataset = Dataset<unknown>;
