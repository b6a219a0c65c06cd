import {
  disposeTree,
  draw,
  fromHost,
  type HostArray,
  hostArray,
  ones,
  type Params,
  type Rng,
  toHost,
  zeros,
} from "../../core/mod.ts";
import { type ChangeCond, CONTROL } from "./change.ts";
import type { SpatiaConfig } from "./config.ts";
import type { Endpoints } from "./endpoints.ts";
import { type ChangeMethod, drawTimes } from "./method.ts";
import { startPrior } from "./start.ts";
import type { Transitions } from "./transitions.ts";

/** What drawing needs of the model. */
export interface SampleSetting {
  /** The method. */
  readonly method: ChangeMethod;
  /** Its configuration. */
  readonly config: SpatiaConfig;
  /** How states become crops. */
  readonly endpoints: Endpoints;
  /** All transitions. */
  readonly transitions: Transitions;
}

/** One draw. */
export interface ChangeRequest {
  /** Parameters. */
  readonly params: Params;
  /** Crops of the control cells, `[n, H, W, C]`. */
  readonly control: HostArray;
  /** Weights of the trained transitions, `[T]`. */
  readonly weights: Float32Array;
  /** Embeddings of the control cells, `[n, Z]`, where the method has them. */
  readonly embedding?: HostArray;
  /** Stream. */
  readonly rng: Rng;
  /** Sees the states on the way. */
  readonly onStep?: (t: number, images: HostArray) => void;
}

/**
 * Draw target cells from control cells.
 *
 * @param setting The model.
 * @param request Controls, transition and stream.
 * @returns Crops, `[n, H, W, C]`, cut to [0, 1], and network evaluations.
 */
export async function drawChange(
  { method, config, endpoints }: SampleSetting,
  { params, control, weights, embedding, rng, onStep }: ChangeRequest,
): Promise<{ readonly images: HostArray; readonly evaluations: number }> {
  const count = control.shape[0]!;
  const all = Float32Array.from({ length: count * weights.length }, (_, at) => weights[at % weights.length]!);
  const cond: ChangeCond = {
    transition: fromHost(hostArray(all, [count, weights.length])),
    keep: ones([count]),
    ...(embedding === undefined ? {} : { [CONTROL]: fromHost(embedding) }),
  };
  const source = { x: fromHost(endpoints.encode(control)) };
  const like = { x: zeros([count, ...endpoints.shape]) };
  try {
    const prior = startPrior({ ...config.start, probability: 1 });
    const { x, evaluations } = await draw({ ...method, prior }, {
      params,
      cond,
      like,
      source,
      times: drawTimes(config),
      rng,
      ...(onStep === undefined
        ? {}
        : { onStep: async ({ t, x: now }) => onStep(t, endpoints.decode(await toHost(now.x))) }),
    });
    const states = await toHost(x.x);
    disposeTree(x);
    return { images: endpoints.decode(states), evaluations };
  } finally {
    disposeTree([cond, source, like]);
  }
}
