import { type Tensor, zerosLike } from "../tensor/mod.ts";
import { adamStep } from "../tensor/parameter_updates.ts";
import { leaves, mapTree, type Params, unflatten } from "../tree.ts";
import type { GradientTransform, Slots, Update, UpdateContext } from "./mod.ts";
import type { Schedule } from "./schedule.ts";

/** Constants of AdamW. */
export interface AdamWOptions {
  /** Learning rate per update. */
  readonly schedule: Schedule;
  /** Decoupled weight decay per unit of learning rate. */
  readonly weightDecay: number;
  /**
   * Decay of the first moment.
   *
   * @default {0.9}
   */
  readonly beta1?: number;
  /**
   * Decay of the second moment.
   *
   * @default {0.999}
   */
  readonly beta2?: number;
  /**
   * Added to the root of the second moment.
   *
   * @default {1e-8}
   */
  readonly epsilon?: number;
}

interface Moments {
  readonly m: Params;
  readonly v: Params;
}

/**
 * AdamW (Loshchilov and Hutter 2019) with the operations in PyTorch's order: decay, moments, bias correction, step.
 *
 * @param options Schedule, decay and moment constants.
 * @returns The transform; its slots are `{ m, v }`.
 */
export function adamW(options: AdamWOptions): GradientTransform {
  const { schedule, weightDecay, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return Object.freeze({
    init: (params: Params): Slots => ({
      m: mapTree<Tensor, Tensor>(zerosLike, params),
      v: mapTree<Tensor, Tensor>(zerosLike, params),
    }),
    update(updates: Params, slots: Slots, { params, step }: UpdateContext): Update {
      const rate = schedule(step);
      const constants = {
        beta1,
        beta2,
        epsilon,
        rootFactor: 1 / Math.sqrt(1 - beta2 ** (step + 1)),
        moveFactor: -rate / (1 - beta1 ** (step + 1)),
        decayFactor: -rate * weightDecay,
      };
      const { m, v } = slots as unknown as Moments;
      const first = leaves<Tensor>(m);
      const second = leaves<Tensor>(v);
      const values = leaves<Tensor>(params);
      const rows = leaves<Tensor>(updates).map((gradient, i) =>
        adamStep(gradient, first[i]!, second[i]!, values[i]!, constants)
      );
      return {
        updates: unflatten(updates, rows.map(([move]) => move)),
        slots: {
          m: unflatten(updates, rows.map(([, mean]) => mean)),
          v: unflatten(updates, rows.map(([, , spread]) => spread)),
        },
      };
    },
  });
}
