/** Typed configuration: the defaults are the schema; overrides, merging, hashing and comparison of plain JSON values. */
export { canonicalJson, hashConfig } from "./canonical.ts";
export { type ConfigDifference, diffConfig } from "./diff.ts";
export { readConfigFile } from "./file.ts";
export { freezeDeep } from "./freeze.ts";
export { mergeConfig } from "./merge.ts";
export { nearestName, unknownName } from "./nearest.ts";
export { applyOverrides } from "./overrides.ts";
export { checkChoice, checkNumber, checkText, checkWhole } from "./check.ts";
