import { CheckpointError, ConfigError } from "../../../core/errors.ts";
import { hashConfig } from "../../../core/config/mod.ts";
import {
  openRun,
  type OpenRunOptions,
  readRunRecord,
  reopenRun,
  runFolder,
  saveCheckpoint,
} from "../../../core/run/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../../assert.ts";
import { exampleTree, inTempFolder, namesIn, onSmallDisk } from "./helpers.ts";

const CONFIG = { train: { lr: 0.1, steps: 10 }, kind: "cfm" };

function options(root: string, more: Partial<OpenRunOptions> = {}): OpenRunOptions {
  const notify = (sentence: string): never => {
    throw new Error(`unexpected: ${sentence}`);
  };
  return { root, experiment: "toy", config: CONFIG, seed: 3, notify, ...more };
}

Deno.test("openRun() makes a folder named by configuration and seed", async () => {
  await inTempFolder(async (root) => {
    using run = await openRun(options(root, { overrides: ["kind=cfm"], versions: { morphogen: "0.1.0" } }));
    assertEquals(run.folder, `${root}/toy/${await hashConfig(CONFIG)}-s3`);
    assertEquals(run.folder, await runFolder({ root, experiment: "toy", config: CONFIG, seed: 3 }));
    const { sha256, ...record } = JSON.parse(await Deno.readTextFile(`${run.folder}/config.json`));
    assertMatch(sha256, /^[0-9a-f]{64}$/);
    assertEquals<unknown>(record, {
      format: 1,
      experiment: "toy",
      seed: 3,
      hash: await hashConfig(CONFIG),
      config: CONFIG,
      overrides: ["kind=cfm"],
      versions: { morphogen: "0.1.0" },
    });
    assert(Object.isFrozen(run.record.config));
    assert(!Object.isFrozen(CONFIG));
  });
});

Deno.test("openRun() goes on with the same configuration, whatever the order of its keys", async () => {
  await inTempFolder(async (root) => {
    const first = await openRun(options(root));
    await Deno.writeTextFile(`${first.folder}/metrics.jsonl`, "");
    first[Symbol.dispose]();
    using second = await openRun(options(root, { config: { kind: "cfm", train: { steps: 10, lr: 0.1 } } }));
    assertEquals(second.folder, first.folder);
    assertEquals(await namesIn(second.folder), [".lock", "config.json", "metrics.jsonl"]);
  });
});

Deno.test("openRun() refuses a folder of another configuration and shows the differing keys", async () => {
  await inTempFolder(async (root) => {
    const folder = `${root}/mine`;
    (await openRun(options(root, { folder })))[Symbol.dispose]();
    const changed = { train: { lr: 0.2, steps: 10 }, kind: "cfm" };
    const { message } = await assertRejects(
      () => openRun(options(root, { folder, config: changed, seed: 4 })),
      ConfigError,
    );
    assertEquals(
      message,
      `Cannot continue run "${folder}": it differs in seed (3 there, 4 now), train.lr (0.1 there, 0.2 now); ` +
        `start anew with --fresh, or start another run from it with --from ${folder} and another --out`,
    );
    using _ = await openRun(options(root, { folder }));
  });
});

Deno.test("openRun() with fresh renames the earlier folder and says so", async () => {
  await inTempFolder(async (root) => {
    const first = await openRun(options(root));
    await saveCheckpoint(first, { step: 1, trees: {} });
    first[Symbol.dispose]();
    const said: string[] = [];
    const notify = (sentence: string): number => said.push(sentence);
    {
      using run = await openRun(options(root, { fresh: true, notify }));
      assertEquals(await namesIn(run.folder), [".lock", "config.json"]);
      assertEquals(await namesIn(`${run.folder}.old-1/checkpoints`), ["latest", "step-00000001"]);
      assertEquals(said, [`Starting anew, the earlier run is kept as ${run.folder}.old-1`]);
    }
    using again = await openRun(options(root, { fresh: true, notify }));
    assertEquals(said[1], `Starting anew, the earlier run is kept as ${again.folder}.old-2`);
  });
});

Deno.test("openRun() with fresh on nothing is silent", async () => {
  await inTempFolder(async (root) => {
    using run = await openRun(options(root, { fresh: true }));
    assertEquals(await namesIn(`${root}/toy`), [run.folder.split("/").at(-1)!]);
  });
});

Deno.test("openRun() remembers where it started from", async () => {
  await inTempFolder(async (root) => {
    const source = await openRun(options(root, { seed: 1 }));
    await saveCheckpoint(source, { step: 5, trees: { params: exampleTree(1) } });
    source[Symbol.dispose]();
    (await openRun(options(root, { from: source.folder })))[Symbol.dispose]();
    {
      using run = await openRun(options(root));
      assertEquals(run.record.from, source.folder);
    }
    const other = options(root, { from: `${source.folder}/checkpoints/step-00000005` });
    await assertRejects(() => openRun(other), ConfigError, "it differs in from (");
  });
});

