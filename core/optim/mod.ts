import type { Tensor } from "../tensor/mod.ts";
import type { Params, Tree } from "../tree.ts";

/** Slots of a transform (moments); empty lists and records where it has none. */
export type Slots = Tree<Tensor>;

/** What a transform may look at besides the gradient. */
export interface UpdateContext {
  /** Current parameters; borrowed. */
  readonly params: Params;
  /** Number of updates made before this one. */
  readonly step: number;
}

/** New update and slots. */
export interface Update {
  /** What is added to the parameters (gradients on the way in), same structure as the parameters. */
  readonly updates: Params;
  /** New slots. */
  readonly slots: Slots;
}

/** A pair of pure functions over trees: gradients in, updates out (the shape of optax). */
export interface GradientTransform {
  /**
   * Create the slots.
   *
   * @param params Parameters that give the structure.
   * @returns New tensors.
   */
  init(params: Params): Slots;
  /**
   * Transform a gradient.
   *
   * @param updates Gradient or the update of the transform before; borrowed.
   * @param slots Slots; borrowed.
   * @param ctx Parameters and step.
   * @returns New tensors.
   */
  update(updates: Params, slots: Slots, ctx: UpdateContext): Update;
}
