/**
 * The public core of Morphogen: interfaces, general implementations, loops, host-side numerics.
 *
 * @module
 */
export * from "./backbone/attention.ts";
export * from "./backbone/layers.ts";
export * from "./backbone/mod.ts";
export * from "./data.ts";
export * from "./draw.ts";
export * from "./errors.ts";
export * from "./host_array.ts";
export * from "./integrate.ts";
export * from "./io/anndata.ts";
export * from "./method.ts";
export * from "./objective/element.ts";
export * from "./objective/ignore_mask.ts";
export * from "./objective/mod.ts";
export * from "./objective/regression.ts";
export * from "./optim/adamw.ts";
export * from "./optim/chain.ts";
export * from "./optim/clip.ts";
export * from "./optim/ema.ts";
export * from "./optim/mod.ts";
export * from "./optim/schedule.ts";
export * from "./parts.ts";
export * from "./path/linear.ts";
export * from "./path/mod.ts";
export * from "./plugin.ts";
export * from "./prior/gaussian.ts";
export * from "./prior/mod.ts";
export * from "./prior/source.ts";
export * from "./report/figure.ts";
export * from "./rng/mod.ts";
export * from "./sampler/combine.ts";
export * from "./sampler/dormand_prince.ts";
export * from "./sampler/euler.ts";
export * from "./sampler/guidance.ts";
export * from "./sampler/heun.ts";
export * from "./sampler/midpoint.ts";
export * from "./sampler/mod.ts";
export * from "./state.ts";
export * from "./tensor/mod.ts";
export * from "./train.ts";
export * from "./tree.ts";
