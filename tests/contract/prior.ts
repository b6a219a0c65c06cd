import type { Prior, Rng, State } from "../../core/mod.ts";
import { rng } from "../../core/rng/stream.ts";
import { dispose, type Tensor, tensor, tidy } from "../../core/tensor/mod.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "../assert.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import { assertFinite, type Shapes, shapesOf, stateOf, takeValues, valuesOf } from "./numbers.ts";

/** One row of the table of priors. */
export interface PriorCase {
  /** Name of the prior. */
  readonly name: string;
  /** The prior under test. */
  readonly prior: Prior;
  /** Mean and variance of every entry; absent for priors that return the data. */
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
): Promise<Record<string, Float32Array>> {
  const like = stateOf(shapes);
  const source = needsSource ? stateOf(shapes, 5) : undefined;
  const drawn = tidy(() => prior.sample(like, source, stream));
  assertEquals(shapesOf(drawn), shapesOf(like));
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

/**
 * Register the tests that every prior has to pass.
 *
 * @param row The prior and what it promises.
 */
export function priorContract(row: PriorCase): void {
  const { name, prior, moments, needsSource } = row;

  forEachBackend(`${name}() draws the parts and shapes of like and leaks nothing`, async () => {
    for (const shapes of LIKES) {
      await assertNoLeak(async () => assertFinite(await drawOnce(row, shapes, rng(1)), "draw"));
    }
  });

  forEachBackend(`${name}() gives equal bits for equal streams`, async () => {
    const shapes = LIKES[1]!;
    const first = await drawOnce(row, shapes, rng(3).fold("a"));
    assertEquals(await drawOnce(row, shapes, rng(3).fold("a")), first);
    if (moments === undefined) return;
    assertNotEquals(await drawOnce(row, shapes, rng(3).fold("b")), first);
    // Parts have streams of their own: another part beside it, or another order, changes nothing.
    const wider = await drawOnce(row, { img: [5, 2, 2, 1], pos: shapes["pos"]!, x: shapes["x"]! }, rng(3).fold("a"));
    assertEquals({ x: wider["x"], pos: wider["pos"] }, { x: first["x"], pos: first["pos"] });
    assertNotEquals(Array.from(first["x"]!.subarray(0, 8)), Array.from(first["pos"]!.subarray(0, 8)));
  });

  forEachBackend(`${name}() borrows its arguments and owns its result`, async () => {
    const like = stateOf({ x: [4, 2] });
    const source = stateOf({ x: [4, 2] }, 3);
    const before = await valuesOf(source);
    const drawn = prior.sample(like, needsSource ? source : undefined, rng(2));
    const tensors: Tensor[] = [...Object.values(like), ...Object.values(source)];
    assert(Object.values(drawn).every((tensor) => !tensors.includes(tensor)), "the result must be new tensors");
    dispose(Object.values(drawn));
    assert(tensors.every((tensor) => !tensor.isDisposed), "like and source are borrowed");
    assertEquals(await valuesOf(source), before);
    dispose(tensors);
  });

  if (moments !== undefined) {
    forEachBackend(`${name}() has its mean and variance`, async () => {
      const drawn = await drawOnce(row, { x: [500, 8], pos: [500, 4, 2] }, rng(7));
      for (const values of Object.values(drawn)) assertMoments(values, moments);
    });
  }

  if (needsSource) {
    forEachBackend(`${name}() asks for a source of the target's shape`, async () => {
      await assertNoLeak(() => {
        const like = stateOf({ x: [4, 2], pos: [4, 2] });
        const short = { x: tensor(new Float32Array(6), [3, 2]), pos: tensor(new Float32Array(8), [4, 2]) };
        const fewer: State = { x: like["x"]! };
        assertThrows(() => prior.sample(like, undefined, rng(0)), TypeError, "source");
        assertThrows(() => tidy(() => prior.sample(like, short, rng(0))), TypeError, "[3, 2]");
        assertThrows(() => tidy(() => prior.sample(like, fewer, rng(0))), TypeError, "pos");
        dispose([...Object.values(like), ...Object.values(short)]);
      });
    });
  }
}
