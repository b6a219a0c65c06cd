import {
  type ApplyContext,
  type Backbone,
  fromHost,
  type HostArray,
  initNamed,
  matMul,
  type Params,
  paramsOf,
  type Rng,
  type Tensor,
  within,
  zerosLike,
} from "../../core/mod.ts";
import { type ChangeCond, CONTROL, EMBEDDING, type Endpoint } from "./change.ts";
import type { Conditioner } from "./conditioner.ts";
import type { VelocityNetwork } from "./velocity.ts";

/** What is known of each transition, scaled; see `scaledShift`. */
export interface Signatures {
  /** Change of expression, `[T, G]`; absent if it is not used. */
  readonly expression?: HostArray;
  /** Change of morphology, `[T, M]`; absent if it is not used. */
  readonly morphology?: HostArray;
}

/** The parts of the network. */
export interface ChangeNetworkParts {
  /** Joins transition, signatures and control cell. */
  readonly conditioner: Conditioner;
  /** Tells the velocity. */
  readonly velocity: VelocityNetwork;
  /** Signatures of the trained transitions. */
  readonly signatures: Signatures;
}

/** The network, whose conditioning is always encoded. */
export interface ChangeNetwork extends Backbone<Endpoint, ChangeCond, Endpoint> {
  /** Encode transitions, once per loss or draw. */
  encode(params: Params, cond: ChangeCond, ctx: ApplyContext<Endpoint>): ChangeCond;
  /** The conditioning that stands for none: every row dropped. */
  nullCond(cond: ChangeCond): ChangeCond;
}

function embeddingOf(cond: ChangeCond): Tensor {
  const found = cond[EMBEDDING];
  if (found !== undefined) return found;
  throw new TypeError(
    `Cannot change cells: the conditioning has no "${EMBEDDING}"; give apply() what encode() returned`,
  );
}

/**
 * The network of SPATIA's generator: a conditioner, and a U-Net or a multilayer perceptron that is told what it gives.
 *
 * @param parts The parts.
 * @returns The backbone; parameters lie under `conditioner` and `unet`, named as in the released program.
 */
export function changeNetwork({ conditioner, velocity, signatures }: ChangeNetworkParts): ChangeNetwork {
  /** Rows of a table; between two transitions lies what lies between their signatures. */
  const of = (table: HostArray, transition: Tensor): Tensor => matMul(transition, fromHost(table));
  return Object.freeze({
    init: (rng: Rng): Params => initNamed({ conditioner, unet: velocity }, rng),
    encode(params: Params, cond: ChangeCond, ctx: ApplyContext<Endpoint>): ChangeCond {
      const { transition, [CONTROL]: control } = cond;
      const { expression, morphology } = signatures;
      const input = {
        transition,
        ...(expression === undefined ? {} : { expression: of(expression, transition) }),
        ...(morphology === undefined ? {} : { morphology: of(morphology, transition) }),
        ...(control === undefined ? {} : { control }),
      };
      const { condition } = conditioner.apply(paramsOf(params, "conditioner"), input, within(ctx, "conditioner"));
      return { ...cond, [EMBEDDING]: condition };
    },
    apply(params: Params, { x }: Endpoint, t: Tensor, cond: ChangeCond, ctx: ApplyContext<Endpoint>): Endpoint {
      const input = { t, condition: embeddingOf(cond), keep: cond.keep };
      return { x: velocity.apply(paramsOf(params, "unet"), x, input, within(ctx, "velocity")) };
    },
    nullCond: (cond: ChangeCond): ChangeCond => ({ ...cond, keep: zerosLike(cond.keep) }),
  });
}
