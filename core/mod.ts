/**
 * The public core of Morphogen: interfaces, general implementations, loops, host-side numerics.
 *
 * @module
 */
export * from "./backbone/attention.ts";
export * from "./backbone/cell_mlp.ts";
export * from "./backbone/cell_network.ts";
export * from "./backbone/condition_embedding.ts";
export * from "./backbone/dropout.ts";
export * from "./backbone/encode_cond.ts";
export * from "./backbone/layer.ts";
export * from "./backbone/layers.ts";
export * from "./backbone/mod.ts";
export * from "./backbone/sinusoid.ts";
export * from "./backbone/state_dict.ts";
export * from "./backbone/unet/blocks.ts";
export * from "./backbone/unet/layers.ts";
export * from "./backbone/unet/layout.ts";
export * from "./backbone/unet/time_features.ts";
export * from "./backbone/unet/trunk.ts";
export * from "./backend/mod.ts";
export * from "./breathe.ts";
export {
  applyOverrides,
  canonicalJson,
  checkChoice,
  checkNumber,
  checkText,
  checkWhole,
  type ConfigDifference,
  diffConfig,
  freezeDeep,
  hashConfig,
  mergeConfig,
  nearestName,
  readConfigFile,
  unknownName,
} from "./config/mod.ts";
export * from "./coupling/assignment.ts";
export * from "./coupling/cost.ts";
export * from "./coupling/entropic.ts";
export * from "./coupling/exact.ts";
export * from "./coupling/independent.ts";
export * from "./coupling/mod.ts";
export * from "./coupling/plan.ts";
export * from "./coupling/sinkhorn.ts";
export * from "./data.ts";
export * from "./draw.ts";
export * from "./errors.ts";
export * from "./host_array.ts";
export * from "./images/co_occurrence.ts";
export * from "./images/components.ts";
export * from "./images/grey.ts";
export * from "./images/image_features.ts";
export * from "./images/match_histogram.ts";
export * from "./images/onnx_features.ts";
export * from "./images/otsu.ts";
export * from "./images/region_shape.ts";
export * from "./images/resize.ts";
export * from "./images/watershed.ts";
export * from "./integrate.ts";
export * from "./io/anndata.ts";
export * from "./io/anndata_reader.ts";
export * from "./io/anndata_store.ts";
export * from "./io/anndata_writer.ts";
export type { FrameSource } from "./io/frame_source.ts";
export type { MatrixSource, RowBlock } from "./io/matrix_source.ts";
export type { OnSkip } from "./io/uns_encoding.ts";

