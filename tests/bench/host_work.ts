import type { Bench, ReadyBench } from "./bench.ts";

/** Work in JavaScript on arrays that stay the same from step to step. */
export interface HostWork<I> {
  /** Name of the bench. */
  readonly name: string;
  /** Sizes, and what a step is. */
  readonly about: string;
  /** Make the inputs. */
  readonly inputs: () => I;
  /** Do the work. */
  readonly run: (inputs: I) => ArrayLike<number>;
}

/**
 * A bench of work on the host.
 *
 * @param work Inputs and work.
 * @returns The bench; a step fails if the last value of its result is not a finite number.
 */
export function hostBench<I>({ name, about, inputs, run }: HostWork<I>): Bench {
  return Object.freeze({
    name,
    about,
    where: "host",
    prepare(): ReadyBench {
      const given = inputs();
      return {
        params: 0,
        flops: 0,
        step: (): Promise<void> =>
          Promise.try(() => {
            const result = run(given);
            if (!Number.isFinite(result[result.length - 1])) {
              throw new Error(`Cannot time ${name}: its result is empty`);
            }
          }),
        [Symbol.dispose]: () => {},
      };
    },
  });
}
