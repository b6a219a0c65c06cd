/** Stands in for `experiments/main.ts`: does what `--set mode=...` says, and keeps a diary under `--out`. */
import { watchSignals } from "../../core/run/interrupt.ts";
import { lockFolder } from "../../core/run/lock.ts";
import { readResult, writeResult } from "../../core/run/result.ts";
import { type ExperimentArguments, parseArguments } from "../../experiments/arguments.ts";

/** Last value of a setting. */
export function settingOf(args: Pick<ExperimentArguments, "set">, path: string): string | undefined {
  return args.set.findLast((text) => text.startsWith(`${path}=`))?.slice(path.length + 1);
}

/** Folder of the run that these arguments describe. */
export function folderOf(args: ExperimentArguments): string {
  return `${args.out}/${args.name}/${args.set.join("+")}-s${args.seed ?? 0}`;
}

/** Leave no room on the disk. */
async function fillDisk(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, append: true });
  try {
    for (;;) await file.write(new Uint8Array(512));
  } catch {
    // Full.
  }
}

if (import.meta.main) {
  const args = parseArguments(Deno.args);
  const folder = folderOf(args);
  await Deno.mkdir(folder, { recursive: true });
  using _lock = await lockFolder(folder);
  const earlier = args.fresh ? undefined : await readResult({ folder });
  if (earlier !== undefined) {
    // Another process finished it while this one started.
    console.log(JSON.stringify(earlier));
    Deno.exit(0);
  }
  await Deno.writeTextFile(`${args.out}/diary`, `${Deno.args.join(" ")}\n`, { append: true });
  console.error("training 1/2");
  const mode = settingOf(args, "mode") ?? "finish";
  if (mode === "fail") {
    console.error("Cannot train: mode is fail\n");
    Deno.exit(1);
  }
  if (mode === "silent") Deno.exit(0);
  if (mode === "slow") await new Promise((done) => setTimeout(done, 400));
  if (mode === "fill") await fillDisk(`${args.out}/filler`);
  if (mode === "wait") {
    using signals = watchSignals({ notify: () => {} });
    console.error("waiting");
    while (!signals.abort.aborted) await new Promise((done) => setTimeout(done, 5));
    // Long enough for a second signal to arrive, if the sweep sent one.
    await new Promise((done) => setTimeout(done, 50));
    await Deno.writeTextFile(`${folder}/checkpoint`, "");
    Deno.exit(130);
  }
  const seed = args.seed ?? 0;
  const size = Number(settingOf(args, "size") ?? 0);
  const result = {
    experiment: args.name ?? "",
    run: folder,
    seed,
    backend: "cpu",
    steps: 2,
    seconds: 0,
    data: "none",
    params: 0,
    metrics: { loss: size + seed ** 2, broken: seed === 3 ? null : 1 },
  };
  if (mode !== "fill") await writeResult({ folder }, result);
  console.log(JSON.stringify(result));
}
