import { encodeCond } from "../backbone/encode_cond.ts";
import type { ApplyContext } from "../backbone/mod.ts";
import { rowCount } from "../parts.ts";
import { rng } from "../rng/stream.ts";
import type { Batch, Cond, State } from "../state.ts";
import { add, dispose, type Tensor, tensor, tidy } from "../tensor/mod.ts";
import { mapTree, type Params, type Tree } from "../tree.ts";
import type { BackboneCase } from "./backbone.ts";
import { leafList, numbers } from "./numbers.ts";

/** A call that does not train. */
export const CONTEXT: ApplyContext = { train: false, rng: rng(9) };

/** One input of a network. */
export interface Call {
  readonly batch: Batch;
  readonly xt: State;
  readonly t: Tensor;
  readonly params: Params;
  readonly free: () => void;
}

/** Parameters, moved off the start so that zero-initialised layers count, and one input. */
export async function call(row: BackboneCase, made: Promise<Batch>): Promise<Call> {
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
export function apply({ backbone }: BackboneCase, { xt, t }: Call, params: Params, cond: Cond): Tree<Tensor> {
  return tidy(() => backbone.apply(params, xt, t, encodeCond(backbone, params, cond, CONTEXT), CONTEXT));
}
