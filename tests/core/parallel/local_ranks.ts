import { type Channel, type Ranks, ranksOf } from "../../../core/parallel/ranks.ts";

type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

interface Sum {
  readonly values: Numbers;
  readonly sums: Numbers;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * Ranks within one process, to test without MPI.
 *
 * @param size Number of ranks.
 * @returns The ranks; as with MPI, a sum is made when all take part with the same length.
 */
export function localRanks(size: number): readonly Ranks[] {
  let waiting: Sum[] = [];
  const join = (sum: Sum): void => {
    waiting.push(sum);
    if (waiting.length < size) return;
    const all = waiting;
    waiting = [];
    const kinds = new Set(all.map(({ values }) => `${values.constructor.name} ${values.length}`));
    if (kinds.size > 1) {
      for (const { failed } of all) failed(new Error(`The ranks sum different things: ${[...kinds].join(", ")}`));
      return;
    }
    for (const { sums, done } of all) {
      for (let i = 0; i < sums.length; i++) sums[i] = all.reduce((total, { values }) => total + values[i]!, 0);
      done();
    }
  };
  return Array.from({ length: size }, (_, rank) => {
    const channel: Channel = {
      rank,
      size,
      name: "one process in pieces",
      sum: (values, sums) => new Promise((done, failed) => join({ values, sums, done, failed })),
      close: () => {},
    };
    return ranksOf(channel);
  });
}

/**
 * Run a program on several ranks of this process.
 *
 * @param size Number of ranks.
 * @param program What each does.
 * @returns What each returned.
 */
export async function onLocalRanks<T>(size: number, program: (ranks: Ranks) => Promise<T>): Promise<readonly T[]> {
  return await Promise.all(localRanks(size).map(program));
}
