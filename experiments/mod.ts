/**
 * Experiments as a library: resolve a configuration, train, sample, evaluate and report.
 *
 * @module
 */
export * from "./arguments.ts";
export * from "./experiment.ts";
export * from "./result.ts";
export * from "./run_experiment.ts";
