import { chooseBackend } from "../../core/backend/mod.ts";
import { readSafetensors, writeSafetensors } from "../../core/io/safetensors.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { assertNoLeak, BACKENDS } from "../core/backends.ts";
import { hasShared, sharedPath } from "../shared.ts";
import type { Line } from "./compare.ts";
import { allFixtures, checkFixture } from "./main.ts";

const MAIN = new URL("main.ts", import.meta.url).pathname;

/** How the fixture and the tensor of a failed line differ. */
function describe({ check, note, ...numbers }: Line): string {
  return `${check}: ${note ?? JSON.stringify(numbers)}`;
}

for (const backend of BACKENDS) {
  for (const file of hasShared ? allFixtures(sharedPath("fixtures/")) : []) {
    const name = file.pathname.split("/").slice(-2).join("/");
    Deno.test(`our code agrees with the authors' program on ${name} on ${backend}`, async () => {
      await chooseBackend(backend);
      await assertNoLeak(async () => {
        const lines = await checkFixture(file);
        assert(lines.length > 0);
        assertEquals(lines.filter(({ ok }) => !ok).map(describe), []);
      });
    });
  }
}

/** The fixtures that the specification of NicheFlow goes with. */
const NICHEFLOW = [
  "classifier_metrics",
  "losses_velocity",
  "ot_coupling",
  "pc_sampling",
  "pc_training",
  "pc_transformer_forward",
  "preprocessing",
  "sp_mlp",
];

Deno.test({
  name: "every result in every fixture of nicheflow is compared",
  ignore: !hasShared,
  fn: async () => {
    await chooseBackend("cpu");
    const files = allFixtures(sharedPath("fixtures/")).filter(({ pathname }) => pathname.includes("/nicheflow/"));
    const names = files.map(({ pathname }) => pathname.split("/").at(-1)!.replace(".safetensors", ""));
    assertEquals(NICHEFLOW.filter((name) => !names.includes(name)), []);
    for (const file of files) {
      const stored = Object.keys(readSafetensors(await Deno.readFile(file)).tensors);
      const compared = (await checkFixture(file)).map(({ check }) => check);
      const results = stored.filter((name) => name.startsWith("out/"));
      assertEquals(compared.filter((name) => name.startsWith("out/")).sort(), results.sort());
    }
  },
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function command(...args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "--backend=cpu", ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), error: text.decode(stderr) };
}

/** Lines of an error output without what Deno itself says about type checks and downloads. */
function sentences(error: string): string[] {
  return error.split("\n").filter((line) => line !== "" && !/^(Check|Download|Warning) /.test(line));
}

Deno.test({
  name: "deno task parity --json prints one object per check and exits 0 if all agree",
  ignore: !hasShared,
  fn: async () => {
    const { code, out } = await command("--json", "--fixture", "nicheflow/losses_velocity");
    assertEquals(code, 0);
    const lines = out.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.length, 14);
    for (const line of lines) {
      assertEquals(Object.keys(line), ["fixture", "check", "max_abs", "max_rel", "tol", "ok"]);
      assertEquals([line.fixture, line.ok], ["nicheflow/losses_velocity", true]);
      assert(line.max_abs <= line.tol || line.check.endsWith("_vf"));
    }
  },
});

Deno.test({
  name: "deno task parity exits 1 for a fixture file whose values differ",
  ignore: !hasShared,
  fn: async () => {
    const file = await Deno.makeTempFile({ suffix: ".safetensors" });
    try {
      const stored = sharedPath("fixtures/nicheflow/losses_velocity.safetensors");
      const { tensors, metadata } = readSafetensors(await Deno.readFile(stored));
      tensors["out/interp_x"]!.data[7]! += 1e-3;
      await Deno.writeFile(file, writeSafetensors(tensors, metadata));
      const { code, out } = await command("--json", `--fixture=${file}`);
      assertEquals(code, 1);
      const bad = out.trim().split("\n").map((line) => JSON.parse(line)).filter(({ ok }) => !ok);
      assertEquals(bad.map(({ check }) => check), ["out/interp_x"]);
      assert(Math.abs(bad[0].max_abs - 1e-3) < 1e-6 && bad[0].max_abs > bad[0].tol);
    } finally {
      await Deno.remove(file);
    }
  },
});

Deno.test("deno task parity says in one sentence what it cannot check", async () => {
  const absent = await command("--json", "--fixture", "/nowhere/pc_training.safetensors");
  assertEquals([absent.code, absent.out, sentences(absent.error).length], [1, "", 1]);
  assertStringIncludes(absent.error, "Cannot check parity: there is no file /nowhere/pc_training.safetensors");
  const unknown = await command("--fixture", "nicheflow/pc_trainign");
  assertEquals([unknown.code, unknown.out, sentences(unknown.error).length], [1, "", 1]);
  const usage = await command("--fixtures", "nicheflow");
  assertEquals([usage.code, sentences(usage.error).length], [2, 1]);
});

Deno.test("parity() exits 1 with one sentence where there are no fixtures", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const module = `import { parity } from ${JSON.stringify(import.meta.resolve("./main.ts"))};
      Deno.exit(await parity([], new URL("file://${folder}/")));`;
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--config", new URL("../../deno.json", import.meta.url).pathname, module],
      env: { NO_COLOR: "1" },
    }).output();
    const said = sentences(new TextDecoder().decode(stderr));
    assertEquals([code, said.length], [1, 1]);
    assertStringIncludes(said[0]!, "Cannot check parity: there are no fixtures in");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

if (!hasShared) {
  Deno.test({ name: "our code agrees with the authors' programs", ignore: true, fn: () => {} });
}
