import type { BackendInfo } from "../../core/mod.ts";
import type { Bench, ReadyBench } from "./bench.ts";
import type { Timing } from "./timer.ts";

/** What is reported of one bench; keys are read by other programs. */
export interface Line {
  readonly bench: string;
  /** Backend that is current, also for work on the host. */
  readonly backend: string;
  /** Threads of the work; null where library or driver do not say. */
  readonly threads: number | null;
  /** Median. */
  readonly ms_per_step: number;
  /** Steps that were timed. */
  readonly steps: number;
  readonly params: number;
  /** Operations of products and convolutions; 0 if there are none. */
  readonly flops_per_step: number;
  /** Rate of those; absent if there are none. */
  readonly gflops_per_s?: number;
  readonly ms_p25: number;
  readonly ms_p75: number;
  /** Processor cores that the process kept busy. */
  readonly own_cpu: number;
  readonly where: Bench["where"];
  readonly device: string;
  readonly library?: string;
  readonly about: string;
}

function threadsOf({ name, threads }: BackendInfo, where: Bench["where"]): number | null {
  return where === "host" || name === "wasm" || name === "cpu" ? 1 : threads ?? null;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/**
 * Put a measurement together with what it was made on.
 *
 * @param bench The bench.
 * @param ready Its counts.
 * @param timing Its times.
 * @param backend What computed.
 * @returns The line.
 */
export function lineOf(
  { name, where, about }: Bench,
  { params, flops }: Pick<ReadyBench, "params" | "flops">,
  { median, steps, p25, p75, cores }: Timing,
  backend: BackendInfo,
): Line {
  return {
    bench: name,
    backend: backend.name,
    threads: threadsOf(backend, where),
    ms_per_step: rounded(median, 4),
    steps,
    params,
    flops_per_step: flops,
    ...(flops === 0 ? {} : { gflops_per_s: rounded(flops / median / 1e6, 2) }),
    ms_p25: rounded(p25, 4),
    ms_p75: rounded(p75, 4),
    own_cpu: rounded(cores, 2),
    where,
    device: where === "host" ? "processor (one thread)" : backend.device,
    ...(where === "host" || backend.library === undefined ? {} : { library: backend.library }),
    about,
  };
}
