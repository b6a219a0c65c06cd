import { CheckpointError } from "../../../core/errors.ts";
import { isFileFailure, replaceFolderAtomic, writeError, writeFileAtomic } from "../../../core/io/atomic.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";

/** A device that is always full; Deno opens it with all permissions only. */
const HAS_FULL_DEVICE = Deno.build.os === "linux" && Deno.permissions.querySync({ name: "sys" }).state === "granted";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("writeFileAtomic() writes and replaces bytes and text", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    assertEquals(await Deno.readFile(path), Uint8Array.of(1, 2, 3));
    await writeFileAtomic(path, "Größe 🧬");
    assertEquals(await Deno.readTextFile(path), "Größe 🧬");
    await writeFileAtomic(path, "");
    assertEquals(await Deno.readTextFile(path), "");
    const large = new Uint8Array(5_000_000).map((_, i) => i * 31);
    await writeFileAtomic(path, large);
    assertEquals(await Deno.readFile(path), large);
    assertEquals(await namesIn(folder), ["file"]);
  }));

Deno.test({
  name: "writeFileAtomic() on a full disk says so, keeps the old file and removes its own",
  ignore: !HAS_FULL_DEVICE,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/file`;
      await Deno.writeTextFile(path, "old");
      // What is written to the temporary sibling goes to a device that is always full.
      await Deno.symlink("/dev/full", `${path}.partial-${Deno.pid}`);
      const error = await assertRejects(() => writeFileAtomic(path, "new"), CheckpointError);
      assertEquals(error.message, `Cannot write "${path}": the disk is full, free space or choose another folder`);
      assertEquals(await Deno.readTextFile(path), "old");
      assertEquals(await namesIn(folder), ["file"]);
    }),
});

Deno.test("writeFileAtomic() names the path and the reason of a failure", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.mkdir(`${folder}/dir/inner`, { recursive: true });
    const reasonOf = async (path: string): Promise<string> => {
      const error = await assertRejects(() => writeFileAtomic(path, "x"), CheckpointError);
      assertStringIncludes(error.message, `Cannot write "${path}": `);
      return error.message.slice(`Cannot write "${path}": `.length);
    };
    assertEquals(await reasonOf(`${folder}/none/file`), "its folder does not exist, create it first");
    assertEquals(await reasonOf(`${folder}/file/x`), "a part of the path is a file, choose another path");
    assertEquals(await reasonOf(`${folder}/dir`), "a folder of that name is in the way, choose another name");
    assertEquals(await namesIn(folder), ["dir", "file"]);
  }));

Deno.test("writeError() knows the reasons that tests cannot bring about", () => {
  const failure = (code: string): string => writeError("/x", Object.assign(new Error("os error"), { code })).message;
  assertEquals(failure("EROFS"), 'Cannot write "/x": the file system is read-only, choose another folder');
  assertEquals(failure("EACCES"), 'Cannot write "/x": there is no permission to write there, choose another folder');
  assertEquals(failure("EDQUOT"), 'Cannot write "/x": the disk quota is used up, free space or choose another folder');
  const uncoded = new Error("File too large (os error 27)");
  assertStringIncludes(writeError("/x", uncoded).message, "or a limit (ulimit -f) allows, raise it or choose another");
  assertEquals([isFileFailure(uncoded), isFileFailure(new Error("something else"))], [true, false]);
  assertEquals(failure("EOTHER"), 'Cannot write "/x": os error');
});

Deno.test("replaceFolderAtomic() creates a folder and replaces it only after success", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a/store`;
    const fillWith = (name: string) => (partial: string): Promise<void> => Deno.writeTextFile(`${partial}/${name}`, "");
    await replaceFolderAtomic(path, fillWith("one"));
    assertEquals(await namesIn(path), ["one"]);
    const fail = async (partial: string): Promise<void> => {
      await fillWith("two")(partial);
      assertEquals(await namesIn(path), ["one"]);
      throw new RangeError("stop");
    };
    await assertRejects(() => replaceFolderAtomic(path, fail), RangeError, "stop");
    assertEquals(await namesIn(path), ["one"]);
    // What a killed process left behind is not taken over.
    await Deno.mkdir(`${path}.partial`);
    await Deno.writeTextFile(`${path}.partial/stale`, "");
    await replaceFolderAtomic(`${path}/`, fillWith("three"));
    assertEquals(await namesIn(path), ["three"]);
    assertEquals(await namesIn(`${folder}/a`), ["store"]);
  }));

Deno.test("replaceFolderAtomic() names the path and the reason of a failure", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const path = `${folder}/file/store`;
    const replace = (): Promise<void> => replaceFolderAtomic(path, () => Promise.resolve());
    const error = await assertRejects(replace, CheckpointError);
    assertEquals(error.message, `Cannot write "${path}": a part of the path is a file, choose another path`);
  }));
