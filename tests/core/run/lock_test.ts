import { CheckpointError } from "../../../core/errors.ts";
import { lockFolder } from "../../../core/run/lock.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { inTempFolder } from "./helpers.ts";

const LOCK = new URL("../../../core/run/lock.ts", import.meta.url).href;

Deno.test("lockFolder() keeps a second claim out until the first is let go", async () => {
  await inTempFolder(async (folder) => {
    const lock = await lockFolder(folder);
    const { message } = await assertRejects(() => lockFolder(folder), CheckpointError);
    assertEquals(
      message,
      `Cannot use run folder "${folder}": process ${Deno.pid} is writing it; wait for it or choose another folder with --out`,
    );
    lock[Symbol.dispose]();
    lock[Symbol.dispose]();
    (await lockFolder(folder))[Symbol.dispose]();
  });
});

Deno.test("lockFolder() takes over from a process that was killed", async () => {
  await inTempFolder(async (folder) => {
    const program = `import { lockFolder } from ${JSON.stringify(LOCK)};
      await lockFolder(${JSON.stringify(folder)});
      console.log("locked");
      setInterval(() => {}, 1000);`;
    const child = new Deno.Command(Deno.execPath(), { args: ["eval", program], stdout: "piped" }).spawn();
    const reader = child.stdout.getReader();
    assertEquals(new TextDecoder().decode((await reader.read()).value), "locked\n");
    await assertRejects(() => lockFolder(folder), CheckpointError, `process ${child.pid} is writing it`);
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    (await lockFolder(folder))[Symbol.dispose]();
    assertEquals(await Deno.readTextFile(`${folder}/.lock`), `${Deno.pid}\n`);
  });
});
