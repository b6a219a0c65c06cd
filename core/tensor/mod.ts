/**
 * Tensors and the operations on them whose gradients exist on every backend.
 *
 * Everything else in the package imports tensors from here; only this folder and `core/backend/` know tfjs.
 *
 * @module
 */
export { elu, gelu, leakyRelu, relu, silu } from "./activation.ts";
export * from "./arithmetic.ts";
export * from "./attention.ts";
export * from "./checkpoint.ts";
export * from "./conv2d.ts";
export * from "./create.ts";
export * from "./extremum.ts";
export * from "./frame_features.ts";
export * from "./functions.ts";
export type { GateNorm } from "./gate.ts";
export * from "./gated_norm.ts";
export * from "./gather_rows.ts";
export * from "./gradient.ts";
export * from "./group_norm.ts";
export * from "./host.ts";
export * from "./layer_norm.ts";
export * from "./linear.ts";
export * from "./mat_mul.ts";
export * from "./memory.ts";
export { multiHeadAttention } from "./multi_head_attention.ts";
export * from "./neighbour_scores.ts";
export * from "./neighbour_sums.ts";
export * from "./reduce.ts";
export * from "./resample.ts";
export * from "./shape.ts";
export { logSumExp, softmax } from "./softmax.ts";
export * from "./sort_by.ts";
export * from "./sparse_product.ts";
export * from "./squared_distance.ts";
export * from "./stop_gradient.ts";
export * from "./tile.ts";
export type { Axes, Operand, Tensor } from "./types.ts";
