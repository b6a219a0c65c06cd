/** How training goes; the same for all plugins. */
export interface TrainSettings {
  /** Optimizer steps. */
  readonly steps: number;
  /** Peak learning rate per step. */
  readonly lr: number;
  /** `constant`, or `cosine` down to a hundredth of the peak. */
  readonly schedule: string;
  /** Steps of linear warm-up of `cosine`. */
  readonly warmup: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** Largest global norm of the gradient; 0 switches clipping off. */
  readonly clipNorm: number;
  /** Decay of the moving average of the parameters per step; 0 keeps none. */
  readonly ema: number;
  /** Micro-batches whose gradients make one step. */
  readonly accumulate: number;
  /** Steps between checkpoints. */
  readonly checkpointEvery: number;
  /** Steps between lines of `metrics.jsonl`. */
  readonly logEvery: number;
}

/** How a trained model is measured. */
export interface EvaluateSettings {
  /** Independent draws; with at least two the result has a standard deviation. */
  readonly repeats: number;
}

/** A complete configuration: what `--print-config` prints and `config.json` keeps. */
export interface Settings {
  /** Name of the experiment's preset that the values start from; empty if it has none. */
  readonly preset: string;
  /** Data set and its configuration. */
  readonly dataset: { readonly name: string; readonly config: unknown };
  /** Plugin and its configuration. */
  readonly plugin: { readonly name: string; readonly config: unknown };
  /** Training. */
  readonly train: TrainSettings;
  /** Evaluation. */
  readonly evaluate: EvaluateSettings;
  /** Seed of every stream. */
  readonly seed: number;
}

/** Training settings that experiments start from: AdamW at 1e-3 with clipping, no average. */
export const TRAIN_DEFAULTS: TrainSettings = {
  steps: 1000,
  lr: 1e-3,
  schedule: "constant",
  warmup: 0,
  weightDecay: 1e-5,
  clipNorm: 1,
  ema: 0,
  accumulate: 1,
  checkpointEvery: 200,
  logEvery: 10,
};

/** Some keys of {@linkcode Settings}, checked against the defaults when the experiment is resolved. */
export interface SettingsPatch {
  /** Keys of the data set's configuration; ignored where another data set is chosen. */
  readonly dataset?: Readonly<Record<string, unknown>>;
  /** Keys of the plugin's configuration. */
  readonly plugin?: Readonly<Record<string, unknown>>;
  /** Keys of the training settings. */
  readonly train?: Partial<TrainSettings>;
  /** Keys of the evaluation settings. */
  readonly evaluate?: Partial<EvaluateSettings>;
}

/** A named composition of data set, plugin and settings. */
export interface Experiment {
  /** Name on the command line, kebab-case. */
  readonly name: string;
  /** One line for the list. */
  readonly description: string;
  /** Plugin by name. */
  readonly plugin: string;
  /** Data set that is used when the user brings no data. */
  readonly dataset: string;
  /** Data set that reads what `--data` names; absent means the same as `dataset`. */
  readonly userDataset?: string;
  /** First line of a run without `--data`, where the data are not the paper's. */
  readonly standInNotice?: string;
  /** Settings that differ from the defaults. */
  readonly settings: SettingsPatch;
  /** Preset that is used unless `--set preset=NAME`. */
  readonly preset?: string;
  /** Named sets of changes on top of `settings`. */
  readonly presets?: Readonly<Record<string, SettingsPatch>>;
}

/** Many runs of other experiments, with a table at the end. */
export interface Study {
  /** Name on the command line, kebab-case. */
  readonly name: string;
  /** One line for the list. */
  readonly description: string;
  /** Experiment that each run is of. */
  readonly experiment: string;
  /** Settings of each run beside the experiment's own, `path=value`. */
  readonly runs: readonly StudyRun[];
}

/** One run of a study. */
export interface StudyRun {
  /** Row of the table; runs of one name are averaged. */
  readonly name: string;
  /** Settings `path=value`. */
  readonly set: readonly string[];
  /** Seed. */
  readonly seed: number;
}
