import { inTempFolder } from "../core/run/helpers.ts";
import { assert, assertEquals } from "../assert.ts";
import { run } from "./process.ts";
import { checkpoints, onlyRun, TOY } from "./toy_runs.ts";

const SPECIFIER = "--plugin=./tests/experiments/selecting_plugin.ts";

Deno.test("a model that scores its parameters is evaluated with the best that were saved, now and later", () =>
  inTempFolder(async (out) => {
    const args = [...TOY, SPECIFIER, "--steps=60", "--json", `--out=${out}`];
    const first = await run("exp", args);
    assertEquals(first.code, 0, first.err.join("\n"));
    const result = JSON.parse(first.out);
    const note = "the parameters are those of step 40, the best of those that were saved (score 0.900)";
    assert(result.notes.includes(note), result.notes.join("\n"));
    assertEquals(result.steps, 60);
    const folder = (await onlyRun(out))!;
    assertEquals(await checkpoints(folder), ["step-00000040", "step-00000060"]);
    const state = JSON.parse(await Deno.readTextFile(`${folder}/checkpoints/step-00000040/state.json`));
    assertEquals([state.best, state.meta.score], [true, 0.9]);
    const again = await run("eval", [folder, SPECIFIER, "--json"]);
    assertEquals(again.code, 0, again.err.join("\n"));
    assertEquals(JSON.parse(again.out).metrics, result.metrics);
    // Evaluation again has the same note, and the metrics are not those of the last parameters.
    assert(JSON.parse(again.out).notes.includes(note));
    await Deno.remove(`${folder}/checkpoints/step-00000040`, { recursive: true });
    const last = await run("eval", [folder, SPECIFIER, "--json"]);
    assert(JSON.stringify(JSON.parse(last.out).metrics) !== JSON.stringify(result.metrics));
  }));
