import { readMetrics } from "../../../core/mod.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";
import { ended, LAUNCHERS } from "../../core/parallel/mpirun.ts";
import { onlyRun, TOY } from "../toy_runs.ts";
import { slurmTest } from "./helpers.ts";

/** How srun tells ranks of each other, and the library that speaks so. */
const WAYS = [["pmix", "Open MPI"], ["pmi2", "MPICH"]] as const;

for (const [way, library] of WAYS.filter(([, library]) => LAUNCHERS.some(({ name }) => name === library))) {
  slurmTest(`srun --mpi=${way} starts the ranks of one training over ${library}`, async (_, out) => {
    await Deno.mkdir(out, { recursive: true });
    const program = [Deno.execPath(), "run", "--quiet", "--no-check", "-A", "experiments/main.ts"];
    const run = [...TOY, "--steps=3", "--parallel=mpi", "--json", `--out=${out}`];
    const args = ["-n2", `--mpi=${way}`, ...program, ...run];
    const { code, out: printed, err } = await ended(
      new Deno.Command("srun", { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn(),
    );
    assertEquals(code, 0, err);
    assertStringIncludes(err, `training on 2 ranks over ${library}`);
    const folder = (await onlyRun(out))!;
    assertEquals(JSON.parse(printed).run, folder);
    assertEquals((await readMetrics({ folder })).map(({ step }) => step), [1, 2, 3]);
  });
}
