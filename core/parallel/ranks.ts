import { BackendError } from "../errors.ts";

/** Processes that do one job together; each calls the methods in the same order as all others. */
export interface Ranks {
  /** Number of this process, from 0; the first one writes. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** What carries the messages, for the log. */
  readonly name: string;
  /**
   * Wait for all ranks and tell each other one number.
   *
   * @param word This rank's number.
   * @returns The numbers of all ranks.
   * @throws {RankError} If another rank has failed.
   */
  meet(word?: number): Promise<readonly number[]>;
  /**
   * Add up numbers over all ranks, in place; every rank gets the same bits.
   *
   * @param values As many numbers on each rank.
   */
  sum(values: Float32Array<ArrayBuffer>): Promise<void>;
  /**
   * Tell the others that this rank cannot go on, in place of the meeting they wait in.
   *
   * @param sentence Why.
   */
  fail(sentence: string): Promise<void>;
  /** Wait for all ranks and part; nothing else may be called afterwards. */
  leave(): Promise<void>;
}

/** Thrown on the ranks that go well when another one fails. */
export class RankError extends BackendError {
  /** The rank that failed. */
  readonly rank: number;

  /**
   * Name the rank and its reason.
   *
   * @param rank The rank that failed.
   * @param size Number of ranks.
   * @param sentence Why, in its own words.
   */
  constructor(rank: number, size: number, sentence: string) {
    super(`Rank ${rank} of ${size} has ended the job: ${sentence}`);
    this.rank = rank;
  }
}

/** What carries numbers between processes. */
export interface Channel {
  /** Number of this process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** Name for the log. */
  readonly name: string;
  /**
   * Add up numbers over all processes.
   *
   * @param values This process's numbers; borrowed until the promise is kept.
   * @param sums Receives the sums; another array of the same kind and length.
   */
  sum<A extends Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(values: A, sums: A): Promise<void>;
  /** End the connection; every process does. */
  close(): void;
}

/** The only process of a job: it agrees with itself. */
export const ONE_RANK: Ranks = Object.freeze({
  rank: 0,
  size: 1,
  name: "one process",
  meet: (word = 0) => Promise.resolve([word]),
  sum: () => Promise.resolve(),
  fail: () => Promise.resolve(),
  leave: () => Promise.resolve(),
});

/** Longest sentence that is passed on, in UTF-16 units. */
const SENTENCE = 600;

/**
 * Let processes that can add up numbers meet, sum and fail together.
 *
 * Whatever a rank waits in begins with a meeting, so a rank that fails anywhere reaches the others with one.
 *
 * @param channel Adds up numbers.
 * @returns The ranks.
 */
export function ranksOf(channel: Channel): Ranks {
  const { rank, size, name } = channel;
  let sums = new Float32Array(0);

  /** What each rank says, `[size, width]`: everyone adds zeros to the others' places. */
  const gather = async (own: ArrayLike<number>, width: number): Promise<Float64Array> => {
    const [said, heard] = [new Float64Array(size * width), new Float64Array(size * width)];
    said.set(own, rank * width);
    await channel.sum(said, heard);
    return heard;
  };
  const sentences = async (own: string): Promise<readonly string[]> => {
    const units = Array.from({ length: Math.min(own.length, SENTENCE) }, (_, i) => own.charCodeAt(i));
    const heard = await gather(units, SENTENCE);
    return Array.from({ length: size }, (_, other) => {
      const text = heard.subarray(other * SENTENCE, (other + 1) * SENTENCE);
      return String.fromCharCode(...text).replace(/\0+$/, "");
    });
  };

  return Object.freeze({
    rank,
    size,
    name,
    async meet(word = 0): Promise<readonly number[]> {
      const heard = await gather([0, word], 2);
      const failed = Array.from({ length: size }, (_, other) => other).find((other) => heard[2 * other] !== 0);
      if (failed !== undefined) throw new RankError(failed, size, (await sentences(""))[failed]!);
      return Array.from({ length: size }, (_, other) => heard[2 * other + 1]!);
    },
    async sum(values: Float32Array<ArrayBuffer>): Promise<void> {
      if (sums.length !== values.length) sums = new Float32Array(values.length);
      await channel.sum(values, sums);
      values.set(sums);
    },
    async fail(sentence: string): Promise<void> {
      await gather([1, 0], 2);
      await sentences(sentence);
    },
    async leave(): Promise<void> {
      // A launcher ends the job when one process ends badly: nobody leaves before all have done what they had to.
      await gather([0, 0], 2);
      channel.close();
    },
  });
}