Deno.test("openRun() follows a start inside the folder that it puts aside", async () => {
  await inTempFolder(async (root) => {
    const first = await openRun(options(root));
    await saveCheckpoint(first, { step: 5, trees: { params: exampleTree(1) } });
    first[Symbol.dispose]();
    const from = `${first.folder}/checkpoints/step-00000005`;
    using run = await openRun(options(root, { fresh: true, from, notify: () => {} }));
    assertEquals(run.record.from, `${first.folder}.old-1/checkpoints/step-00000005`);
    assertEquals((await Deno.stat(run.record.from!)).isDirectory, true);
  });
});

Deno.test("openRun() refuses a start that is no checkpoint before it makes anything", async () => {
  await inTempFolder(async (root) => {
    const { message } = await assertRejects(() => openRun(options(root, { from: `${root}/none` })), CheckpointError);
    assertEquals(message, `Cannot start from "${root}/none": expected a checkpoint or a run folder with checkpoints`);
    assertEquals(await namesIn(root), []);
  });
});

Deno.test("openRun() refuses a folder of a newer version, and fresh is the way out", async () => {
  await inTempFolder(async (root) => {
    const first = await openRun(options(root));
    first[Symbol.dispose]();
    const path = `${first.folder}/config.json`;
    await Deno.writeTextFile(path, JSON.stringify({ ...first.record, format: 2 }));
    const { message } = await assertRejects(() => openRun(options(root)), CheckpointError);
    assertEquals(
      message,
      `Cannot read "${path}": a newer Morphogen wrote it (format 2, this version reads up to 1); ` +
        "update Morphogen or start anew with --fresh",
    );
    await assertRejects(() => reopenRun(first.folder), CheckpointError, "a newer Morphogen wrote it");
    using fresh = await openRun(options(root, { fresh: true, notify: () => {} }));
    assertEquals(fresh.record.format, 1);
  });
});

Deno.test("openRun() refuses a damaged record", async () => {
  await inTempFolder(async (root) => {
    const first = await openRun(options(root));
    first[Symbol.dispose]();
    for (
      const [text, reason] of [["{", "it is not valid JSON"], ["{}", "it has no format version"], [
        '{"format":1}',
        "--fresh",
      ]]
    ) {
      await Deno.writeTextFile(`${first.folder}/config.json`, text!);
      await assertRejects(() => openRun(options(root)), CheckpointError, reason);
    }
  });
});

Deno.test("openRun() never takes over a folder that is no run, not even with fresh", async () => {
  await inTempFolder(async (root) => {
    // Not even one whose name looks like our own leftovers.
    await Deno.mkdir(`${root}/other`);
    await Deno.writeTextFile(`${root}/other/film.partial`, "bytes");
    const other = (): Promise<unknown> => openRun(options(root, { folder: `${root}/other` }));
    await assertRejects(other, ConfigError, 'it holds "film.partial" but no config.json');
    assertEquals(await Deno.readTextFile(`${root}/other/film.partial`), "bytes");
    await Deno.remove(`${root}/other`, { recursive: true });
    await Deno.writeTextFile(`${root}/thesis.md`, "text");
    for (const fresh of [false, true]) {
      const { message } = await assertRejects(() => openRun(options(root, { folder: root, fresh })), ConfigError);
      assertEquals(
        message,
        `Cannot use "${root}" for a run: it holds "thesis.md" but no config.json; name an empty folder`,
      );
    }
    assertEquals(await namesIn(root), ["thesis.md"]);
  });
});

Deno.test("openRun() says in one sentence that a folder cannot be made", async () => {
  await inTempFolder(async (root) => {
    await Deno.writeTextFile(`${root}/file`, "");
    const { message } = await assertRejects(() => openRun(options(`${root}/file`)), CheckpointError);
    assertMatch(
      message,
      /^Cannot write ".*\/file\/toy\/[0-9a-f]{8}-s3": a part of the path is a file, choose another path$/,
    );
  });
});

Deno.test("openRun() says in one sentence that a file system is read-only", async () => {
  await onSmallDisk("64k", async (root) => {
    await new Deno.Command("mount", { args: ["-o", "remount,ro", root] }).output();
    const { message } = await assertRejects(() => openRun(options(root)), CheckpointError);
    assertStringIncludes(message, "the file system is read-only, choose another folder");
  });
});

Deno.test("reopenRun() opens an existing run and refuses anything else", async () => {
  await inTempFolder(async (root) => {
    const first = await openRun(options(root));
    first[Symbol.dispose]();
    using run = await reopenRun(first.folder);
    assertEquals(run.record, first.record);
    assertEquals(await readRunRecord(first.folder), first.record);
    const { message } = await assertRejects(() => reopenRun(root), CheckpointError);
    assertEquals(message, `Cannot open run "${root}": it has no config.json; name a folder like runs/NAME/HASH-s1`);
    assertEquals(await readRunRecord(root), undefined);
  });
});
