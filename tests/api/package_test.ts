import { dirname } from "node:path";
import { assert, assertEquals } from "../assert.ts";
import { inTempFolder } from "../core/run/helpers.ts";
import { denoIn, ROOT } from "../experiments/deno_in.ts";

/** Paths of the files that a publication would take. */
async function packedFiles(): Promise<readonly string[]> {
  const { code, out, err } = await denoIn(ROOT, ["publish", "--dry-run", "--allow-dirty", "--no-check"]);
  const text = `${out}\n${err}`;
  assertEquals(code, 0, text);
  const listed = [...text.matchAll(/^ +(file:\/\/\S+) \(/gm)].map(([, url]) => url!.slice(ROOT.href.length));
  assert(listed.length > 100, text);
  return [...new Set([...listed, "deno.json"])];
}

const PROGRAM = `
import { adamW, chooseBackend, constantSchedule, createTrainer, rng } from "@morphogen/morphogen";
import { plugin } from "@morphogen/morphogen/plugins/cfm";
import { pluginChecks, runChecks, tinyTissue } from "@morphogen/morphogen/testing";

await chooseBackend("cpu");
const data = tinyTissue();
const network = { ...plugin.defaults.network, hidden: 8, layers: 1, timeDim: 4 };
const model = plugin.build({ ...plugin.defaults, batch: 8, network }, data.spec);
using trainer = createTrainer({
  trainable: model.trainable,
  batches: await model.batches(data, rng(1)),
  optimizer: adamW({ schedule: constantSchedule(1e-3), weightDecay: 0 }),
  rng: rng(2),
});
const losses = [(await trainer.advance()).scalars["loss"], (await trainer.advance()).scalars["loss"]];
await runChecks(pluginChecks(plugin, { config: { batch: 8, network, sampling: { points: 3, cells: 8 } } }).slice(0, 2));
console.log(JSON.stringify({ losses, from: import.meta.resolve("@morphogen/morphogen") }));
`;

Deno.test("a program in an empty folder trains two steps with the packed package, not with the checkout", () =>
  inTempFolder(async (folder) => {
    const files = await packedFiles();
    const wrong = files.filter((path) => /^(tests|docs|runs|\.ci|\.github|datasets\/embedded)\//.test(path));
    assertEquals(wrong, [], "these files do not belong in the package");
    for (const path of files) {
      await Deno.mkdir(dirname(`${folder}/package/${path}`), { recursive: true });
      await Deno.copyFile(new URL(path, ROOT), `${folder}/package/${path}`);
    }
    const app = `${folder}/app`;
    await Deno.mkdir(app);
    const { version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
    const config = {
      links: ["../package"],
      imports: { "@morphogen/morphogen": `jsr:@morphogen/morphogen@^${version}` },
    };
    await Deno.writeTextFile(`${app}/deno.json`, JSON.stringify(config));
    await Deno.writeTextFile(`${app}/main.ts`, PROGRAM);
    const { code, out, err } = await denoIn(app, ["run", "--quiet", "--no-prompt", "--allow-env", "main.ts"]);
    assertEquals(code, 0, err);
    const { losses, from } = JSON.parse(out);
    assert(losses.length === 2 && losses.every(Number.isFinite), out);
    assertEquals(from, new URL("package/mod.ts", `file://${await Deno.realPath(folder)}/`).href);
  }));
