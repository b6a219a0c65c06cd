import { dispose, type Tensor, tidy } from "../../core/mod.ts";
import type { Bench, ReadyBench } from "./bench.ts";
import { synchronize } from "./synchronize.ts";

/** An operation on tensors that stay the same from step to step. */
export interface Operation<I extends readonly Tensor[]> {
  /** Name of the bench. */
  readonly name: string;
  /** Shapes, and what a step is. */
  readonly about: string;
  /** Weights among the inputs; default 0. */
  readonly params?: number;
  /** Floating-point operations; default 0. */
  readonly flops?: number;
  /** Make the inputs. */
  readonly inputs: () => I;
  /** Do the work. */
  readonly run: (...inputs: I) => readonly Tensor[];
}

/**
 * A bench of one operation.
 *
 * @param operation Inputs and work.
 * @returns The bench; its steps free what they make.
 */
export function operationBench<const I extends readonly Tensor[]>(operation: Operation<I>): Bench {
  const { name, about, params = 0, flops = 0, run } = operation;
  return Object.freeze({
    name,
    about,
    where: "backend",
    prepare(): ReadyBench {
      const inputs = tidy(operation.inputs);
      return {
        params,
        flops,
        async step(): Promise<void> {
          const outputs = tidy(() => run(...inputs));
          await synchronize(outputs[0]!);
          dispose(outputs);
        },
        [Symbol.dispose]: () => dispose(inputs),
      };
    },
  });
}
