import { inTempFolder } from "../core/run/helpers.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { exists, run } from "./process.ts";
import { checkpoints, onlyRun, TOY } from "./toy_runs.ts";

const SPECIFIER = "--plugin=./tests/experiments/outside_plugin.ts";

Deno.test("exp --plugin runs a plugin from outside; what fails in its evaluation leaves the training", () =>
  inTempFolder(async (out) => {
    const obstacle = `${out}/obstacle`;
    await Deno.writeTextFile(obstacle, "");
    const args = [...TOY, "--steps=30", SPECIFIER, `--set=plugin.config.obstacle=${obstacle}`, `--out=${out}/runs`];
    const failed = await run("exp", args);
    assertEquals(failed.code, 1);
    const text = failed.err.join("\n");
    assertMatch(
      text,
      /This is a bug in Morphogen or in a plugin, please report it with these lines:\nError: evaluation failed/,
    );
    assertMatch(text, /outside_plugin\.ts:\d+/);
    const folder = (await onlyRun(`${out}/runs`))!;
    assertEquals((await checkpoints(folder)).at(-1), "step-00000030");
    assertEquals(await exists(`${folder}/result.json`), false);

    await Deno.remove(obstacle);
    const again = await run("exp", args);
    assertEquals(again.code, 0, again.err.join("\n"));
    assert(again.err.includes("continuing at step 30 of 30"), again.err.join("\n"));
    const { rerun } = JSON.parse(await Deno.readTextFile(`${folder}/report.json`));
    assert(rerun[0].includes("--plugin ./tests/experiments/outside_plugin.ts"), rerun[0]);
    assert(rerun[1].endsWith("--plugin ./tests/experiments/outside_plugin.ts"), rerun[1]);
    const evaluated = await run("eval", [folder, SPECIFIER, "--json"]);
    assertEquals(evaluated.code, 0, evaluated.err.join("\n"));
    assertEquals(
      JSON.parse(evaluated.out).metrics,
      JSON.parse(await Deno.readTextFile(`${folder}/result.json`)).metrics,
    );
  }));
