/**
 * Contract tests: what the interfaces promise, as plain functions that throw where a promise is not kept.
 *
 * Each interface has a function that lists its promises (`priorChecks`, `pathChecks`, `objectiveChecks`,
 * `backboneChecks`, `samplerChecks`) and one that holds a component to all of them on every backend of this machine
 * (`checkPrior` and so on). They need no test runner; in a test file each promise can be a test of its own:
 *
 * ```ts ignore
 * import { objectiveChecks, onEveryBackend, usableBackends } from "@morphogen/morphogen/testing";
 *
 * const checks = objectiveChecks({ name: "mine", make, truth, minimum: 0, smooth: true, masks: true });
 * for (const { name, run } of onEveryBackend(checks, await usableBackends())) Deno.test(name, run);
 * ```
 *
 * The components of Morphogen itself are tested by these same functions.
 *
 * @module
 */
export { ContractError } from "./assert.ts";
export { type BackboneCase, backboneChecks, checkBackbone, type Permutation } from "./backbone.ts";
export { assertNoLeak, onEveryBackend, type UsableBackend, usableBackends } from "./backends.ts";
export { type Check, runChecks } from "./check.ts";
export { numbers, type Shapes, stateOf } from "./numbers.ts";
export { checkObjective, type ObjectiveCase, objectiveChecks } from "./objective.ts";
export { checkPath, type PathCase, pathChecks } from "./path.ts";
export { checkPrior, type PriorCase, priorChecks } from "./prior.ts";
export { checkSampler, type SamplerCase, samplerChecks } from "./sampler.ts";
export { checkPlugin, pluginChecks } from "./plugin.ts";
export type { PluginOptions } from "./plugin_session.ts";
export { tinyTissue } from "./tissue.ts";
