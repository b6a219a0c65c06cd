import type { Backbone } from "../backbone/mod.ts";
import type { Prior } from "../prior/mod.ts";
import type { Batch, Cond, State } from "../state.ts";
import { add as plus, dispose, mul, square, sum, type Tensor, tensor, tidy, valueAndGrads } from "../tensor/mod.ts";
import { disposeTree, entries, leaves, type Tree } from "../tree.ts";
import { assert, assertEquals, assertThrows } from "./assert.ts";
import { apply, call, CONTEXT } from "./backbone_call.ts";
import { assertNoLeak, onEveryBackend, usableBackends } from "./backends.ts";
import { type Check, check, runChecks } from "./check.ts";
import { assertClose, assertFinite, leafList, numbers, shapesOf, takeValues, valuesOf } from "./numbers.ts";
import { turnedAround, turnedValues } from "./points.ts";
import { throughFile } from "./through_file.ts";

/** How a prediction follows when the points of a row change their places. */
export interface Permutation {
  /** Whether predictions change places with the points, or do not change. */
  readonly output: "equivariant" | "invariant";
  /** Conditioning entries that have the points on axis 1 too, and change places with them; default none. */
  readonly cond?: readonly string[];
}

/** A network, inputs that fit it, and what it promises. */
export interface BackboneCase {
  /** Name of the network, for messages. */
  readonly name: string;
  /** The network under test. */
  readonly backbone: Backbone<State, Cond, Tree<Tensor>>;
  /** Draws the state that it is given. */
  readonly prior: Prior;
  /** Number of parameters; absent if it is not stated. */
  readonly parameters?: number;
  /** What happens if points, axis 1 of every part, change places; absent if the network has none or promises nothing. */
  readonly permutes?: Permutation;
  /**
   * Make a batch that fits it.
   *
   * @param step Number of the batch.
   * @returns The batch; the checks free it.
   */
  batch(step: number): Promise<Batch>;
  /**
   * Make a batch of one row; absent if the network takes none.
   *
   * @returns The batch; the checks free it.
   */
  single?(): Promise<Batch>;
}

/**
 * What every network promises: a pure function of parameters and input, parameters that survive a safetensors file, a
 * finite gradient that reaches each of them, one row alone, purely encoded conditioning, a null condition that counts,
 * and the parameter count and behaviour under permuted points that it declares.
 *
 * @param row The network, inputs that fit it, and what it promises.
 * @returns The checks, for any test runner.
 */
