import { formatBar, formatDuration, formatProgress, progressBar } from "../../experiments/progress.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";

const STATE = { stage: "training", done: 120, total: 1000, note: "loss 0.43", rate: 3.1 };

/** A bar that writes into a list, with a clock that the test moves. */
function recorded(columns: (() => number) | undefined): {
  readonly written: string[];
  readonly clock: { ms: number };
  readonly bar: ReturnType<typeof progressBar>;
} {
  const written: string[] = [];
  const clock = { ms: 1000 };
  const bar = progressBar("training", { write: (text) => written.push(text), columns, now: () => clock.ms });
  return { written, clock, bar };
}

Deno.test("formatDuration() writes seconds, minutes and hours", () => {
  const cases = [[0, "0 s"], [8.4, "8 s"], [59.6, "1 min 00 s"], [200, "3 min 20 s"], [3599.6, "1 h 00 min"], [
    90061,
    "25 h 01 min",
  ]] as const;
  for (const [seconds, text] of cases) assertEquals(formatDuration(seconds), text);
});

Deno.test("formatProgress() shows step, loss, rate and time left", () => {
  assertEquals(formatProgress(STATE), "training 120/1000 (12 %), loss 0.43, 3.1 steps/s, 4 min 44 s left");
  assertEquals(formatProgress({ ...STATE, rate: undefined, note: "" }), "training 120/1000 (12 %)");
  assertEquals(
    formatProgress({ ...STATE, done: 1000, rate: 250.4 }),
    "training 1000/1000 (100 %), loss 0.43, 250 steps/s",
  );
  assertEquals(formatProgress({ ...STATE, done: 999, note: "" }), "training 999/1000 (99 %), 3.1 steps/s, 0 s left");
  assertEquals(
    formatProgress({ ...STATE, rate: 0.05, note: "" }, "draws"),
    "training 120/1000 (12 %), 20 s a draw, 4 h 53 min left",
  );
  assertEquals(
    formatProgress({ stage: "loading", done: 3, total: 0, note: "", rate: 1 }, "files"),
    "loading 3, 1.0 files/s",
  );
});

Deno.test("formatBar() fits the terminal", () => {
  assertEquals(formatBar({ ...STATE, rate: undefined, note: "" }, 46), "██▍░░░░░░░░░░░░░░░░░ training 120/1000 (12 %)");
  assertEquals(formatBar({ ...STATE, done: 1000, note: "", rate: undefined }, 200).slice(0, 31), `${"█".repeat(30)} `);
  for (let columns = 0; columns < 120; columns++) {
    assert(formatBar(STATE, columns).length <= Math.max(0, columns - 1), `${columns} columns`);
  }
});

Deno.test("progressBar() redraws a terminal line at most ten times a second", () => {
  const { written, clock, bar } = recorded(() => 100);
  for (let step = 1; step <= 1000; step++) {
    clock.ms += 1;
    bar.report(step, 1000, `loss ${step}`);
  }
  assertEquals(written.length, 10);
  for (const text of written) assert(text.startsWith("\r") && text.endsWith("\x1b[K"), text);
  bar[Symbol.dispose]();
  assertEquals(written.length, 12);
  assertMatch(written[10]!, /training 1000\/1000 \(100 %\), loss 1000, 1000 steps\/s/);
  assertEquals(written[11], "\n");
});

Deno.test("progressBar() without a terminal writes a plain line every five seconds and one at the end", () => {
  const { written, clock, bar } = recorded(undefined);
  for (let step = 1; step <= 122; step++) {
    clock.ms += 100;
    bar.report(step, 122);
  }
  bar[Symbol.dispose]();
  bar[Symbol.dispose]();
  assertEquals(written, [
    "training 50/122 (40 %), 10 steps/s, 7 s left\n",
    "training 100/122 (81 %), 10 steps/s, 2 s left\n",
    "training 122/122 (100 %), 10 steps/s\n",
  ]);
});

Deno.test("progressBar() counts the rate from where a resumed run begins", () => {
  const { written, clock, bar } = recorded(undefined);
  for (let step = 900; step <= 1000; step++) {
    clock.ms += 500;
    bar.report(step, 2000);
  }
  bar[Symbol.dispose]();
  assertMatch(written[0]!, /^training 909\/2000 \(45 %\), 2\.0 steps\/s, 9 min 06 s left\n$/);
});

Deno.test("progressBar() notices that the work became slower", () => {
  const { written, clock, bar } = recorded(undefined);
  for (let step = 1; step <= 200; step++) {
    clock.ms += step <= 100 ? 100 : 1000;
    bar.report(step, 1000);
  }
  bar[Symbol.dispose]();
  assertMatch(written.at(-1)!, /, 1\.0 steps\/s, 13 min \d\d s left\n$/);
});

Deno.test("progressBar() says a sentence without mixing it into the bar", () => {
  const { written, bar } = recorded(() => 60);
  bar.report(1, 10);
  bar.say("Checkpoint saved");
  assertEquals(written[1], "\r\x1b[KCheckpoint saved\n");
  assertMatch(written[2]!, /^\r.*training 1\/10/);
  const plain = recorded(undefined);
  plain.bar.say("Checkpoint saved");
  plain.bar[Symbol.dispose]();
  assertEquals(plain.written, ["Checkpoint saved\n"]);
});

Deno.test("progressBar() of nothing writes nothing", () => {
  const { written, bar } = recorded(() => 60);
  bar[Symbol.dispose]();
  assertEquals(written, []);
});

Deno.test("progressBar() writes to standard error and leaves standard output alone", async () => {
  const module = new URL("../../experiments/progress.ts", import.meta.url).href;
  const program = `import { progressBar } from ${JSON.stringify(module)};
    using bar = progressBar("sampling", { unit: "draws" });
    bar.report(1, 2);
    bar.report(2, 2, "done");`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: ["eval", program] }).output();
  assertEquals(stdout.length, 0);
  assertMatch(new TextDecoder().decode(stderr), /^sampling 2\/2 \(100 %\), done, \S+ draws\/s\n$/);
});

Deno.test("progressBar() goes on when nobody reads standard error any more", async () => {
  const module = new URL("../../experiments/progress.ts", import.meta.url).href;
  const program = `import { progressBar } from ${JSON.stringify(module)};
    using bar = progressBar("sampling", { interval: 0 });
    for (let i = 1; i <= 20; i++) {
      bar.report(i, 20);
      await new Promise((done) => setTimeout(done, 20));
    }
    console.log("done");`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", program], stdout: "piped", stderr: "piped" })
    .spawn();
  const output = new Response(child.stdout).text();
  const reader = child.stderr.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals((await child.status).code, 0);
  assertEquals(await output, "done\n");
});
