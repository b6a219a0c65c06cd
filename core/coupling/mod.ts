import type { HostArray } from "../host_array.ts";
import type { HostRng } from "../rng/mod.ts";

/** Which source row goes with which target row. */
export interface Pairs {
  /** Source row of each pair. */
  readonly source: Int32Array;
  /** Target row of each pair, as many as in `source`. */
  readonly target: Int32Array;
  /** Weight of each pair in a loss; absent means 1. */
  readonly weight?: Float32Array;
}

/**
 * Pairs rows of two sets on the host, outside automatic differentiation.
 *
 * @param source Source rows, shape `[N, ...]`.
 * @param target Target rows, shape `[M, ...]`, trailing axes as in `source`.
 * @param rng Stream for this draw.
 * @returns The pairs.
 */
export type Coupling = (source: HostArray, target: HostArray, rng: HostRng) => Promise<Pairs>;
