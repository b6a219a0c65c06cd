import { exitCodeOf, watchSignals } from "../../../core/run/mod.ts";
import { assertEquals } from "../../assert.ts";

const INTERRUPT = new URL("../../../core/run/interrupt.ts", import.meta.url).href;

/** Polls as a training loop does; `ends` says whether it minds the signal. */
function program(ends: boolean): string {
  return `import { exitCodeOf, watchSignals } from ${JSON.stringify(INTERRUPT)};
    {
      using signals = watchSignals({ onSecond: (signal) => console.log("second " + signal) });
      signals.abort.addEventListener("abort", () => console.log("abort"));
      console.log("ready");
      while (${ends} ? signals.received === undefined : true) await new Promise((done) => setTimeout(done, 5));
      console.log("saved after " + signals.received);
      Deno.exitCode = exitCodeOf(signals.received);
    }`;
}

async function interrupt(
  ends: boolean,
  ...signals: readonly Deno.Signal[]
): Promise<readonly [number, string, string]> {
  const args = ["eval", program(ends)];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).spawn();
  const text = child.stderr.pipeThrough(new TextDecoderStream());
  const errors = Array.fromAsync(text).then((parts) => parts.join(""));
  let said = "";
  const queue = [...signals];
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += part;
    // Each signal waits for the answer to the one before, as a person would.
    const answered = said.split("\n").filter((line) => line === "ready" || line === "abort").length;
    while (queue.length > 0 && signals.length - queue.length < answered) child.kill(queue.shift()!);
  }
  return [(await child.status).code, said, await errors];
}

Deno.test("watchSignals() lets the loop finish on SIGINT", async () => {
  const [code, said, errors] = await interrupt(true, "SIGINT");
  assertEquals([code, said], [130, "ready\nabort\nsaved after SIGINT\n"]);
  assertEquals(errors, "SIGINT received, finishing the step and saving; once more stops at once\n");
});

Deno.test("watchSignals() lets the loop finish on SIGTERM", async () => {
  const [code, said] = await interrupt(true, "SIGTERM");
  assertEquals([code, said], [143, "ready\nabort\nsaved after SIGTERM\n"]);
});

Deno.test("watchSignals() stops at once on the second signal", async () => {
  const [code, said] = await interrupt(false, "SIGTERM", "SIGINT");
  assertEquals([code, said], [130, "ready\nabort\nsecond SIGINT\n"]);
});

Deno.test("watchSignals() hands signals back when it is disposed", () => {
  for (let i = 0; i < 3; i++) {
    using signals = watchSignals();
    assertEquals([signals.received, signals.abort.aborted], [undefined, false]);
  }
  assertEquals([exitCodeOf("SIGINT"), exitCodeOf("SIGTERM")], [130, 143]);
});
