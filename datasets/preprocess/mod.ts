/**
 * Preprocessing of AnnData tables as recorded steps over streams of rows.
 *
 * @module
 */
export * from "./arguments.ts";
export * from "./command.ts";
export * from "./components.ts";
export * from "./folds.ts";
export * from "./grammar.ts";
export * from "./open_stream.ts";
export * from "./pipeline.ts";
export * from "./record.ts";
export * from "./registry.ts";
export * from "./rows.ts";
export * from "./step.ts";
export * from "./stream_table.ts";
export * from "./write.ts";
