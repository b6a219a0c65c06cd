/**
 * Morphogen: generative models of spatial transcriptomics from interchangeable parts.
 *
 * A flow is a {@linkcode Method} of five parts: {@linkcode Prior}, {@linkcode Path}, {@linkcode Objective},
 * {@linkcode Backbone} and {@linkcode Sampler}. Each paper is a plugin that fills them in, for example
 * `@morphogen/morphogen/plugins/nicheflow`; experiments join plugins with data stored as AnnData-Zarr.
 *
 * @example Draw from a flow that was never trained
 * ```ts
 * import { chooseBackend, disposeTree, draw, rng, timeGrid, zeros } from "@morphogen/morphogen";
 * import { CFM_DEFAULTS, cfmMethod } from "@morphogen/morphogen/plugins/cfm";
 *
 * await chooseBackend("cpu");
 * const spec = { name: "plane", parts: { x: { shape: [2], unit: "mm" } }, times: [], labels: {} };
 * const method = cfmMethod(CFM_DEFAULTS, spec);
 * const params = method.backbone.init(rng(1));
 * const like = { x: zeros([8, 2]) };
 * const cond = { condition: zeros([8, 1]) };
 * const { x, steps } = await draw(method, { params, cond, like, times: timeGrid(5), rng: rng(2) });
 * if (steps !== 4 || x.x.shape.join() !== "8,2") throw new Error("unexpected draw");
 * [params, like, cond, x].forEach(disposeTree);
 * ```
 *
 * @module
 */
export * from "./core/mod.ts";
