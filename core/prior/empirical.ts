import { type HostArray, rowSize } from "../host_array.ts";
import { mapParts } from "../parts.ts";
import type { Rng } from "../rng/mod.ts";
import type { State } from "../state.ts";
import { tensor } from "../tensor/mod.ts";
import type { Prior } from "./mod.ts";

/**
 * Rows of the training data, drawn with replacement: entries of one row stay together, so that genes keep their
 * correlations, but nothing says where in the tissue the row belongs.
 *
 * @typeParam S State type.
 * @param rows Training rows of each part, `[M, ...]`.
 * @returns The prior; parts are drawn independently, `sample` throws a `TypeError` if a part is absent or its rows have
 *   another shape.
 * @throws {RangeError} If a part has no rows.
 */
export function empiricalPrior<S extends State = State>(rows: { readonly [K in keyof S]: HostArray }): Prior<S> {
  for (const [part, { shape }] of Object.entries<HostArray>(rows)) {
    if (!(shape[0]! > 0)) throw new RangeError(`Cannot draw part "${part}" from no rows: expected at least one`);
  }
  return Object.freeze({
    sample: (like: S, _source: S | undefined, rng: Rng): S =>
      mapParts(({ 0: { shape } }, part) => {
        const known: HostArray | undefined = rows[part];
        if (known?.shape.slice(1).join() !== shape.slice(1).join()) {
          throw new TypeError(
            `Cannot draw part "${part}" of shape [${shape}]: the rows have shape [${known?.shape ?? "none"}]`,
          );
        }
        const width = rowSize(shape);
        const data = new Float32Array(shape[0]! * width);
        const chosen = rng.fold(part).host.choice(known.shape[0]!, shape[0]!, { replace: true });
        chosen.forEach((row, i) => data.set(known.data.subarray(row * width, (row + 1) * width), i * width));
        return tensor(data, shape);
      }, like),
  });
}
