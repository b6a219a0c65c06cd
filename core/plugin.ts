import type { Citation, Data, DataSpec } from "./data.ts";
import type { HostArray } from "./host_array.ts";
import type { AnnData } from "./io/anndata.ts";
import type { AnnDataStore } from "./io/anndata_store.ts";
import type { TableStream } from "./io/table_stream.ts";
import type { Trainable } from "./method.ts";
import type { Figure } from "./report/figure.ts";
import type { Rng } from "./rng/mod.ts";
import type { Batches } from "./state.ts";
import type { Params, Tree } from "./tree.ts";

/** Results by name. Values are plain numbers in the unit that the name's description states. */
export interface Metric {
  /** Name, kebab or slash separated, for example `"1nn-f1"`. */
  readonly name: string;
  /** Value of the trained model. */
  readonly value: number;
  /** Whether larger or smaller is better. */
  readonly better: "higher" | "lower";
  /** One sentence: what it measures, and in which unit. */
  readonly description: string;
  /** The same quantity for references: oracle, replicate, copy-source, shuffled labels. */
  readonly anchors: Readonly<Record<string, number>>;
  /** Sample standard deviation over sampling repeats, if there were at least two. */
  readonly spread?: number;
}

/** What `prepare` fitted, by name; stored in the run folder and read back on resume. */
export type Prepared = Readonly<Record<string, Tree<HostArray>>>;

/** Progress of long work, shown to the user. */
export interface Progress {
  /**
   * Report how far the work is.
   *
   * @param done Units finished.
   * @param total Units in all.
   * @param note Short text, for example the current loss.
   */
  (done: number, total: number, note?: string): void;
}

/** A trained model on its data, for sampling, evaluation and figures. */
export interface Trained {
  /** Parameters to use (the moving average if training kept one). */
  readonly params: Params;
  /** What gradients did not train (batch-norm statistics), if the trainable has any. */
  readonly state?: Params | undefined;
  /** The data set, training and test sections. */
  readonly data: Data;
  /** Stream of this evaluation. */
  readonly rng: Rng;
  /** Where to report progress. */
  readonly progress: Progress;
  /**
   * Tell the user something that must stand beside the results.
   *
   * @param message One sentence.
   */
  note(message: string): void;
}

/** What came out of a trained model. */
export interface Samples {
  /** Generated rows as a table; `obs`, `obsm` and `uns` say what each row is. */
  readonly table: AnnData;
}

