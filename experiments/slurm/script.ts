import type { ChildCommand } from "../child.ts";
import type { SweepPlan } from "../plan.ts";
import { quoted } from "../shell_word.ts";

/** First words of the line that a task writes into its run's log when it begins; the job's number follows. */
export const TASK_BEGINS = "== job";

/** First words of the line that a task writes into its run's log when it ends by itself; the exit code follows. */
export const TASK_ENDS = "== exit code";

/** Exit code of a task whose time limit leaves it no way to get on. */
export const NO_PROGRESS = 75;

function words(texts: readonly string[]): string {
  return texts.map(quoted).join(" ");
}

/** What a task of the array does, once it knows its folder and its arguments. */
const BODY = `
# A run takes the processor cores that it was given, not all that the machine has.
export OPENBLAS_NUM_THREADS="\${OPENBLAS_NUM_THREADS:-\${SLURM_CPUS_PER_TASK:-1}}"

id="\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
echo "${TASK_BEGINS} $id on $(hostname), start $((\${SLURM_RESTART_COUNT:-0} + 1))"

saved() { ls "$folder/checkpoints" 2>/dev/null; }
before=$(saved)
child='' expiring='' woken=''

# Slurm's warning before the time limit reaches this shell alone; on SIGTERM the run saves and ends with code 143.
expire() {
  woken=1 expiring=1
  echo "== the time limit is near, saving"
  [ -n "$child" ] && kill -TERM "$child" 2>/dev/null
}
trap expire USR1
# scancel and preemption reach the run by themselves: this shell only waits until it has saved.
trap 'woken=1' TERM

"\${program[@]}" "\${arguments[@]}" </dev/null &
child=$!
[ -n "$expiring" ] && kill -TERM "$child"
while :; do
  woken=''
  wait "$child"
  code=$?
  # A signal that arrives ends the waiting, not the run.
  [ -z "$woken" ] && break
done

if [ -n "$expiring" ] && [ "$code" -eq 143 ]; then
  if [ "$(saved)" != "$before" ]; then
    scontrol requeue "$id" && exit 0
  else
    echo "Cannot go on: between its start and the time limit the run saved nothing; give it more --time or --grace"
    code=${NO_PROGRESS}
  fi
fi
echo "${TASK_ENDS} $code"
exit "$code"
`;

/**
 * Write the batch script of a sweep: a task of the array is the run whose number it has, from 1.
 *
 * @param plan The sweep.
 * @param program Command that runs an experiment; its arguments follow.
 * @returns A bash script; no setting, path or name can break out of its quotes.
 */
export function batchScript(plan: SweepPlan, program: ChildCommand): string {
  const runs = plan.runs.map(({ folder, arguments: args }, index) => {
    return `  ${index + 1})\n    folder=${quoted(folder)}\n    arguments=(${words(args)})\n    ;;`;
  });
  return [
    "#!/bin/bash",
    "# Written by deno task slurm: a task of the array is the run of the sweep that has its number.",
    "",
    `cd ${quoted(Deno.cwd())} || exit 1`,
    `program=(${words([program.command, ...program.args])})`,
    'case "$SLURM_ARRAY_TASK_ID" in',
    ...runs,
    "  *)",
    '    echo "Cannot find run $SLURM_ARRAY_TASK_ID of this sweep: submit it by deno task slurm" >&2',
    "    exit 1",
    "    ;;",
    "esac",
    BODY,
  ].join("\n");
}
