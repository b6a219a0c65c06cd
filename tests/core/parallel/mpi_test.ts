import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";
import { ended, LAUNCHERS } from "./mpirun.ts";

const PROGRAM = ["run", "--quiet", "--no-check", "--allow-env", "--allow-ffi", "tests/core/parallel/mpi_program.ts"];

function lines(out: string): Record<string, unknown>[] {
  const found = out.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  return found.sort((a, b) => a.rank - b.rank);
}

for (const { name, start } of LAUNCHERS) {
  Deno.test(`${name}: four ranks add up alike, and timers go on while they wait`, async () => {
    const { code, out, err } = await ended(start(4, [...PROGRAM, "sum"]));
    assertEquals(code, 0, err);
    const said = lines(out);
    assertEquals(said.map(({ rank, size }) => [rank, size]), [[0, 4], [1, 4], [2, 4], [3, 4]]);
    for (const { same, each, few, words, ticks, rank } of said) {
      assertEquals([same, each, words], [1, 10, [100, 101, 102, 103]]);
      const [sum, poisoned, negative] = few as number[];
      assertAlmostEquals(sum!, 1, 1e-6);
      assertEquals([poisoned, negative], [null, -6]);
      if (rank !== 0) assert((ticks as number) > 2, `${ticks} ticks in 300 ms`);
    }
    assertEquals(new Set(said.map(({ few }) => JSON.stringify(few))).size, 1);
  });

  Deno.test(`${name}: a rank that fails is named to the others`, async () => {
    const { code, out, err } = await ended(start(3, [...PROGRAM, "fail"]));
    assertEquals(code, 0, err);
    const sentence = "Rank 1 of 3 has ended the job: Cannot do it";
    assertEquals(lines(out), [{ rank: 0, sentence, kind: true }, { rank: 2, sentence, kind: true }]);
  });
}