/** A rectangle of pixels. */
export interface SlideRegion {
  /** First column; pixel j covers [j, j + 1). */
  readonly x: number;
  /** First row. */
  readonly y: number;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** Which image of a section to draw. */
export interface SlideRequest {
  /** Name of the section. */
  readonly section: string;
  /** Pixels per unit of the section's coordinates. */
  readonly scale: number;
  /** Share of a tile that it has in common with the next one, from 0 to below 1; absent leaves it to the method. */
  readonly overlap?: number | undefined;
  /** Pixels to draw, counted from the origin of the coordinates; absent means what the cells lie in. */
  readonly region?: SlideRegion | undefined;
}

/** One image of a section, as a model draws it. */
export interface SlideImage {
  /** Name of the section. */
  readonly section: string;
  /** Grey values, `[H, W, C]`. */
  readonly pixels: HostArray<Uint8Array>;
  /** Names of the channels. */
  readonly channels: readonly string[];
  /** First column and row, in pixels counted from the origin of the section's coordinates. */
  readonly origin: readonly [x: number, y: number];
  /** Pixels per unit of the section's coordinates. */
  readonly scale: number;
  /** Unit of the section's coordinates. */
  readonly unit: string;
  /** Sentences on how it was made. */
  readonly notes: readonly string[];
}

/** A plugin composed for one data set: what is trained, and what comes out of it. */
export interface Model<B extends Disposable = Disposable, R extends Samples = Samples> {
  /** The flow's five parts, for those who want to swap one; absent if the model is no flow. */
  readonly method?: unknown;
  /** What the training loop fits. */
  readonly trainable: Trainable<B>;
  /**
   * Make the training batches.
   *
   * @param data The data set.
   * @param rng Stream of the batches.
   * @returns Random access to batches.
   */
  batches(data: Data, rng: Rng): Promise<Batches<B>>;
  /**
   * Score parameters while training, so that the best of the saved ones are used instead of the last; absent if the last
   * ones are.
   *
   * @param trained Parameters, data, stream; the stream is the same each time, so that scores compare.
   * @returns The score; higher is better.
   */
  select?(trained: Trained): Promise<number>;
  /**
   * Draw from the trained model.
   *
   * @param trained Parameters, data, stream.
   * @returns What was drawn, and whatever evaluation and figures need of it.
   */
  sample(trained: Trained): Promise<R>;
  /**
   * Measure what was drawn, with the anchors that make the numbers readable.
   *
   * @param trained Parameters, data, stream.
   * @param samples What `sample` returned.
   * @returns Metrics in the order of the report.
   */
  evaluate(trained: Trained, samples: R): Promise<readonly Metric[]>;
  /**
   * Draw the method's own figures.
   *
   * @param trained Parameters, data, stream.
   * @param samples What `sample` returned.
   * @returns Figures in the order of the report.
   */
  figures(trained: Trained, samples: R): Promise<readonly Figure[]>;
  /** Sentences about what was prepared (sizes of groups, what was left out), for a dry run; absent if there are none. */
  describe?(): readonly string[];
  /**
   * Draw one image of a whole section; absent if the method draws no images.
   *
   * @param trained Parameters, data, stream.
   * @param request Section, scale, overlap and region.
   * @returns The image.
   * @throws {DataError} If there is no such section, or it cannot be drawn.
   */
  slide?(trained: Trained, request: SlideRequest): Promise<SlideImage>;
  /**
   * Get ready to draw as many rows as are asked for; absent if the method draws what belongs to each row of its data.
   *
   * @param trained Parameters, data, stream.
   * @returns The rows.
   * @throws {DataError} If rows cannot be drawn for these data.
   */
  stream?(trained: Trained): Promise<TableStream>;
  /**
   * Measure rows in a store that may be larger than memory; absent if that needs more than the rows.
   *
   * @param trained Parameters, data, stream.
   * @param store Rows that `stream` made.
   * @returns Metrics in the order of the report.
   * @throws {DataError} If the store does not hold such rows.
   */
  measure?(trained: Trained, store: AnnDataStore): Promise<readonly Metric[]>;
  /** Free what the model holds on the device (frozen networks, encoded images); called when the session ends. */
  [Symbol.dispose]?(): void;
}

/** A table that a paper printed: shown beside results, marked as the paper's. */
export interface PublishedTable {
  /** Number and subject, for example `"Table 1: Wasserstein distance to real cells of E13.5"`. */
  readonly title: string;
  /** The paper's data and setting, which are not those of a run. */
  readonly data: string;
  /** Headings of the values, with units and direction where they have one. */
  readonly columns: readonly string[];
  /** Rows: a name and one printed value per column. */
  readonly rows: readonly { readonly name: string; readonly values: readonly string[] }[];
}

/** One paper. */
export interface Plugin<Cfg> {
  /** CLI name, equals the folder name, kebab-case. */
  readonly name: string;
  /** Title, authors, year, link, reference code and commit. */
  readonly paper: Citation;
  /** What the paper printed for its own data, for scale. */
  readonly published?: readonly PublishedTable[];
  /** Version of the plugin contract it was written for. */
  readonly contract: 1;
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
   * Fit what must be known before building (ZINB per gene, PCA latent, classifier).
   *
   * @param config Merged configuration.
   * @param data The data set; only training sections may be used.
   * @param rng Stream of this stage.
   * @param progress Where to report progress.
   * @returns Trees by name; stored in the run folder and read back on resume.
   */
  prepare?(config: Cfg, data: Data, rng: Rng, progress: Progress): Promise<Prepared>;
  /**
   * Compose the method for this data.
   *
   * @param config Merged configuration.
   * @param spec Sizes and names of the data.
   * @param prepared What `prepare` returned.
   * @returns The model.
   * @throws {DataError} If the data lack what the method needs.
   */
  build(config: Cfg, spec: DataSpec, prepared?: Prepared): Model;
}

/** A plugin of any configuration. */
export type AnyPlugin = Plugin<unknown>;
