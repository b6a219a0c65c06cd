import { parseQueue } from "../../../experiments/slurm/queue.ts";
import { lastWordsIn, readLastWords } from "../../../experiments/slurm/task_log.ts";
import { assertEquals } from "../../assert.ts";
import { inTempFolder } from "../../core/run/helpers.ts";

Deno.test("parseQueue() takes the task that is alive, else the latest", () => {
  const tasks = parseQueue(
    "12|1|PENDING\n9|1|FAILED\n9|2|RUNNING\n12|2|CANCELLED\n9|3|FAILED\n12|3|TIMEOUT\n12|4|REQUEUED\n",
  );
  assertEquals([...tasks.values()].map(({ job, index, state, alive }) => [job, index, state, alive]), [
    ["12_1", 0, "PENDING", true],
    ["9_2", 1, "RUNNING", true],
    ["12_3", 2, "TIMEOUT", false],
    ["12_4", 3, "REQUEUED", true],
  ]);
  // A job that is no array has no number of a task.
  assertEquals(parseQueue("13|N/A|RUNNING\n").size, 0);
});

const LOG = `== job 5_1 on a, start 1
Cannot train: the first
== exit code 1
== job 6_1 on a, start 1
training 1/2
== job 6_1 on b, start 2

Cannot train: the second
== exit code 2
== job 7_1 on c, start 1
slurmstepd: error: *** JOB 7 ON c CANCELLED ***
`;

Deno.test("lastWordsIn() finds what each task left", () => {
  assertEquals(lastWordsIn(LOG, "5_1"), { code: 1, line: "Cannot train: the first" });
  assertEquals(lastWordsIn(LOG, "6_1"), { code: 2, line: "Cannot train: the second" });
  assertEquals(lastWordsIn(LOG, "7_1"), { code: undefined, line: "slurmstepd: error: *** JOB 7 ON c CANCELLED ***" });
  assertEquals(lastWordsIn(LOG, "8_1"), undefined);
  assertEquals(lastWordsIn("== job 8_1 on a, start 1\n", "8_1"), { code: undefined, line: undefined });
  assertEquals(lastWordsIn("training\n== exit code 1\n", "8_1", false), { code: 1, line: "training" });
});

Deno.test("readLastWords() finds them at the end of a long log", () =>
  inTempFolder(async (folder) => {
    const path = `${folder}/log`;
    assertEquals(await readLastWords(path, "5_1"), undefined);
    await Deno.writeTextFile(
      path,
      `== job 5_1 on a, start 1\n${"training 1/2\n".repeat(200_000)}late\n== exit code 1\n`,
    );
    assertEquals(await readLastWords(path, "5_1"), { code: 1, line: "late" });
  }));