export function backboneChecks(row: BackboneCase): readonly Check[] {
  const { name, backbone } = row;
  const checks: Check[] = [];
  const add = (promise: string, run: () => Promise<void>): void => void checks.push(check(promise, run));

  add(`${name} is a pure function of parameters and input`, async () => {
    await assertNoLeak(async () => {
      const one = await call(row, row.batch(0));
      const borrowed = [...Object.values(one.xt), one.t, ...leafList(one.params), ...Object.values(one.batch.cond)];
      const first = apply(row, one, one.params, one.batch.cond);
      assert(
        leafList(first).every((leaf) => !borrowed.includes(leaf)),
        "a prediction is one of the arguments, expected new tensors",
      );
      const values = await takeValues(first);
      assertFinite(values, "prediction");
      assert(borrowed.every((leaf) => !leaf.isDisposed), "an argument is freed, expected it borrowed");
      assertEquals(await takeValues(apply(row, one, one.params, one.batch.cond)), values, "the same call again");
      const stored = await throughFile(one.params);
      assertEquals(await takeValues(apply(row, one, stored, one.batch.cond)), values, "parameters out of a file");
      disposeTree(stored);
      one.free();
    });
  });

  add(`${name} sends a finite gradient to every parameter`, async () => {
    await assertNoLeak(async () => {
      const one = await call(row, row.batch(1));
      const leaves = leafList(one.params);
      const { value, grads } = tidy(() =>
        valueAndGrads(() => {
          const out = leafList(apply(row, one, one.params, one.batch.cond));
          const scored = out.map((leaf, i) => sum(square(plus(leaf, tensor(numbers(leaf.size, i), leaf.shape)))));
          return { value: scored.reduce((a, b) => plus(a, b)) };
        }, leaves)
      );
      for (const [i, [path]] of entries<Tensor>(one.params).entries()) {
        const { slope } = await takeValues({ slope: grads[i]! });
        assertFinite({ [path]: slope! }, "gradient");
        assert(slope!.some((entry) => entry !== 0), `no gradient reaches "${path}"`);
      }
      dispose([value]);
      one.free();
    });
  });

  if (row.single !== undefined) {
    add(`${name} takes a batch of one row`, async () => {
      await assertNoLeak(async () => {
        const [many, one] = [await call(row, row.batch(0)), await call(row, row.single!())];
        const [wide, narrow] = [many, one].map((input) => apply(row, input, input.params, input.batch.cond));
        const expected = Object.entries(shapesOf(wide!)).map(([path, [, ...rest]]) => [path, [1, ...rest]]);
        assertEquals(shapesOf(narrow!), Object.fromEntries(expected), "shapes of one row");
        dispose([...leafList(wide!), ...leafList(narrow!)]);
        many.free();
        one.free();
      });
    });
  }

  const { encode } = backbone;
  if (encode !== undefined) {
    add(`${name} encodes purely, and refuses conditioning that is not encoded`, async () => {
      await assertNoLeak(async () => {
        const one = await call(row, row.batch(2));
        const { cond } = one.batch;
        const raw = Object.values(cond);
        const [encoded, again] = [0, 1].map(() => tidy(() => encode(one.params, cond, CONTEXT)));
        assertEquals(await valuesOf(encoded!), await valuesOf(again!), "the encoding of equal arguments");
        assert(
          Object.values(encoded!).some((leaf) => !raw.includes(leaf)),
          "the encoding holds nothing but the conditioning, expected something new",
        );
        assert(raw.every((leaf) => !leaf.isDisposed), "conditioning is freed, expected it borrowed");
        assertThrows(
          () => tidy(() => backbone.apply(one.params, one.xt, one.t, cond, CONTEXT)),
          TypeError,
          "",
          "conditioning that is not encoded",
        );
        dispose([...Object.values(encoded!), ...Object.values(again!)].filter((leaf) => !raw.includes(leaf)));
        one.free();
      });
    });
  }

  if (backbone.nullCond !== undefined) {
    add(`${name} has a null condition of the same shapes, which counts`, async () => {
      await assertNoLeak(async () => {
        const one = await call(row, row.batch(3));
        const { cond } = one.batch;
        const none = tidy(() => {
          const made = backbone.nullCond!(cond);
          return Object.fromEntries(Object.entries(made).map(([key, leaf]) => [key, mul(leaf, 1)]));
        });
        assertEquals(shapesOf(none), shapesOf(cond), "shapes of the null condition");
        const plain = await takeValues(apply(row, one, one.params, cond));
        const blind = await takeValues(apply(row, one, one.params, none));
        assertFinite(blind, "null condition");
        assert(
          JSON.stringify(blind) !== JSON.stringify(plain),
          "predictions with and without the condition are the same, expected the condition to count",
        );
        dispose(Object.values(none));
        one.free();
      });
    });
  }

  const { parameters, permutes } = row;
  if (parameters !== undefined) {
    add(`${name} has ${parameters} parameters`, () =>
      assertNoLeak(async () => {
        const one = await call(row, row.batch(0));
        assertEquals(leaves<Tensor>(one.params).reduce((total, { size }) => total + size, 0), parameters, "parameters");
        one.free();
      }));
  }

  if (permutes !== undefined) {
    add(`${name} is ${permutes.output} when points change places`, () =>
      assertNoLeak(async () => {
        const one = await call(row, row.batch(0));
        const { cond = [], output } = permutes;
        const turned = { ...one, xt: await turnedAround(one.xt, Object.keys(one.xt)) };
        const turnedCond = await turnedAround(one.batch.cond, cond);
        const plain = apply(row, one, one.params, one.batch.cond);
        const shapes = shapesOf(plain);
        const values = await takeValues(plain);
        const followed = Object.fromEntries(
          Object.entries(values).map(([path, list]) => [path, turnedValues(list, shapes[path]!)]),
        );
        const expected = output === "invariant" ? values : followed;
        const got = await takeValues(apply(row, turned, one.params, turnedCond));
        assertClose(got, expected, 1e-4, "prediction for points in another order");
        if (output === "equivariant") {
          assert(JSON.stringify(got) !== JSON.stringify(values), "every point has the same prediction");
        }
        dispose([...Object.values(turned.xt), ...cond.map((entry) => turnedCond[entry]!)]);
        one.free();
      }));
  }
  return checks;
}

/**
 * Hold a network to {@linkcode backboneChecks} on every backend of this machine.
 *
 * @example Usage
 * ```ts
 * import { type Backbone, gaussianPrior, mul, ownBatch, tensorAt, zeros } from "@morphogen/morphogen";
 * import { checkBackbone } from "@morphogen/morphogen/testing";
 *
 * // One gain per feature; points do not see each other.
 * const gain: Backbone = {
 *   init: (rng) => ({ gain: rng.normal([3]) }),
 *   apply: (params, { x }) => ({ x: mul(x!, tensorAt(params, "gain")) }),
 * };
 * await checkBackbone({
 *   name: "gain",
 *   backbone: gain,
 *   prior: gaussianPrior(),
 *   parameters: 3,
 *   permutes: { output: "equivariant" },
 *   batch: () => Promise.resolve(ownBatch({ target: { x: zeros([4, 5, 3]) }, cond: {} })),
 * });
 * ```
 *
 * @param row The network, inputs that fit it, and what it promises.
 * @throws {ContractError} At the first promise that is not kept.
 */
export async function checkBackbone(row: BackboneCase): Promise<void> {
  await runChecks(onEveryBackend(backboneChecks(row), await usableBackends()));
}
