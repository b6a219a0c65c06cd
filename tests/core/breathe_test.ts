import { breathe } from "../../core/mod.ts";
import { assertEquals, assertGreater } from "../assert.ts";

/** Works on the host without a break, except for `breathe()`, until a signal arrives or five seconds are over. */
const BUSY = `
import { breathe } from ${JSON.stringify(new URL("../../core/breathe.ts", import.meta.url).href)};
let seen = false;
Deno.addSignalListener("SIGINT", () => seen = true);
console.log("ready");
const began = performance.now();
while (!seen && performance.now() - began < 5000) {
  const start = performance.now();
  while (performance.now() - start < 20);
  await breathe();
}
Deno.exit(seen ? 0 : 1);
`;

Deno.test({
  name: "breathe() lets a signal through to work that never leaves its task otherwise",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const script = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(script, BUSY);
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-check", "-A", script],
        stdout: "piped",
      }).spawn();
      const output = child.stdout.getReader();
      await output.read();
      child.kill("SIGINT");
      assertEquals((await child.status).code, 0);
      await output.cancel();
    } finally {
      await Deno.remove(script);
    }
  },
});

Deno.test("breathe() costs next to nothing between turns", async () => {
  await breathe();
  const began = performance.now();
  let calls = 0;
  while (performance.now() - began < 30) {
    await breathe();
    calls++;
  }
  assertGreater(calls, 1000);
});
