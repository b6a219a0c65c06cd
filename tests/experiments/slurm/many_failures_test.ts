import { rng } from "../../../core/rng/stream.ts";
import { parseArguments } from "../../../experiments/arguments.ts";
import { experimentCommand } from "../../../experiments/child.ts";
import { planNamed } from "../../../experiments/many_runs.ts";
import { parseSlurmArguments } from "../../../experiments/slurm/flags.ts";
import { sweepOnSlurm } from "../../../experiments/slurm/sweep_on_slurm.ts";
import { assertEquals, assertGreater } from "../../assert.ts";
import { CHEAP, slurmTest } from "./helpers.ts";

const RUNS = 64;
const RETRIES = 6;
const SHARE = 0.1;

/**
 * Lets a run fail where the list of fates says so: `RUN ATTEMPT KIND SECONDS`. The run ends by itself or is killed, or
 * the batch script is killed and Slurm cleans up.
 */
const UNLUCKY = `#!/bin/bash
folder=$1; shift
run=$SLURM_ARRAY_TASK_ID
echo >> "$folder/attempts-$run"
read -r kind seconds < <(sed -n "s/^$run $(wc -l < "$folder/attempts-$run") //p" "$folder/fates")
[ -z "$kind" ] && exec "$@"
echo "fate: $kind after $seconds s" >> "$folder/met"
if [ "$kind" = exit ]; then sleep "$seconds"; echo "Cannot go on: an injected failure"; exit 1; fi
"$@" &
child=$!
sleep "$seconds"
[ "$kind" = script ] && kill -KILL $PPID
kill -KILL $child
wait $child
`;

/** One line per attempt that is to fail; kinds and moments come from a stream. */
function drawFates(): { readonly text: string; readonly first: number } {
  const stream = rng(64).fold("fates");
  const lines: string[] = [];
  for (let run = 1; run <= RUNS; run++) {
    for (let attempt = 1; attempt <= RETRIES; attempt++) {
      const [fails, kind, seconds] = stream.fold(run).fold(attempt).host.uniform(3);
      if (fails! >= SHARE) continue;
      lines.push(`${run} ${attempt} ${["kill", "exit", "script"][Math.floor(3 * kind!)]} ${seconds!.toFixed(2)}\n`);
    }
  }
  return { text: lines.join(""), first: lines.filter((line) => line.split(" ")[1] === "1").length };
}

slurmTest(`slurm brings all of ${RUNS} runs to their ends where one attempt in ten fails`, async (_, out) => {
  await Deno.mkdir(out);
  const { text, first } = drawFates();
  assertGreater(first, RUNS * SHARE / 2);
  await Deno.writeTextFile(`${out}/fates`, text);
  await Deno.writeTextFile(`${out}/unlucky.sh`, UNLUCKY, { mode: 0o755 });
  const seeds = Array.from({ length: RUNS }, (_, i) => i).join();
  const plan = await planNamed(parseArguments([...CHEAP, `--sweep=seed=${seeds}`, `--out=${out}/runs`]));
  const { command, args } = experimentCommand([]);
  const said: string[] = [];
  const began = performance.now();
  const outcome = await sweepOnSlurm(plan, {
    resources: parseSlurmArguments(["--time=10", "--cpus=1"]).slurm,
    watch: true,
    retries: RETRIES,
    poll: 1,
    program: { command: "bash", args: [`${out}/unlucky.sh`, out, command, ...args] },
    progress: { write: (text): number => said.push(text), columns: undefined },
  });
  const failures = said.filter((line) => line.includes("FAILED")).length;
  console.log(`${RUNS} runs, ${failures} failures, ${Math.round((performance.now() - began) / 1000)} s`);
  assertEquals(outcome.runs.filter(({ status }) => status !== "finished"), [], said.join(""));
  assertEquals(outcome.exitCode, 0);
  assertEquals(outcome.rows[0]?.metrics["w2"]?.n, RUNS);
  // An attempt that was to be killed after its end has not failed.
  assertGreater(failures, RUNS * SHARE / 3);
  const met = (await Deno.readTextFile(`${out}/met`)).trim().split("\n").length;
  assertEquals(failures <= met, true);
});
