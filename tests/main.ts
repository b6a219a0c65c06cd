/**
 * Runs all tests, one process per suite so that memory does not pile up, and counts: `deno task test [SUITE...]`.
 *
 * @module
 */

/** Pages whose TypeScript blocks are programs of their own. */
const WALKS = ["cfm", "geneflow", "gmflow", "nicheflow", "spatia", "stflow"].map((name) => `docs/${name}.md`);

/** Suites are folders below `tests`; the documentation's examples are one more. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  architecture: ["tests/architecture/", "tests/api/"],
  core: ["tests/core/"],
  contract: ["tests/contract/"],
  datasets: ["tests/datasets/"],
  plugins: ["tests/plugins/"],
  parity: ["tests/parity/"],
  experiments: ["tests/experiments/"],
  bench: ["tests/bench/"],
  docs: ["tests/docs/"],
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
  // deno-lint-ignore no-control-regex -- colour codes are what is removed
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const closing = plain.split("\n").findLast((line) => /^(ok|FAILED) \|/.test(line));
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

async function echo(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}

async function runSuite(args: readonly string[]): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-prompt", "--reporter=dot", "--trace-leaks", ...args],
    cwd: new URL("..", import.meta.url),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [output, , status] = await Promise.all([echo(child.stdout), echo(child.stderr), child.status]);
  return parseClosingLine(output, status);
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !Object.hasOwn(SUITES, name));
  if (unknown !== undefined) {
    console.error(`Cannot run suite "${unknown}": there are ${Object.keys(SUITES).join(", ")}`);
    return 2;
  }
  const chosen = names.length === 0 ? Object.keys(SUITES) : names;
  const lines: string[] = [];
  let total: Outcome = { passed: 0, failed: 0, skipped: 0 };
  for (const name of chosen) {
    console.log(`\n== ${name}`);
    const began = performance.now();
    const { passed, failed, skipped } = await runSuite(SUITES[name]!);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    lines.push(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s`);
    console.log(`\n== ${lines.at(-1)}`);
    total = {
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    };
  }
  console.log(`\n${lines.join("\n")}`);
  console.log(
    `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
  );
  return total.failed > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
