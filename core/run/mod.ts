/** The run folder: configuration, lock, log, checkpoints, resuming, signals, environment. */
export { type CheckpointContent, saveCheckpoint, type SaveOptions } from "./checkpoint.ts";
export { describeEnvironment, type Environment, type EnvironmentOptions } from "./environment.ts";
export { exitCodeOf, type SignalWatch, type StopSignal, type WatchOptions, watchSignals } from "./interrupt.ts";
export { type Checkpoint, loadBest, loadCheckpoint, loadLatest, type LoadOptions } from "./load.ts";
export { appendMetrics, cutMetrics, type MetricLine, readMetrics } from "./metrics.ts";
export { loadPrepared, savePrepared } from "./prepared.ts";
export { readRunRecord, RUN_FORMAT, type RunRecord } from "./record.ts";
export { type ExperimentResult, parseResult, readResult, writeResult } from "./result.ts";
export { loadStart, resumeRun } from "./resume.ts";
export { openRun, type OpenRunOptions, reopenRun, type Run, runFolder, type RunIdentity } from "./run.ts";
export { type HostTree } from "./tree_file.ts";
export { type FileWriter } from "./trees.ts";
