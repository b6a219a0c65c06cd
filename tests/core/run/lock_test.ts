import { CheckpointError } from "../../../core/errors.ts";
import { lockFolder } from "../../../core/run/lock.ts";
import { assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { inTempFolder } from "./helpers.ts";

const LOCK = new URL("../../../core/run/lock.ts", import.meta.url).href;

Deno.test("lockFolder() keeps a second claim out until the first is let go", async () => {
  await inTempFolder(async (folder) => {
    const lock = await lockFolder(folder);
    const { message } = await assertRejects(() => lockFolder(folder), CheckpointError);
    const { since } = JSON.parse(await Deno.readTextFile(`${folder}/.lock`));
    assertMatch(since, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    assertEquals(
      message,
      `Cannot use run folder "${folder}": since ${since} on ${Deno.hostname()}, process ${Deno.pid} is writing it; ` +
        "wait for it or choose another folder with --out",
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
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/.lock`)).pid, Deno.pid);
  });
});

Deno.test("lockFolder() believes no file: what an earlier holder wrote, or damage to it, keeps nobody out", async () => {
  await inTempFolder(async (folder) => {
    // A process number that is in use again, of another host, in the future; and no JSON.
    const texts = [`{"pid":${Deno.ppid},"host":"elsewhere","since":"2999-01-01 00:00:00 UTC"}`, "\0\0\0", ""];
    for (const text of texts) {
      await Deno.writeTextFile(`${folder}/.lock`, text);
      (await lockFolder(folder))[Symbol.dispose]();
    }
    using held = await Deno.open(`${folder}/.lock`, { read: true, write: true });
    await held.lock(true);
    for (
      const [text, who] of [
        [texts[0]!, `since 2999-01-01 00:00:00 UTC on elsewhere, process ${Deno.ppid} is writing it`],
        ['{"pid":12}', ": process 12 is writing it"],
        [texts[1]!, ": another process is writing it"],
        ["", ": another process is writing it"],
      ] as const
    ) {
      await Deno.writeTextFile(`${folder}/.lock`, text);
      await assertRejects(() => lockFolder(folder), CheckpointError, who);
    }
  });
});

Deno.test("lockFolder() waits for one who lets go in a moment, as one who only looks does", async () => {
  await inTempFolder(async (folder) => {
    const first = await lockFolder(folder);
    setTimeout(() => first[Symbol.dispose](), 80);
    (await lockFolder(folder))[Symbol.dispose]();
  });
});
