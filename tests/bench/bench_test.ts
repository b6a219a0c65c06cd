import { chooseBackend, memory, scalar } from "../../core/mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { assertFailed, run } from "../experiments/process.ts";
import { BENCHES } from "./registry.ts";
import { timeSteps } from "./timer.ts";

/** What PyTorch's counter found: parameters, and rate times duration. */
const PEER: Readonly<Record<string, readonly [params: number, flops: number]>> = {
  "matmul-1024": [0, 128.15e6 * 16.76],
  "matmul-2048": [0, 137.39e6 * 125.04],
  "conv3x3-fwd": [36_928, 145.23e6 * 16.64],
  "conv3x3-fwdbwd": [36_928, 121.97e6 * 59.42],
  "nicheflow-glvfm-train-b128-p64": [616_356, 56.21e6 * 605.76],
};

Deno.test("benches have names of their own, parameters and operations as the peer counts them", async () => {
  await chooseBackend("wasm");
  const before = memory();
  for (const bench of BENCHES) {
    assertMatch(bench.name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    using ready = bench.prepare();
    const peer = PEER[bench.name];
    if (peer === undefined) continue;
    assertEquals(ready.params, peer[0], bench.name);
    assertAlmostEquals(ready.flops / peer[1], 1, 1e-3, bench.name);
  }
  assertEquals(new Set(BENCHES.map(({ name }) => name)).size, BENCHES.length);
  assertEquals(memory(), before);
});

Deno.test("timeSteps() makes five steps at least, orders the quartiles, and refuses steps that leave tensors", async () => {
  await chooseBackend("cpu");
  let made = 0;
  const pause = () => new Promise<void>((done) => setTimeout(done, made++ % 2 === 0 ? 100 : 120));
  const { steps, p25, median, p75, cores } = await timeSteps(pause, 0);
  assertEquals(steps, 5);
  assert(made > steps && 99 <= p25 && p25 <= median && median <= p75, `${made} ${p25} ${median} ${p75}`);
  assert(cores < 0.5, `${cores} cores while asleep`);
  let left = scalar(0);
  const leak = () => Promise.resolve(void (left = scalar(1)));
  const error = await assertRejects(() => timeSteps(leak, 0), Error);
  assertMatch(error.message, /leaves 1 tensors and 1 buffers behind$/);
  left.dispose();
});

Deno.test("bench --json prints one line with the agreed fields per bench", async () => {
  const filter = "^(softmax-8192x512|knn8-10000)$";
  const { code, out, err } = await run("bench", ["--json", "--filter", filter, "--backend", "wasm", "--seconds", "0"]);
  assertEquals(code, 0, err.join("\n"));
  assert(err.some((line) => line.startsWith("backend wasm: ")), err.join("\n"));
  const lines = out.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ bench }) => bench), ["softmax-8192x512", "knn8-10000"]);
  for (
    const { backend, threads, ms_per_step, steps, params, flops_per_step, ms_p25, ms_p75, own_cpu, device } of lines
  ) {
    assertEquals([backend, threads, params, flops_per_step, typeof device], ["wasm", 1, 0, 0, "string"]);
    assert(Number.isInteger(steps) && steps >= 5, `${steps} steps`);
    assert(own_cpu > 0, `${own_cpu} cores`);
    assert(0 < ms_p25 && ms_p25 <= ms_per_step && ms_per_step <= ms_p75, `${ms_p25} ${ms_per_step} ${ms_p75}`);
  }
});

Deno.test("bench without --json prints a table", async () => {
  const { code, out, err } = await run("bench", ["--filter=^knn8-10000$", "--backend=wasm", "--seconds=0"]);
  assertEquals(code, 0, err.join("\n"));
  const [backend, heading, row, ...more] = out.trimEnd().split("\n");
  assertMatch(backend!, /^backend wasm: /);
  assertMatch(heading!, /^bench +ms per step +quartiles +steps/);
  assertMatch(row!, /^knn8-10000 +[\d.,]+ +[\d.,]+ to [\d.,]+ +\d+ /);
  assertEquals([heading!.length, more], [row!.length, []]);
});

Deno.test("bench ends with one sentence on wrong usage", async () => {
  const wrong: readonly (readonly [args: readonly string[], code: number, sentence: RegExp])[] = [
    [["--filer=matmul"], 2, /^Unknown flag "--filer", did you mean "--filter"\?$/],
    [["--filter=("], 2, /^Flag "--filter" expects a regular expression, got "\(": Unterminated group$/],
    [["--backend=cuda"], 2, /expects one of auto, webgpu, native, wasm, cpu, got "cuda"$/],
    [["--seconds=-1"], 2, /expects a whole number of at least 0, got "-1"$/],
    [["matmul"], 2, /^Unknown argument "matmul": choose benches with --filter RE$/],
    [["--filter=^matmul$"], 1, /^Cannot find a bench that matches "\^matmul\$": there are matmul-1024, .*normal-1m$/],
  ];
  for (const [args, code, sentence] of wrong) assertFailed(await run("bench", args), code, sentence);
});
