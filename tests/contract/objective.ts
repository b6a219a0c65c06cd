import {
  type Cond,
  linearPath,
  type LossContext,
  mapTree,
  type Mask,
  type Objective,
  type Path,
  type PathPoint,
  type State,
  type Tree,
  unflatten,
} from "../../core/mod.ts";
import { rng } from "../../core/rng/stream.ts";
import { add, dispose, mul, ones, type Tensor, tensor, tidy, valueAndGrads } from "../../core/tensor/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import {
  assertClose,
  assertFinite,
  leafList,
  type Shapes,
  shapesOf,
  stateOf,
  takeValues,
  valuesOf,
} from "./numbers.ts";

/** One row of the table of objectives. */
export interface ObjectiveCase {
  /** Name of the objective. */
  readonly name: string;
  /** Build it for a path. */
  make(path: Path): Objective<State, Cond, Tree<Tensor>>;
  /** The prediction at which the loss is smallest. */
  truth(point: PathPoint): Tree<Tensor>;
  /** Loss at the truth; absent if it is not known in closed form. */
  readonly minimum?: number;
  /** Whether the loss has a gradient at its minimum, which is then 0; absolute errors have a kink there. */
  readonly smooth: boolean;
  /** Whether the loss divides by the number of real entries, so that padding changes nothing at all. */
  readonly masks: boolean;
  /** Conditioning for the rows; default none. */
  cond?(rows: number): Cond;
  /** Shapes of the state, where it needs others than niches of 3 rows, 4 cells. */
  readonly shapes?: Shapes;
}

const NICHES: Shapes = { x: [3, 4, 2], pos: [3, 4, 2] };
const EPSILON = 2 ** -7;

interface Scene {
  readonly objective: Objective<State, Cond, Tree<Tensor>>;
  readonly point: PathPoint;
  readonly ctx: LossContext;
  readonly free: () => void;
}

/** A path point, conditioning and objective with all tensors made here. */
function scene(row: ObjectiveCase): Scene {
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

interface Evaluation {
  readonly loss: number;
  readonly gradient: Record<string, Float32Array>;
}

/** Loss and gradient with respect to a prediction that is handed in. */
async function evaluate(
  { objective, point, ctx }: Scene,
  prediction: Tree<Tensor>,
  more: Partial<LossContext> = {},
): Promise<
  Evaluation
> {
  const { value, grads } = tidy(() =>
    valueAndGrads(() => {
      const { total, parts } = objective.loss(() => prediction, point, { ...ctx, ...more });
      for (const part of [total, ...Object.values(parts)]) assertEquals(part.shape, []);
      return { value: total };
    }, leafList(prediction))
  );
  const { loss } = await takeValues({ loss: value });
  return { loss: loss![0]!, gradient: await takeValues(unflatten<Tensor, Tensor>(prediction, [...grads])) };
}

/** The truth plus fixed noise, so that no entry sits at a kink. */
function wrongPrediction({ point }: Scene, row: ObjectiveCase): Tree<Tensor> {
  return tidy(() => {
    const truth = row.truth(point);
    const shapes = shapesOf(truth);
    const noise = stateOf(shapes, 23);
    return unflatten<Tensor, Tensor>(truth, leafList(truth).map((leaf, i) => add(leaf, Object.values(noise)[i]!)));
  });
}

function freeTree(tree: Tree<Tensor>): void {
  dispose(leafList(tree));
}

function zerosOf(values: Record<string, Float32Array>): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(values).map(([part, { length }]) => [part, new Float32Array(length)]));
}

