import { hostArray } from "../host_array.ts";
import { fromHost, type Tensor, toHost } from "../tensor/mod.ts";
import type { SumGradients, Weighted } from "../train_gradient.ts";
import { leaves, unflatten } from "../tree.ts";
import type { Ranks } from "./ranks.ts";

/** Number that tells lists of names and sizes apart (FNV-1a, 32 bits). */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The tensors that are added up, in an order that all ranks agree on. */
function listed({ gradient, scalars, divisor }: Weighted): readonly Tensor[] {
  const names = Object.keys(scalars).sort();
  return [...leaves<Tensor>(gradient), ...names.map((name) => scalars[name]!), divisor];
}

/**
 * Add up gradients, loss scalars and divisors over ranks, in one message.
 *
 * @param ranks Who takes part.
 * @returns The function; it borrows what it is given and returns new tensors, the same bits on every rank. It throws a
 *   `RankError` if another rank failed on the way, a `TypeError` if the ranks' losses have different parts.
 */
export function sumGradients(ranks: Ranks): SumGradients {
  let buffer = new Float32Array(0);
  return async (own) => {
    const tensors = listed(own);
    const length = tensors.reduce((sum, { size }) => sum + size, 0);
    if (buffer.length !== length) buffer = new Float32Array(length);
    let at = 0;
    for (const { data } of await Promise.all(tensors.map(toHost))) {
      buffer.set(data, at);
      at += data.length;
    }
    const names = Object.keys(own.scalars).sort();
    const words = await ranks.meet(fingerprint(`${length} ${names.join()}`));
    if (words.some((word) => word !== words[0])) {
      throw new TypeError(`Cannot add up gradients: the ranks' losses have different parts, here ${names.join(", ")}`);
    }
    await ranks.sum(buffer);
    at = 0;
    const sums = tensors.map(({ shape, size }) => fromHost(hostArray(buffer.subarray(at, at += size), shape)));
    const count = sums.length - names.length - 1;
    return {
      gradient: unflatten<Tensor, Tensor>(own.gradient, sums.slice(0, count)),
      scalars: Object.fromEntries(names.map((name, i) => [name, sums[count + i]!])),
      divisor: sums.at(-1)!,
    };
  };
}
