/**
 * The command behind `deno task bench`: how long the operations and models take on this machine.
 *
 * @module
 */
import {
  type BackendInfo,
  type BackendName,
  chooseBackend,
  ConfigError,
  DataError,
  describeBackend,
  isMorphogenError,
} from "../../core/mod.ts";
import { type FlagTable, helpOfFlags, parseFlags } from "../../core/config/flags.ts";
import type { Bench } from "./bench.ts";
import { type Line, lineOf } from "./line.ts";
import { BENCHES } from "./registry.ts";
import { growingTable } from "./table.ts";
import { timeSteps } from "./timer.ts";

const FLAGS = {
  "filter": { kind: "text", value: "RE", help: "benches whose name matches a regular expression (default: all)" },
  "backend": {
    kind: "choice",
    choices: ["auto", "webgpu", "native", "wasm", "cpu"],
    help: "where tensors are computed (default: auto)",
  },
  "seconds": { kind: "integer", value: "N", least: 0, help: "time for each bench, 5 steps at least (default: 3)" },
  "json": { kind: "switch", help: "one JSON object per line on stdout, everything else on stderr" },
  "help": { kind: "switch", help: "show this help" },
} as const satisfies FlagTable;

function select(filter: string): readonly Bench[] {
  let pattern: RegExp;
  try {
    pattern = new RegExp(filter);
  } catch (cause) {
    const reason = (cause as SyntaxError).message.split(": ").at(-1);
    throw new ConfigError(`Flag "--filter" expects a regular expression, got "${filter}": ${reason}`, { cause });
  }
  const chosen = BENCHES.filter(({ name }) => pattern.test(name));
  if (chosen.length > 0) return chosen;
  throw new DataError(
    `Cannot find a bench that matches "${filter}": there are ${BENCHES.map(({ name }) => name).join(", ")}`,
  );
}

async function measure(bench: Bench, backend: BackendInfo, seconds: number): Promise<Line> {
  using ready = bench.prepare();
  return lineOf(bench, ready, await timeSteps(() => ready.step(), seconds), backend);
}

/**
 * The command.
 *
 * @param args Arguments.
 * @returns Exit code: 0 if everything was measured, 1 if not, 2 for wrong usage.
 */
export async function bench(args: readonly string[]): Promise<number> {
  try {
    const { names, flags } = parseFlags(args, FLAGS);
    if (flags.help) {
      console.log(`Usage: deno task bench [flags]\n\n${helpOfFlags(FLAGS)}`);
      return 0;
    }
    if (names.length > 0) throw new ConfigError(`Unknown argument "${names[0]}": choose benches with --filter RE`);
    const chosen = select(flags.filter ?? "");
    const backend = await chooseBackend((flags.backend ?? "auto") as BackendName);
    const say = flags.json ? console.error : console.log;
    const table = growingTable(chosen.map(({ name }) => name));
    for (const sentence of [describeBackend(backend), ...backend.notes]) say(sentence);
    if (!flags.json) say(table.heading);
    for (const each of chosen) {
      const line = await measure(each, backend, flags.seconds ?? 3);
      console.log(flags.json ? JSON.stringify(line) : table.row(line));
    }
    return 0;
  } catch (error) {
    if (!isMorphogenError(error)) throw error;
    console.error(error.message);
    return isMorphogenError(error, "ConfigError") ? 2 : 1;
  }
}

if (import.meta.main) Deno.exit(await bench(Deno.args));