export * from "./io/atomic.ts";
export * from "./io/embedding_record.ts";
export * from "./io/gene_sets.ts";
export * from "./io/jsonl.ts";
export * from "./io/safetensors.ts";
export * from "./io/stored_gaussian.ts";
export * from "./io/table_stream.ts";
export * from "./io/uniform_rows.ts";
export * from "./io/wide_integers.ts";
export * from "./io/zarr.ts";
export type { RecordColumns, ZarrArray, ZarrKind } from "./io/zarr_array.ts";
export type { NumberType, ZarrFormat } from "./io/zarr_array_document.ts";
export type { StoredNumbers } from "./io/zarr_chunks.ts";
export type { ZarrAttributes } from "./io/zarr_consolidated.ts";
export type { ChunkCache, RowRange } from "./io/zarr_ranges.ts";
export type { RawArray, TextArray } from "./io/zarr_values.ts";
export * from "./io/zarr_writer.ts";
export * from "./method.ts";
export * from "./metrics/adjusted_rand.ts";
export * from "./metrics/classification.ts";
export * from "./metrics/correlation.ts";
export * from "./metrics/energy_distance.ts";
export * from "./metrics/energy_score.ts";
export * from "./metrics/fisher_exact.ts";
export * from "./metrics/frechet.ts";
export * from "./metrics/gromov_wasserstein.ts";
export * from "./metrics/hypergeometric.ts";
export * from "./metrics/image_similarity.ts";
export * from "./metrics/kde.ts";
export * from "./metrics/kernel_distance.ts";
export * from "./metrics/kolmogorov_smirnov.ts";
export * from "./metrics/label_transfer.ts";
export * from "./metrics/mapping_probability.ts";
export * from "./metrics/morans_i.ts";
export * from "./metrics/psd_spd.ts";
export * from "./metrics/sinkhorn_divergence.ts";
export * from "./metrics/sliced_wasserstein.ts";
export * from "./metrics/wasserstein.ts";
export * from "./metrics/wasserstein_line.ts";
export * from "./objective/element.ts";
export * from "./objective/ignore_mask.ts";
export * from "./objective/mod.ts";
export * from "./objective/plus_loss.ts";
export * from "./objective/regression.ts";
export * from "./objective/velocity_output.ts";
export * from "./optim/adamw.ts";
export * from "./optim/chain.ts";
export * from "./optim/clip.ts";
export * from "./optim/ema.ts";
export * from "./optim/linear_warmup.ts";
export * from "./optim/mod.ts";
export * from "./optim/power_decay.ts";
export * from "./optim/schedule.ts";
export * from "./parallel/launcher.ts";
export * from "./parallel/open_ranks.ts";
export * from "./parallel/ranks.ts";
export type { Fit } from "./parallel/share_rows.ts";
export * from "./parallel/share_work.ts";
export * from "./parts.ts";
export * from "./path/linear.ts";
export * from "./path/mod.ts";
export * from "./path/perturbed.ts";
export * from "./path/sinusoidal.ts";
export * from "./plugin.ts";
export * from "./prior/empirical.ts";
export * from "./prior/gaussian.ts";
export * from "./prior/mod.ts";
export * from "./prior/scaled.ts";
export * from "./prior/source.ts";
export * from "./prior/zero.ts";
export * from "./prior/zinb.ts";
export * from "./prior/zinb_fit.ts";
export * from "./prior/zinb_law.ts";
export * from "./report/mod.ts";
export * from "./rng/mod.ts";
export * from "./rng/stream.ts";
export * from "./row_batches.ts";
export * from "./run/mod.ts";
export * from "./sampler/combine.ts";
export * from "./sampler/dormand_prince.ts";
export * from "./sampler/euler.ts";
export * from "./sampler/guidance.ts";
export * from "./sampler/heun.ts";
export * from "./sampler/midpoint.ts";
export * from "./sampler/mod.ts";
export * from "./sampler/runge_kutta.ts";
export * from "./section_rows.ts";
export * from "./spatial/adjacency.ts";
export * from "./spatial/column_moments.ts";
export * from "./spatial/farthest_points.ts";
export * from "./spatial/grid_centres.ts";
export * from "./spatial/harmony.ts";
export type { HarmonyVariant } from "./spatial/harmony_clusters.ts";
export * from "./spatial/highly_variable.ts";
export * from "./spatial/kmeans.ts";
export * from "./spatial/knn.ts";
export * from "./spatial/local_frames.ts";
export * from "./spatial/loess.ts";
export * from "./spatial/niches.ts";
export * from "./spatial/normalize_total.ts";
export * from "./spatial/pca.ts";
export * from "./spatial/randomized_pca.ts";
export type { HostProduct } from "./spatial/vector_product.ts";
export * from "./spatial/radius.ts";
export * from "./spatial/regions.ts";
export * from "./spatial/register.ts";
export * from "./spatial/scatter_pca.ts";
export * from "./spatial/smooth_labels.ts";
export * from "./spatial/standardize.ts";
export * from "./spatial/variable_columns.ts";
export * from "./spatial/variance_trend.ts";
export * from "./stages/stage_anchors.ts";
export * from "./stages/stage_condition.ts";
export * from "./stages/stage_distances.ts";
export * from "./stages/stage_figures.ts";
export * from "./stages/stage_metrics.ts";
export * from "./stages/stage_sections.ts";
export * from "./stages/stage_stream.ts";
export * from "./stages/stage_table.ts";
export * from "./stages/stages.ts";
export * from "./stages/stored_stages.ts";
export * from "./state.ts";
export { type StepMemory, stepMemory } from "./step_memory.ts";
export type { Differentiable } from "./train_gradient.ts";
export * from "./tensor/mod.ts";
export * from "./thinned.ts";
export * from "./times.ts";
export * from "./train.ts";
export * from "./tree.ts";
export * from "./coupling/transport.ts";
export * from "./metrics/regression.ts";
