import { launcherOf, ONE_RANK, openRanks, RankError } from "../../../core/mod.ts";
import { assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { onLocalRanks } from "./local_ranks.ts";

Deno.test("ranks add up numbers and tell each other words", async () => {
  const results = await onLocalRanks(3, async (ranks) => {
    const values = Float32Array.of(1, ranks.rank);
    await ranks.sum(values);
    const words = await ranks.meet(10 * ranks.rank);
    await ranks.leave();
    return { sums: [...values], words };
  });
  for (const { sums, words } of results) assertEquals([sums, words], [[3, 3], [0, 10, 20]]);
});

Deno.test("ranks learn at their next meeting that one has failed, and why", async () => {
  const sentence = "Cannot read “é”: " + "x".repeat(1000);
  const outcomes = await onLocalRanks(3, async (ranks) => {
    if (ranks.rank === 1) {
      await ranks.fail(sentence);
      return undefined;
    }
    return await assertRejects(() => ranks.meet(7), RankError);
  });
  for (const error of [outcomes[0]!, outcomes[2]!]) {
    assertEquals(error.rank, 1);
    assertEquals(error.message, `Rank 1 of 3 has ended the job: ${sentence.slice(0, 600)}`);
  }
});

Deno.test("one rank agrees with itself", async () => {
  const values = Float32Array.of(2);
  await ONE_RANK.sum(values);
  assertEquals([values[0], await ONE_RANK.meet(5)], [2, [5]]);
});

const launchers: readonly (readonly [Readonly<Record<string, string>>, unknown])[] = [
  [{}, undefined],
  [{ OMPI_COMM_WORLD_SIZE: "2" }, { size: 2, family: "Open MPI", name: "mpirun of Open MPI" }],
  [{ PMI_SIZE: "3", PMI_RANK: "0" }, { size: 3, family: "MPICH", name: "mpirun of MPICH" }],
  [{ PMI_SIZE: "3", SLURM_STEP_NUM_TASKS: "3" }, { size: 3, family: "MPICH", name: "srun --mpi=pmi2" }],
  [{ PMIX_RANK: "0", SLURM_STEP_NUM_TASKS: "4" }, { size: 4, family: "Open MPI", name: "srun --mpi=pmix" }],
  [{ SLURM_STEP_NUM_TASKS: "4" }, { size: 4, name: "srun" }],
  // Within sbatch, but not started by srun.
  [{ SLURM_NTASKS: "4" }, undefined],
  [{ PMI_SIZE: "many" }, undefined],
];

for (const [env, expected] of launchers) {
  Deno.test(`launcherOf() of ${JSON.stringify(env)}`, () => {
    assertEquals(launcherOf((name) => env[name]), expected as ReturnType<typeof launcherOf>);
  });
}

Deno.test("openRanks() needs no library for a process that was started by itself", () => {
  assertEquals(openRanks(() => undefined), ONE_RANK);
});

Deno.test("openRanks() says what it looked for", () => {
  const env: Readonly<Record<string, string>> = { PMI_SIZE: "2", MORPHOGEN_MPI: "libnot-there.so.1" };
  assertThrows(
    () => openRanks((name) => env[name]),
    Error,
    "Cannot find an MPI library for --parallel mpi: looked for libnot-there.so.1; run ",
  );
});
