import {
  type ApplyContext,
  type Backbone,
  type Batch,
  type Cond,
  encodeCond,
  entries,
  fromEntries,
  type Params,
  type Prior,
  rowCount,
  type State,
  type Tree,
} from "../../core/mod.ts";
import { rng } from "../../core/rng/stream.ts";
import { add, dispose, mul, square, sum, type Tensor, tensor, tidy, valueAndGrads } from "../../core/tensor/mod.ts";
import { mapTree } from "../../core/tree.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import { assertFinite, leafList, numbers, shapesOf, takeValues, valuesOf } from "./numbers.ts";

/** One row of the table of networks. */
export interface BackboneCase {
  /** Name of the network. */
  readonly name: string;
  /** The network under test. */
  readonly backbone: Backbone<State, Cond, Tree<Tensor>>;
  /** Draws the state that it is given. */
  readonly prior: Prior;
  /** A batch that fits it; it is freed by the test. */
  batch(step: number): Promise<Batch>;
  /** A batch of one row, if the network allows one. */
  single?(): Promise<Batch>;
}

const CONTEXT: ApplyContext = { train: false, rng: rng(9) };

interface Call {
  readonly batch: Batch;
  readonly xt: State;
  readonly t: Tensor;
  readonly params: Params;
  readonly free: () => void;
}

/** Parameters, moved off the start so that zero-initialised layers count, and one input. */
async function call(row: BackboneCase, made: Promise<Batch>): Promise<Call> {
  const batch = await made;
  const rows = rowCount(batch.target);
  const { xt, params } = tidy(() => ({
    xt: row.prior.sample(batch.target, batch.source, rng(4)),
    params: mapTree<Tensor, Tensor>(
      (leaf, path) => add(leaf, tensor(numbers(leaf.size, path.length).map((value) => 0.1 * value), leaf.shape)),
      row.backbone.init(rng(5)),
    ),
  }));
  const t = tensor(Float32Array.from({ length: rows }, (_, i) => (i + 0.5) / rows));
  return {
    batch,
    xt,
    t,
    params,
    free: (): void => {
      batch[Symbol.dispose]();
      dispose([...Object.values(xt), t, ...leafList(params)]);
    },
  };
}

/** Encode and apply, as the loops do. */
function apply({ backbone }: BackboneCase, { xt, t }: Call, params: Params, cond: Cond): Tree<Tensor> {
  return tidy(() => backbone.apply(params, xt, t, encodeCond(backbone, params, cond, CONTEXT), CONTEXT));
}

/**
 * Register the tests that every network has to pass.
 *
 * @param row The network and inputs that fit it.
 */
export function backboneContract(row: BackboneCase): void {
  const { name, backbone } = row;

  forEachBackend(`${name} is a pure function of parameters and input`, async () => {
    await assertNoLeak(async () => {
      const one = await call(row, row.batch(0));
      const borrowed = [...Object.values(one.xt), one.t, ...leafList(one.params), ...Object.values(one.batch.cond)];
      const first = apply(row, one, one.params, one.batch.cond);
      assert(leafList(first).every((leaf) => !borrowed.includes(leaf)), "a prediction is made of new tensors");
      const values = await takeValues(first);
      assertFinite(values, "prediction");
      assert(borrowed.every((leaf) => !leaf.isDisposed), "arguments are borrowed");
      assertEquals(await takeValues(apply(row, one, one.params, one.batch.cond)), values);
      // Parameters come back from a file as a tree of their paths.
      const rebuilt = fromEntries(entries<Tensor>(one.params));
      assertEquals(await takeValues(apply(row, one, rebuilt, one.batch.cond)), values);
      one.free();
    });
  });

  forEachBackend(`${name} sends a finite gradient to every parameter`, async () => {
    await assertNoLeak(async () => {
      const one = await call(row, row.batch(1));
      const leaves = leafList(one.params);
      const { value, grads } = tidy(() =>
        valueAndGrads(() => {
          const out = leafList(apply(row, one, one.params, one.batch.cond));
          const scored = out.map((leaf, i) => sum(square(add(leaf, tensor(numbers(leaf.size, i), leaf.shape)))));
          return { value: scored.reduce((a, b) => add(a, b)) };
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
    forEachBackend(`${name} takes a batch of one row`, async () => {
      await assertNoLeak(async () => {
        const [many, one] = [await call(row, row.batch(0)), await call(row, row.single!())];
        const [wide, narrow] = [many, one].map((input) => apply(row, input, input.params, input.batch.cond));
        const expected = Object.entries(shapesOf(wide!)).map(([path, [, ...rest]]) => [path, [1, ...rest]]);
        assertEquals(shapesOf(narrow!), Object.fromEntries(expected));
        dispose([...leafList(wide!), ...leafList(narrow!)]);
        many.free();
        one.free();
      });
    });
  }

  const { encode } = backbone;
  if (encode !== undefined) {
    forEachBackend(`${name} encodes purely, and refuses conditioning that is not encoded`, async () => {
      await assertNoLeak(async () => {
        const one = await call(row, row.batch(2));
        const { cond } = one.batch;
        const raw = Object.values(cond);
        const [encoded, again] = [0, 1].map(() => tidy(() => encode(one.params, cond, CONTEXT)));
        assertEquals(await valuesOf(encoded!), await valuesOf(again!), "equal arguments give equal bits");
        assert(Object.values(encoded!).some((leaf) => !raw.includes(leaf)), "an encoding has something new");
        assert(raw.every((leaf) => !leaf.isDisposed), "conditioning is borrowed");
        assertThrows(() => tidy(() => backbone.apply(one.params, one.xt, one.t, cond, CONTEXT)), TypeError);
        dispose([...Object.values(encoded!), ...Object.values(again!)].filter((leaf) => !raw.includes(leaf)));
        one.free();
      });
    });
  }

  if (backbone.nullCond !== undefined) {
    forEachBackend(`${name} has a null condition of the same shapes, which counts`, async () => {
      await assertNoLeak(async () => {
        const one = await call(row, row.batch(3));
        const { cond } = one.batch;
        const none = tidy(() => {
          const made = backbone.nullCond!(cond);
          return Object.fromEntries(Object.entries(made).map(([key, leaf]) => [key, mul(leaf, 1)]));
        });
        assertEquals(shapesOf(none), shapesOf(cond));
        const plain = await takeValues(apply(row, one, one.params, cond));
        const blind = await takeValues(apply(row, one, one.params, none));
        assertFinite(blind, "null condition");
        assert(JSON.stringify(blind) !== JSON.stringify(plain), "the condition is not seen");
        dispose(Object.values(none));
        one.free();
      });
    });
  }
}
