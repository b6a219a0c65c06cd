import type { Prior } from "../prior/mod.ts";
import type { Rng } from "../rng/mod.ts";
import { rng } from "../rng/stream.ts";
import type { State } from "../state.ts";
import { dispose, type Tensor, tensor, tidy } from "../tensor/mod.ts";
import { assert, assertEquals, assertThrows } from "./assert.ts";
import { assertNoLeak, onEveryBackend, usableBackends } from "./backends.ts";
import { type Check, check, runChecks } from "./check.ts";
import { assertFinite, type Shapes, shapesOf, stateOf, takeValues, type Values, valuesOf } from "./numbers.ts";

/** A prior and what it promises. */
export interface PriorCase {
  /** Name of the prior, for messages. */
  readonly name: string;
  /** The prior under test. */
  readonly prior: Prior;
  /** Mean, variance and kurtosis of every entry; absent for priors that return the data. */
  readonly moments?: { readonly mean: number; readonly variance: number; readonly kurtosis: number };
  /** Whether it starts from `source`. */
  readonly needsSource: boolean;
}

const LIKES: readonly Shapes[] = [
  { x: [5, 3] },
  { x: [5, 4, 3], pos: [5, 4, 2] },
  { x: [2, 3], pos: [2, 2], img: [2, 4, 4, 3] },
];

function drawOnce(
  { prior, needsSource }: PriorCase,
  shapes: Shapes,
  stream: Rng,
): Promise<Values> {
  const like = stateOf(shapes);
  const source = needsSource ? stateOf(shapes, 5) : undefined;
  const drawn = tidy(() => prior.sample(like, source, stream));
  assertEquals(shapesOf(drawn), shapesOf(like), "shapes of the draw");
  dispose([...Object.values(like), ...Object.values(source ?? {})]);
  return takeValues(drawn);
}

/** Sample mean and variance with their standard errors (the variance's from the kurtosis). */
function assertMoments(values: Float32Array, { mean, variance, kurtosis }: NonNullable<PriorCase["moments"]>): void {
  const n = values.length;
  const average = values.reduce((sum, value) => sum + value, 0) / n;
  const spread = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (n - 1);
  const meanError = 5 * Math.sqrt(variance / n);
  const varianceError = 5 * variance * Math.sqrt((kurtosis - 1) / n);
  assert(Math.abs(average - mean) < meanError, `mean ${average}, expected ${mean} within ${meanError}`);
  assert(
    Math.abs(spread - variance) < varianceError,
    `variance ${spread}, expected ${variance} within ${varianceError}`,
  );
}

/** Fail if two draws are the same. */
function assertDiffer(a: Float32Array, b: Float32Array, what: string): void {
  assert(a.some((value, i) => value !== b[i]), `${what} draw the same numbers, expected others`);
}

/**
 * What every prior promises: the parts and shapes of `like`, numbers that only its stream decides, arguments that are
 * borrowed, nothing left on the device, and the moments that it declares.
 *
 * @param row The prior and what it promises.
 * @returns The checks, for any test runner.
 */
export function priorChecks(row: PriorCase): readonly Check[] {
  const { name, prior, moments, needsSource } = row;
  const checks = [
    check(`${name} draws the parts and shapes of like and leaks nothing`, async () => {
      for (const shapes of LIKES) {
        await assertNoLeak(async () => assertFinite(await drawOnce(row, shapes, rng(1)), "draw"));
      }
    }),
    check(`${name} gives equal bits for equal streams`, async () => {
      const shapes = LIKES[1]!;
      const first = await drawOnce(row, shapes, rng(3).fold("a"));
      assertEquals(await drawOnce(row, shapes, rng(3).fold("a")), first, "the draw of an equal stream");
      if (moments === undefined) return;
      assertDiffer((await drawOnce(row, shapes, rng(3).fold("b")))["x"]!, first["x"]!, "two streams");
      // Parts have streams of their own: another part beside it, or another order, changes nothing.
      const wider = await drawOnce(row, { img: [5, 2, 2, 1], pos: shapes["pos"]!, x: shapes["x"]! }, rng(3).fold("a"));
      assertEquals({ x: wider["x"], pos: wider["pos"] }, { x: first["x"], pos: first["pos"] }, "beside another part");
      assertDiffer(first["x"]!.subarray(0, 8), first["pos"]!.subarray(0, 8), 'parts "x" and "pos"');
    }),
    check(`${name} borrows its arguments and owns its result`, async () => {
      const like = stateOf({ x: [4, 2] });
      const source = stateOf({ x: [4, 2] }, 3);
      const before = await valuesOf(source);
      const drawn = tidy(() => prior.sample(like, needsSource ? source : undefined, rng(2)));
      const tensors: Tensor[] = [...Object.values(like), ...Object.values(source)];
      assert(
        Object.values(drawn).every((tensor) => !tensors.includes(tensor)),
        "the draw is one of the arguments, expected new tensors",
      );
      dispose(Object.values(drawn));
      assert(tensors.every((tensor) => !tensor.isDisposed), "like or source is freed, expected it to be borrowed");
      assertEquals(await valuesOf(source), before, "source");
      dispose(tensors);
    }),
  ];
  if (moments !== undefined) {
    checks.push(check(`${name} has its mean and variance`, async () => {
      const drawn = await drawOnce(row, { x: [500, 8], pos: [500, 4, 2] }, rng(7));
      for (const values of Object.values(drawn)) assertMoments(values, moments);
    }));
  }
  if (needsSource) {
    checks.push(check(`${name} asks for a source of the target's shape`, () =>
      assertNoLeak(() => {
        const like = stateOf({ x: [4, 2], pos: [4, 2] });
        const short = { x: tensor(new Float32Array(6), [3, 2]), pos: tensor(new Float32Array(8), [4, 2]) };
        const fewer: State = { x: like["x"]! };
        assertThrows(() => tidy(() => prior.sample(like, undefined, rng(0))), TypeError, "source", "no source");
        assertThrows(
          () => tidy(() => prior.sample(like, short, rng(0))),
          TypeError,
          "[3, 2]",
          "a source with fewer rows",
        );
        assertThrows(() => tidy(() => prior.sample(like, fewer, rng(0))), TypeError, "pos", "a source without a part");
        dispose([...Object.values(like), ...Object.values(short)]);
      })));
  }
  return checks;
}

/**
 * Hold a prior to {@linkcode priorChecks} on every backend of this machine.
 *
 * @example Usage
 * ```ts
 * import { gaussianPrior } from "@morphogen/morphogen";
 * import { checkPrior } from "@morphogen/morphogen/testing";
 *
 * const moments = { mean: 0, variance: 1, kurtosis: 3 };
 * await checkPrior({ name: "gaussianPrior", prior: gaussianPrior(), needsSource: false, moments });
 * ```
 *
 * @param row The prior and what it promises.
 * @throws {ContractError} At the first promise that is not kept.
 */
export async function checkPrior(row: PriorCase): Promise<void> {
  await runChecks(onEveryBackend(priorChecks(row), await usableBackends()));
}
