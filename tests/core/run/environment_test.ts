import { gitCommit } from "../../../core/run/git.ts";
import { describeEnvironment } from "../../../core/run/mod.ts";
import { assertEquals, assertMatch } from "../../assert.ts";
import { inTempFolder } from "./helpers.ts";

function git(folder: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"];
  const { success, stdout, stderr } = new Deno.Command("git", { args: ["-C", folder, ...identity, ...args] })
    .outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("describeEnvironment() records versions, backend and machine", async () => {
  await inTempFolder(async (folder) => {
    const environment = await describeEnvironment({
      versions: { morphogen: "0.1.0", tfjs: "4.22.0" },
      backend: "native",
      device: { library: "libopenblas.so.0", threads: 2 },
      folder,
    });
    assertEquals(environment.versions, { morphogen: "0.1.0", tfjs: "4.22.0", ...Deno.version });
    assertEquals([environment.backend, environment.os, environment.arch], ["native", Deno.build.os, Deno.build.arch]);
    assertEquals(environment.commit, null);
    assertEquals<unknown>(JSON.parse(JSON.stringify(environment)), environment);
  });
});

Deno.test({
  name: "describeEnvironment() leaves out what it may not ask",
  permissions: { read: true },
  async fn(): Promise<void> {
    const { release, memory } = await describeEnvironment({ versions: {}, backend: "cpu", device: {}, folder: "/" });
    assertEquals([release, memory], [null, null]);
  },
});

Deno.test("gitCommit() equals git rev-parse for branches, packed branches, detached heads and worktrees", async () => {
  await inTempFolder(async (folder) => {
    assertEquals(await gitCommit(folder), undefined);
    git(folder, "init", "-q");
    assertEquals(await gitCommit(folder), undefined);
    git(folder, "commit", "-q", "--allow-empty", "-m", "one");
    const first = git(folder, "rev-parse", "HEAD");
    assertMatch(first, /^[0-9a-f]{40}$/);
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    assertEquals(await gitCommit(`${folder}/a/b/`), first);
    git(folder, "pack-refs", "--all");
    assertEquals(await gitCommit(folder), first);
    git(folder, "worktree", "add", "-q", "-b", "side", `${folder}/tree`);
    git(`${folder}/tree`, "commit", "-q", "--allow-empty", "-m", "two");
    assertEquals(await gitCommit(`${folder}/tree`), git(`${folder}/tree`, "rev-parse", "HEAD"));
    git(folder, "pack-refs", "--all");
    assertEquals(await gitCommit(`${folder}/tree`), git(`${folder}/tree`, "rev-parse", "HEAD"));
    git(folder, "checkout", "-q", "--detach", first);
    assertEquals(await gitCommit(folder), first);
  });
});
