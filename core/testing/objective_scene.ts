import { linearPath } from "../path/linear.ts";
import type { LossContext, Objective } from "../objective/mod.ts";
import type { PathPoint } from "../path/mod.ts";
import { rng } from "../rng/stream.ts";
import type { Cond, Mask, State } from "../state.ts";
import { add, dispose, type Tensor, tensor, tidy, valueAndGrads } from "../tensor/mod.ts";
import { type Tree, unflatten } from "../tree.ts";
import { assertEquals } from "./assert.ts";
import { leafList, type Shapes, shapesOf, stateOf, takeValues } from "./numbers.ts";
import type { ObjectiveCase } from "./objective.ts";

/** Shapes of niches: 3 rows, 4 cells. */
export const NICHES: Shapes = { x: [3, 4, 2], pos: [3, 4, 2] };
/** A path point, its context and the objective. */
export interface Scene {
  readonly objective: Objective<State, Cond, Tree<Tensor>>;
  readonly point: PathPoint;
  readonly ctx: LossContext;
  readonly free: () => void;
}

/** A path point, conditioning and objective with all tensors made here. */
export function scene(row: ObjectiveCase): Scene {
  const shapes = row.shapes ?? NICHES;
  const rows = Object.values(shapes)[0]![0]!;
  const path = linearPath();
  const [x0, x1] = [stateOf(shapes, 1), stateOf(shapes, 2)];
  const t = tensor(Float32Array.from({ length: rows }, (_, i) => (i + 0.5) / rows));
  const { xt, dxt } = tidy(() => {
    const made = path.at(x0, x1, t, rng(0));
    return { xt: made.xt, dxt: made.dxt };
  });
  const cond = row.cond?.(rows) ?? {};
  const owned = [...[x0, x1, xt, dxt, cond].flatMap((state) => Object.values<Tensor>(state)), t];
  return {
    objective: row.make(path),
    point: { t, x0, x1, xt, dxt },
    ctx: { cond, encode: (given) => given, step: 0, path, rng: rng(1) },
    free: () => dispose(owned),
  };
}

/** Loss and gradient on the host. */
export interface Evaluation {
  readonly loss: number;
  readonly gradient: Record<string, Float32Array>;
}

/** Loss and gradient with respect to a prediction that is handed in. */
export async function evaluate(
  { objective, point, ctx }: Scene,
  prediction: Tree<Tensor>,
  more: Partial<LossContext> = {},
): Promise<Evaluation> {
  const { value, grads } = tidy(() =>
    valueAndGrads(() => {
      const { total, parts } = objective.loss(() => prediction, point, { ...ctx, ...more });
      for (const part of [total, ...Object.values(parts)]) assertEquals(part.shape, [], "shape of a loss scalar");
      return { value: total };
    }, leafList(prediction))
  );
  const { loss } = await takeValues({ loss: value });
  return { loss: loss![0]!, gradient: await takeValues(unflatten<Tensor, Tensor>(prediction, [...grads])) };
}

/** The truth plus fixed noise, so that no entry sits at a kink. */
export function wrongPrediction({ point }: Scene, row: ObjectiveCase): Tree<Tensor> {
  return tidy(() => {
    const truth = row.truth(point);
    const shapes = shapesOf(truth);
    const noise = stateOf(shapes, 23);
    return unflatten<Tensor, Tensor>(truth, leafList(truth).map((leaf, i) => add(leaf, Object.values(noise)[i]!)));
  });
}

/** Cells 0 .. 2 - row of each row are real. */
export function padding(shapes: Shapes): Mask<State> {
  return Object.fromEntries(
    Object.entries(shapes).map(([part, [rows, cells]]) => {
      const real = Float32Array.from(
        { length: rows! * cells! },
        (_, i) => i % cells! <= 2 - Math.floor(i / cells!) ? 1 : 0,
      );
      return [part, tensor(real, [rows!, cells!])];
    }),
  );
}

/** 1 where {@linkcode padding} hides an entry. */
export function padded(shape: readonly number[]): number[] {
  const [rows, cells, width] = shape as [number, number, number];
  return Array.from({ length: rows * cells * width }, (_, i) => {
    const cell = Math.floor(i / width) % cells;
    return cell <= 2 - Math.floor(i / (width * cells)) ? 0 : 1;
  });
}
