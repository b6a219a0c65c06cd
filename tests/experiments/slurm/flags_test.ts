import { parseSlurmArguments, slurmHelp } from "../../../experiments/slurm/flags.ts";
import { ConfigError } from "../../../core/errors.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

function refusal(...args: readonly string[]): string {
  return assertThrows(() => parseSlurmArguments(args), ConfigError).message;
}

Deno.test("parseSlurmArguments() tells the flags of Slurm from those of the experiment", () => {
  const { experiment, slurm } = parseSlurmArguments(
    "toy --time 1:00:00 --set a=1 --gpus=a100:2 --sweep=b=1,2 --watch --retries 3 --sbatch account=lab".split(" "),
  );
  assertEquals([experiment.name, experiment.set, experiment.sweep], ["toy", ["a=1"], ["b=1,2"]]);
  assertEquals([slurm.time, slurm.gpus, slurm.watch, slurm.retries], ["1:00:00", "a100:2", true, 3]);
  assertEquals([slurm.sbatch, slurm.partition, slurm["array-limit"]], [["account=lab"], undefined, undefined]);
  // What looks like a flag of Slurm is a value here.
  assertEquals(parseSlurmArguments(["toy", "--set=--time"]).experiment.set, ["--time"]);
});

Deno.test("parseSlurmArguments() says what does not go with Slurm and what does", () => {
  assertStringIncludes(refusal("toy", "--jobs=2"), "use --array-limit");
  assertStringIncludes(refusal("toy", "--fresh"), "choose another --out");
  assertStringIncludes(refusal("toy", "--parallel=mpi"), "start deno task exp by srun");
  assertStringIncludes(refusal("toy", "--print-config"), "deno task exp");
  assertStringIncludes(refusal("toy", "--retries=2"), 'needs "--watch"');
  assertStringIncludes(
    refusal("toy", "--cpus", "many"),
    'Flag "--cpus" expects a whole number of at least 1, got "many"',
  );
  assertStringIncludes(refusal("toy", "--gpus", "--watch"), 'Flag "--gpus" needs a value: --gpus 1');
  assertStringIncludes(refusal("toy", "--sbatch=--wrap=rm"), "expects an option such as account=lab");
  assertStringIncludes(refusal("toy", "--sbatch", "wrap=rm"), 'cannot set "wrap=rm"');
  assertStringIncludes(refusal("toy", "--partitoin=x"), "--partitoin");
});

Deno.test("slurmHelp() has all flags with their defaults", () => {
  for (const flag of ["--partition", "--time", "--watch", "--retries", "default: 60"]) {
    assertStringIncludes(slurmHelp(), flag);
  }
});
