import type { Objective } from "../objective/mod.ts";
import type { Path, PathPoint } from "../path/mod.ts";
import type { Cond, State } from "../state.ts";
import { add as plus, dispose, mul, ones, type Tensor, tensor, tidy } from "../tensor/mod.ts";
import { disposeTree, mapTree, type Tree, unflatten } from "../tree.ts";
import { assert, assertEquals } from "./assert.ts";
import { assertNoLeak, onEveryBackend, usableBackends } from "./backends.ts";
import { type Check, check, runChecks } from "./check.ts";
import { assertClose, assertFinite, type Shapes, shapesOf, takeValues, valuesOf } from "./numbers.ts";
import { evaluate, NICHES, padded, padding, scene, wrongPrediction } from "./objective_scene.ts";

/** An objective and what it promises. */
export interface ObjectiveCase {
  /** Name of the objective, for messages. */
  readonly name: string;
  /**
   * Build it.
   *
   * @param path The path of its points; a straight line.
   * @returns The objective under test.
   */
  make(path: Path): Objective<State, Cond, Tree<Tensor>>;
  /**
   * The prediction at which the loss is smallest.
   *
   * @param point A point of the path.
   * @returns What the network would put out; tensors of the point may be passed through.
   */
  truth(point: PathPoint): Tree<Tensor>;
  /** Loss at the truth; absent if it is not known in closed form. */
  readonly minimum?: number;
  /** Whether the loss has a gradient at its minimum, which is then 0; absolute errors have a kink there. */
  readonly smooth: boolean;
  /** Whether the loss divides by the number of real entries, so that padding changes nothing at all. */
  readonly masks: boolean;
  /**
   * Make conditioning; default none.
   *
   * @param rows Rows of the batch.
   * @returns New tensors.
   */
  cond?(rows: number): Cond;
  /** Shapes of the state, where it needs others than niches of 3 rows, 4 cells. */
  readonly shapes?: Shapes;
}

const EPSILON = 2 ** -7;

/**
 * What every objective promises: a loss that is smallest at the truth, a gradient equal to finite differences, rows that
 * count by their weight, masked entries that have no influence at all, and the true velocity read out of the truth.
 *
 * @param row The objective and what it promises.
 * @returns The checks, for any test runner.
 */
export function objectiveChecks(row: ObjectiveCase): readonly Check[] {
  const { name, minimum, smooth, masks } = row;
  const shapes = row.shapes ?? NICHES;
  const checks: Check[] = [];
  const add = (promise: string, run: () => Promise<void>): void => void checks.push(check(promise, run));

  add(`${name} is smallest at the truth`, async () => {
    await assertNoLeak(async () => {
      const here = scene(row);
      const truth = tidy(() => mapTree<Tensor, Tensor>((leaf) => mul(leaf, 1), row.truth(here.point)));
      const wrong = wrongPrediction(here, row);
      const best = await evaluate(here, truth);
      const other = await evaluate(here, wrong);
      if (minimum !== undefined) assertClose({ loss: [best.loss] }, { loss: [minimum] }, 1e-5, "loss at the truth");
      assert(
        other.loss > best.loss + 1e-3,
        `loss ${other.loss} off the truth, expected more than the ${best.loss} at it`,
      );
      if (smooth) {
        const zeros = Object.entries(best.gradient).map(([part, { length }]) => [part, new Float32Array(length)]);
        assertClose(best.gradient, Object.fromEntries(zeros), 1e-5, "gradient at the truth");
      }
      disposeTree(truth);
      disposeTree(wrong);
      here.free();
    });
  });

  add(`${name} has the gradient of finite differences`, async () => {
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
            disposeTree(replaced);
          }
          const expected = (losses[0]! - losses[1]!) / (2 * EPSILON);
          assertClose({ [path]: [gradient[path]![i]!] }, { [path]: [expected] }, 2e-3, `gradient of entry ${i}`);
        }
      }
      disposeTree(prediction);
      here.free();
    });
  });

  add(`${name} weighs rows`, async () => {
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
      disposeTree(prediction);
      here.free();
    });
  });

  if (masks) {
    add(`${name} does not see masked-out entries`, async () => {
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
              assertEquals(real.shape, leaf.shape.slice(0, 2), `shape of "${part}" of the prediction`);
              return [part, plus(leaf, mul(hidden, 100))];
            }),
          );
        });
        const first = await evaluate(here, prediction, { mask });
        const second = await evaluate(here, disturbed, { mask });
        assertEquals(second, first, "loss and gradient with other padding");
        for (const [part, slopes] of Object.entries(first.gradient)) {
          padded(shapes[part]!).forEach((hidden, i) => {
            assertEquals(slopes[i] === 0, hidden === 1, `gradient of "${part}"[${i}]`);
          });
        }
        const unmasked = await evaluate(here, disturbed);
        assert(unmasked.loss !== first.loss, "without a mask the disturbed entries do not count");
        dispose(Object.values<Tensor | undefined>(mask).filter((tensor) => tensor !== undefined));
        disposeTree(prediction);
        disposeTree(disturbed);
        here.free();
      });
    });
  }

  add(`${name} reads the true velocity out of the truth`, async () => {
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
  return checks;
}

/**
 * Hold an objective to {@linkcode objectiveChecks} on every backend of this machine.
 *
 * @example Usage
 * ```ts
 * import { type Path, regression, squared } from "@morphogen/morphogen";
 * import { checkObjective } from "@morphogen/morphogen/testing";
 *
 * const parts = { x: { element: squared, weight: 1 }, pos: { element: squared, weight: 0.5 } };
 * await checkObjective({
 *   name: "flow matching",
 *   make: (path: Path) => regression({ path, predicts: "velocity", parts }),
 *   truth: ({ dxt }) => dxt,
 *   minimum: 0,
 *   smooth: true,
 *   masks: true,
 * });
 * ```
 *
 * @param row The objective and what it promises.
 * @throws {ContractError} At the first promise that is not kept.
 */
export async function checkObjective(row: ObjectiveCase): Promise<void> {
  await runChecks(onEveryBackend(objectiveChecks(row), await usableBackends()));
}
