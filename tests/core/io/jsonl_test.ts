import { CheckpointError } from "../../../core/errors.ts";
import { crc32c } from "../../../core/io/crc32c.ts";
import { appendJsonLine, readJsonLines } from "../../../core/io/jsonl.ts";
import { assertEquals, assertRejects } from "../../assert.ts";

/** A device that is always full; Deno opens it with all permissions only. */
const HAS_FULL_DEVICE = Deno.build.os === "linux" && Deno.permissions.querySync({ name: "sys" }).state === "granted";

async function withFile(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(`${folder}/metrics.jsonl`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("appendJsonLine() appends lines that readJsonLines() reads", () =>
  withFile(async (path) => {
    const lines = [{ step: 1, loss: 0.1 }, { step: 2, name: "ä\n🧬", parts: { x: [1, null] } }, {}];
    for (const line of lines) await appendJsonLine(path, line);
    assertEquals(await readJsonLines(path), lines);
    assertEquals((await Deno.readTextFile(path)).split("\n").length, 4);
  }));

Deno.test("readJsonLines() skips a truncated last line, wherever it was cut", () =>
  withFile(async (path) => {
    const whole = new TextEncoder().encode('{"step":1}\n{"step":2,"name":"ä🧬"}\n');
    const second = whole.indexOf(0x0a) + 1;
    for (let length = second; length < whole.length; length++) {
      await Deno.writeFile(path, whole.subarray(0, length));
      const complete = length === whole.length - 1;
      assertEquals(await readJsonLines(path), complete ? [{ step: 1 }, { step: 2, name: "ä🧬" }] : [{ step: 1 }]);
    }
  }));

Deno.test("appendJsonLine() after a killed writer removes the part of a line and completes a whole one", () =>
  withFile(async (path) => {
    const third = '{"step":3,"crc32c":"23a2ee9f"}\n';
    await Deno.writeTextFile(path, '{"step":1}\n{"step":2');
    await appendJsonLine(path, { step: 3 });
    assertEquals(await Deno.readTextFile(path), `{"step":1}\n${third}`);
    await Deno.writeTextFile(path, '{"step":1}\n{"step":2}');
    await appendJsonLine(path, { step: 3 });
    assertEquals(await Deno.readTextFile(path), `{"step":1}\n{"step":2}\n${third}`);
    await Deno.writeTextFile(path, '{"step":1}\n{"step":2,"longer than the next line, by some":');
    await appendJsonLine(path, { step: 3 });
    assertEquals(await Deno.readTextFile(path), `{"step":1}\n${third}`);
    await Deno.writeTextFile(path, '{"st');
    await appendJsonLine(path, { step: 3 });
    assertEquals(await Deno.readTextFile(path), third);
  }));

Deno.test("readJsonLines() refuses other lines that are no objects, and names them", () =>
  withFile(async (path) => {
    for (const text of ['{"a":1}\n{"b\n{"c":3}\n', '{"a":1}\n[1]\n', '{"a":1}\n\n{"c":3}', '{"a":1}\n{"b\n']) {
      await Deno.writeTextFile(path, text);
      const error = await assertRejects(() => readJsonLines(path), CheckpointError);
      assertEquals(error.message, `Cannot read "${path}": line 2 is not a JSON object, remove or repair that line`);
    }
  }));

Deno.test("readJsonLines() refuses a line that does not have its checksum, and one that lost it", () =>
  withFile(async (path) => {
    const lines = ['{"step":1,"loss":0.5,"crc32c":"SUM"}', '{"step":2,"loss":0.25,"crc32c":"SUM"}'].map((line) => {
      const rest = `${line.slice(0, line.indexOf(',"crc32c"'))}}`;
      return line.replace("SUM", crc32c(new TextEncoder().encode(rest)).toString(16).padStart(8, "0"));
    });
    const [first, second] = lines as [string, string];
    await Deno.writeTextFile(path, `${first}\n${second}\n`);
    assertEquals(await readJsonLines(path), [{ step: 1, loss: 0.5 }, { step: 2, loss: 0.25 }]);
    await Deno.writeTextFile(path, `{"step":0}\n${first.replace("crc32c", "crc33c")}\n${second}`);
    assertEquals(await readJsonLines(path), [{ step: 0 }, { step: 1, loss: 0.5 }, { step: 2, loss: 0.25 }]);
    const damaged = [second.replace("0.25", "0.35"), second.replace(/"crc32c":"./, '"crc32c":"x'), '{"step":2}'];
    for (const last of damaged) {
      await Deno.writeTextFile(path, `${first}\n${last}\n`);
      const { message } = await assertRejects(() => readJsonLines(path), CheckpointError);
      assertEquals(message, `Cannot read "${path}": line 2 does not have its checksum, remove or repair that line`);
    }
    // A damaged line break is no unfinished line.
    await Deno.writeTextFile(path, `${first}\n${second}x`);
    await assertRejects(() => readJsonLines(path), CheckpointError, "line 2 is not a JSON object");
    await assertRejects(() => appendJsonLine(path, {}), CheckpointError, "its last line is damaged");
  }));

Deno.test("readJsonLines() and appendJsonLine() name a path that is not there", () =>
  withFile(async (path) => {
    await assertRejects(() => readJsonLines(path), CheckpointError, `Cannot read "${path}": there is no such file`);
    const append = (): Promise<void> => appendJsonLine(`${path}/none`, {});
    await assertRejects(append, CheckpointError, `Cannot write "${path}/none": its folder does not exist`);
  }));

Deno.test({
  name: "appendJsonLine() on a full disk says so",
  ignore: !HAS_FULL_DEVICE,
  fn: async () => {
    await assertRejects(
      () => appendJsonLine("/dev/full", { a: 1 }),
      CheckpointError,
      'Cannot write "/dev/full": the disk is full',
    );
  },
});
