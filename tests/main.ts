/**
 * Runs all tests, one process per suite so that memory does not pile up, two at a time, and counts:
 * `deno task test [SUITE...]`.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";

/** Pages whose TypeScript blocks are programs of their own. */
const WALKS = ["cfm", "geneflow", "gmflow", "nicheflow", "spatia", "stflow"].map((name) => `docs/${name}.md`);

/** Suites are folders below `tests`; the documentation's examples are one more. The longest come first. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  reliability: ["tests/reliability/"],
  core: ["tests/core/"],
  plugins: ["tests/plugins/"],
  experiments: ["tests/experiments/", "--ignore=tests/experiments/slurm/"],
  slurm: ["tests/experiments/slurm/"],
  contract: ["tests/contract/"],
  examples: [
    "--doc",
    "--preload=./tests/setup.ts",
    "mod.ts",
    "core/",
    "plugins/",
    "datasets/",
    "experiments/",
    ...WALKS,
  ],
  datasets: ["tests/datasets/"],
  parity: ["tests/parity/"],
  security: ["tests/security/"],
  architecture: ["tests/architecture/", "tests/api/"],
  docs: ["tests/docs/"],
  bench: ["tests/bench/"],
};

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function count(text: string, word: string): number {
  return [...text.matchAll(new RegExp(`(\\d+) ${word}`, "g"))].reduce((sum, [, digits]) => sum + Number(digits), 0);
}

/** The closing line of `deno test`: "ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)". */
function parseClosingLine(output: string, { code, signal }: Deno.CommandStatus): Outcome {
  const closing = output.split("\n").findLast((line) => /^(ok|FAILED) \|/.test(line));
  if (closing === undefined) return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const failed = count(closing, "failed");
  // Emulated graphics drivers abort now and then while a process ends, when all of its tests are over.
  const isLate = signal !== null && closing.startsWith("ok");
  if (isLate) console.error(`\nEvery test of this suite passed; then ${signal} ended the process on its way out`);
  return {
    passed: count(closing, "passed"),
    failed: code !== 0 && failed === 0 && !isLate ? 1 : failed,
    skipped: count(closing, "ignored"),
  };
}

/** What is said of failures, from where `deno test` begins with them; logs are cut, and their ends are kept. */
function failuresIn(output: string): string {
  const at = output.search(/^ ERRORS /m);
  return (at === -1 ? output.slice(-4000) : output.slice(at)).trim();
}

async function runSuite(args: readonly string[], threads: number): Promise<{ outcome: Outcome; output: string }> {
  const { code, success, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-prompt", "--reporter=dot", "--trace-leaks", ...args],
    cwd: new URL("..", import.meta.url),
    env: { OPENBLAS_NUM_THREADS: Deno.env.get("OPENBLAS_NUM_THREADS") ?? `${threads}` },
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [printed, complaints] = [stdout, stderr].map((bytes) =>
    stripVTControlCharacters(new TextDecoder().decode(bytes))
  );
  // Without a terminal every dot is a line.
  const told = printed!.split("\n").filter((line) => !/^[.,!]$/.test(line)).join("\n");
  return { outcome: parseClosingLine(told, { code, success, signal }), output: `${told}${complaints}` };
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !Object.hasOwn(SUITES, name));
  if (unknown !== undefined) {
    console.error(`Cannot run suite "${unknown}": there are ${Object.keys(SUITES).join(", ")}`);
    return 2;
  }
  const chosen = names.length === 0 ? Object.keys(SUITES) : names;
  const atOnce = Math.min(2, navigator.hardwareConcurrency, chosen.length);
  const threads = Math.max(1, Math.floor(navigator.hardwareConcurrency / atOnce));
  const lines: string[] = [];
  const failures: string[] = [];
  let total: Outcome = { passed: 0, failed: 0, skipped: 0 };
  const waiting = [...chosen];
  const work = async (): Promise<void> => {
    for (let name; (name = waiting.shift()) !== undefined;) {
      console.log(`== ${name} begins`);
      const began = performance.now();
      const { outcome: { passed, failed, skipped }, output } = await runSuite(SUITES[name]!, threads);
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      if (failed > 0) failures.push(`== failed in ${name}\n\n${failuresIn(output)}\n`);
      lines.push(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s`);
      console.log(`\n${output.trim()}\n\n== ${lines.at(-1)} (${lines.length} of ${chosen.length} suites)\n`);
      total = {
        passed: total.passed + passed,
        failed: total.failed + failed,
        skipped: total.skipped + skipped,
      };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  console.log(`\n${[...failures, ...lines].join("\n")}`);
  console.log(
    `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
  );
  return total.failed > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
