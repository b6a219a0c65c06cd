import { planRuns } from "../../../experiments/plan.ts";
import { parseArguments } from "../../../experiments/arguments.ts";
import { quoted } from "../../../experiments/shell_word.ts";
import { batchScript } from "../../../experiments/slurm/script.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { inTempFolder } from "../../core/run/helpers.ts";

/** Settings that would do harm, or get lost, if they were not quoted. */
const HOSTILE = [
  "a=$(touch harm)",
  "a=`touch harm`",
  'a=it\'s "quoted"',
  "a='; touch harm; '",
  "a=x\ntouch harm\n",
  "a=* ~ {1,2} [0]=1",
  "a=\\ \\n \\'",
  "a=&& touch harm | touch harm > harm #",
  "a=ünïcødé ✓",
  "a=)\n;;\nesac\ntouch harm",
];

async function bash(path: string, env: Record<string, string>): Promise<Deno.CommandOutput> {
  return await new Deno.Command("bash", { args: [path], env, stdin: "null" }).output();
}

Deno.test({
  name: "batchScript() hands hostile settings on as they are",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempFolder(async (folder) => {
      const args = parseArguments(["toy", `--out=${folder}/it's $(here)`]);
      const requests = HOSTILE.map((setting, at) => ({ values: { at: String(at) }, set: [setting] }));
      const plan = await planRuns("toy", args, requests, (one) => Promise.resolve(`${folder}/${one.set.join()}`));
      const script = `${folder}/job.sh`;
      await Deno.writeTextFile(script, batchScript(plan, { command: "printf", args: ["<%s>", "a b"] }));
      for (const [at, run] of plan.runs.entries()) {
        const { code, stdout } = await bash(script, {
          SLURM_ARRAY_JOB_ID: "7",
          SLURM_ARRAY_TASK_ID: String(at + 1),
        });
        const text = new TextDecoder().decode(stdout);
        assertEquals(code, 0, text);
        assertStringIncludes(
          text,
          `\n${["a b", ...run.arguments].map((word) => `<${word}>`).join("")}== exit code 0\n`,
        );
      }
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["job.sh"]);
      const { code, stderr } = await bash(script, { SLURM_ARRAY_JOB_ID: "7", SLURM_ARRAY_TASK_ID: "11" });
      assertEquals(code, 1);
      assertStringIncludes(new TextDecoder().decode(stderr), "Cannot find run 11 of this sweep");
    }),
});

Deno.test({
  name: "batchScript() gives up a run that has saved nothing when its time limit is near",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempFolder(async (folder) => {
      const args = parseArguments(["toy", `--out=${folder}`]);
      const plan = await planRuns("toy", args, [{ values: {}, set: [] }], () => Promise.resolve(`${folder}/run`));
      // Ends as a run does on SIGTERM.
      const run = "trap 'exit 143' TERM; echo begun; sleep 5 & wait; echo never";
      await Deno.writeTextFile(`${folder}/job.sh`, batchScript(plan, { command: "bash", args: ["-c", run] }));
      const child = new Deno.Command("bash", {
        args: [`${folder}/job.sh`],
        env: { SLURM_ARRAY_JOB_ID: "7", SLURM_ARRAY_TASK_ID: "1" },
        stdout: "piped",
      }).spawn();
      let said = "";
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        if (said.includes("begun") !== (said += text).includes("begun")) child.kill("SIGUSR1");
        if (said.includes("== exit code")) break;
      }
      assertEquals((await child.status).code, 75);
      assertMatch(
        said,
        /== the time limit is near, saving\nCannot go on: .* give it more --time or --grace\n== exit code 75/,
      );
    }),
});

Deno.test("quoted() leaves plain words alone", () => {
  assertEquals(quoted("--set=train.lr=1e-3"), "--set=train.lr=1e-3");
  assertEquals(quoted(""), "''");
  assertEquals(quoted("it's"), "'it'\\''s'");
});
