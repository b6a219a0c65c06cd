import { applyOverrides } from "../../core/mod.ts";
import { parseArguments } from "../../experiments/arguments.ts";
import { identityOf } from "../../experiments/identity.ts";
import { EXPERIMENTS } from "../../experiments/registry.ts";
import { overridesOf, rerunCommands } from "../../experiments/rerun.ts";
import { resolve, type Resolved } from "../../experiments/resolve.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { assertEquals } from "../assert.ts";

/** What a shell makes of a command line. */
function words(line: string): string[] {
  const { success, stdout } = new Deno.Command("sh", { args: ["-c", `printf '%s\\0' ${line}`] }).outputSync();
  assertEquals(success, true);
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

async function resolved(args: readonly string[]): Promise<Resolved> {
  const parsed = parseArguments(args);
  return await resolve(await EXPERIMENTS[parsed.name!]!(), parsed);
}

Deno.test({
  name: "rerunCommands() leads a shell back to the same settings, seed and data",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempFolder(async (folder) => {
      const file = `${folder}/some file.json`;
      await Deno.writeTextFile(file, '{"train":{"lr":0.125},"plugin":{"config":{"regions":{"pairs":8}}}}');
      await Deno.writeTextFile(`${folder}/data.json`, '{"data":"cells of mine.zarr"}');
      const cases: readonly (readonly string[])[] = [
        ["nicheflow-med"],
        ["nicheflow-med", "--steps=7", "--seed=3"],
        ["nicheflow-med", "--set=preset=code", "--set=train.steps=9", '--set=plugin.config.label=it\'s "so"'],
        ["nicheflow-med", "--set=preset=", "--set=plugin.name=cfm", "--set=plugin.config.condition=time"],
        ["nicheflow-med", "--set=dataset.name=zebrafish-embryo-stereoseq-pcs", `--config=${file}`],
        ["nicheflow-med", "--data=my cells.zarr", '--set=dataset.config.timeOrder=["E9.5","E 10"]'],
        ["nicheflow-med", `--config=${folder}/data.json`, "--set=dataset.config.label=5", "--seed=0"],
        ["cfm-toy", "--set=dataset.config.kind=spirals", "--set=train.lr=1e-3", "--set=train.lr=1e-4"],
      ];
      for (const args of cases) {
        const first = await resolved(args);
        const { settings: { seed }, location, experiment: { name } } = first;
        const set = await overridesOf(first);
        const [line] = rerunCommands({ experiment: name, folder: "runs/x", set, seed, data: location });
        const [deno, task, exp, ...again] = words(line!);
        assertEquals([deno, task, exp], ["deno", "task", "exp"]);
        const second = await resolved(again);
        assertEquals(second.settings, first.settings, line!);
        assertEquals(identityOf(second), identityOf(first), line!);
        assertEquals(await overridesOf(second), set);
      }
    }),
});

Deno.test("overridesOf() lists nothing but what differs", async () => {
  assertEquals(await overridesOf(await resolved(["cfm-toy", "--set=train.lr=2e-3"])), []);
  assertEquals(await overridesOf(await resolved(["cfm-toy", "--steps=5"])), ["train.steps=5"]);
});

Deno.test("resolve() takes the config.json of a run as --config, with its data", () =>
  inTempFolder(async (folder) => {
    const first = await resolved(["nicheflow-med", "--data=a.zarr", "--steps=5"]);
    const record = { format: 1, experiment: "nicheflow-med", seed: 1, hash: "0", config: identityOf(first) };
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(record));
    const again = await resolved(["nicheflow-med", `--config=${folder}/config.json`]);
    assertEquals(identityOf(again), identityOf(first));
    const moved = await resolved(["nicheflow-med", `--config=${folder}/config.json`, "--data=b.zarr"]);
    assertEquals(moved.location, "b.zarr");
  }));

Deno.test("resolve() reads names from overrides as applyOverrides() does", async () => {
  for (const set of ["preset=code", 'preset="code"', " preset=code", "preset =code"]) {
    assertEquals(applyOverrides({ preset: "" }, [set]).preset, "code");
    assertEquals((await resolved(["nicheflow-med", `--set=${set}`])).settings.preset, "code", set);
  }
});

Deno.test("resolve() gives a plugin from outside its own defaults", async () => {
  const experiment = await EXPERIMENTS["nicheflow-med"]!();
  const { plugin } = await import("../../plugins/cfm/mod.ts");
  const outside = { ...plugin, name: "mine", defaults: { ...plugin.defaults, batch: 7 } };
  const args = { set: [], config: undefined, data: undefined, seed: undefined, steps: undefined };
  const { settings } = await resolve(experiment, args, outside as never);
  assertEquals(settings.plugin, { name: "mine", config: { ...plugin.defaults, batch: 7 } });
});
