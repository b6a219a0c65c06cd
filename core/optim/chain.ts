import type { Params } from "../tree.ts";
import type { GradientTransform, Slots, Update, UpdateContext } from "./mod.ts";

/**
 * Apply transforms one after the other.
 *
 * @param transforms Transforms in order; the first sees the gradient.
 * @returns One transform whose slots are the list of theirs.
 */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  return Object.freeze({
    init: (params: Params): Slots => transforms.map((transform) => transform.init(params)),
    update(updates: Params, slots: Slots, ctx: UpdateContext): Update {
      const list = slots as readonly Slots[];
      let current = updates;
      const next = transforms.map((transform, i) => {
        const result = transform.update(current, list[i]!, ctx);
        current = result.updates;
        return result.slots;
      });
      return { updates: current, slots: next };
    },
  });
}
