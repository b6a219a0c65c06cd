/**
 * Compute backends: which one runs, and the products by a BLAS library.
 *
 * @module
 */
export { chooseBackend } from "./choose.ts";
export { type BackendInfo, type BackendName, describeBackend } from "./info.ts";