/** Cells 0 .. 2 - row of each row are real. */
function padding(shapes: Shapes): Mask<State> {
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

/**
 * Register the tests that every objective has to pass.
 *
 * @param row The objective and what it promises.
 */
export function objectiveContract(row: ObjectiveCase): void {
  const { name, minimum, smooth, masks } = row;
  const shapes = row.shapes ?? NICHES;

  forEachBackend(`${name}() is smallest at the truth`, async () => {
    await assertNoLeak(async () => {
      const here = scene(row);
      const truth = tidy(() => mapTree<Tensor, Tensor>((leaf) => mul(leaf, 1), row.truth(here.point)));
      const wrong = wrongPrediction(here, row);
      const best = await evaluate(here, truth);
      const other = await evaluate(here, wrong);
      if (minimum !== undefined) assertClose({ loss: [best.loss] }, { loss: [minimum] }, 1e-5, "loss at the truth");
      assert(other.loss > best.loss + 1e-3, `loss ${other.loss} off the truth, ${best.loss} at it`);
      if (smooth) assertClose(best.gradient, zerosOf(best.gradient), 1e-5, "gradient at the truth");
      freeTree(truth);
      freeTree(wrong);
      here.free();
    });
  });

  forEachBackend(`${name}() has the gradient of finite differences`, async () => {
    await assertNoLeak(async () => {
      const here = scene(row);
      const prediction = wrongPrediction(here, row);
      const { gradient } = await evaluate(here, prediction);
      assertFinite(gradient, "gradient");
      const values = await valuesOf(prediction);
      const shapeOf = shapesOf(prediction);
      for (const [path, list] of Object.entries(values)) {
        for (let i = 0; i < list.length; i += Math.max(1, Math.floor(list.length / 6))) {
          const losses: number[] = [];
          for (const sign of [1, -1]) {
            const moved = list.slice();
            moved[i] = list[i]! + sign * EPSILON;
            const replaced = tidy(() => {
              const leaf = tensor(moved, shapeOf[path]!);
              const leaves = Object.keys(values).map((other) =>
                other === path ? leaf : tensor(values[other]!, shapeOf[other]!)
              );
              return unflatten<Tensor, Tensor>(prediction, leaves);
            });
            losses.push((await evaluate(here, replaced)).loss);
            freeTree(replaced);
          }
          const expected = (losses[0]! - losses[1]!) / (2 * EPSILON);
          assertClose({ [path]: [gradient[path]![i]!] }, { [path]: [expected] }, 2e-3, `gradient of entry ${i}`);
        }
      }
      freeTree(prediction);
      here.free();
    });
  });

  forEachBackend(`${name}() weighs rows`, async () => {
    await assertNoLeak(async () => {
      const here = scene(row);
      const rows = Object.values(shapes)[0]![0]!;
      const prediction = wrongPrediction(here, row);
      const plain = await evaluate(here, prediction);
      const one = ones([rows]);
      const some = tensor(Float32Array.from({ length: rows }, (_, i) => i === 0 ? 0 : 1));
      const equal = await evaluate(here, prediction, { weight: one });
      assertClose(
        { loss: [equal.loss], ...equal.gradient },
        { loss: [plain.loss], ...plain.gradient },
        1e-6,
        "weights 1",
      );
      const { gradient } = await evaluate(here, prediction, { weight: some });
      for (const [path, slopes] of Object.entries(gradient)) {
        const perRow = slopes.length / rows;
        assert(slopes.subarray(0, perRow).every((slope) => slope === 0), `a row of weight 0 moves "${path}"`);
        assert(slopes.subarray(perRow).some((slope) => slope !== 0), `"${path}" has no gradient`);
      }
      dispose([one, some]);
      freeTree(prediction);
      here.free();
    });
  });

  if (masks) {
    forEachBackend(`${name}() does not see masked-out entries`, async () => {
      await assertNoLeak(async () => {
        const here = scene(row);
        const mask = padding(shapes);
        const prediction = wrongPrediction(here, row);
        const disturbed = tidy(() => {
          const parts = prediction as State;
          return Object.fromEntries(
            Object.entries(parts).map(([part, leaf]) => {
              const real = mask[part]!;
              const hidden = tensor(Float32Array.from(padded(shapes[part]!)), leaf.shape);
              assertEquals(real.shape, leaf.shape.slice(0, 2));
              return [part, add(leaf, mul(hidden, 100))];
            }),
          );
        });
        const first = await evaluate(here, prediction, { mask });
        const second = await evaluate(here, disturbed, { mask });
        assertEquals(second, first);
        for (const [part, slopes] of Object.entries(first.gradient)) {
          padded(shapes[part]!).forEach((hidden, i) => {
            assertEquals(slopes[i] === 0, hidden === 1, `gradient of "${part}"[${i}]`);
          });
        }
        const unmasked = await evaluate(here, disturbed);
        assert(unmasked.loss !== first.loss, "without a mask the disturbed entries count");
        dispose(Object.values<Tensor | undefined>(mask).filter((tensor) => tensor !== undefined));
        freeTree(prediction);
        freeTree(disturbed);
        here.free();
      });
    });
  }

  forEachBackend(`${name}() reads the true velocity out of the truth`, async () => {
    await assertNoLeak(async () => {
      const here = scene(row);
      const velocity = tidy(() => {
        const { point, objective } = here;
        const out = objective.velocity(row.truth(point), point.xt, point.t);
        return Object.fromEntries(Object.entries(out).map(([part, tensor]) => [part, mul(tensor, 1)]));
      });
      assertClose(await takeValues(velocity), await valuesOf(here.point.dxt), 1e-4, "velocity");
      here.free();
    });
  });
}

/** 1 where {@linkcode padding} hides an entry. */
function padded(shape: readonly number[]): number[] {
  const [rows, cells, width] = shape as [number, number, number];
  return Array.from({ length: rows * cells * width }, (_, i) => {
    const cell = Math.floor(i / width) % cells;
    return cell <= 2 - Math.floor(i / (width * cells)) ? 0 : 1;
  });
}
