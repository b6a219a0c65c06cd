import { assert, assertEquals, assertMatch } from "../assert.ts";
import { inTempFolder, onSmallDisk } from "../core/run/helpers.ts";
import { assertReadable, type Fingerprint, fingerprint, runIn, start } from "./runs.ts";

const TOY = [
  "cfm-toy",
  ...[
    ...["dataset.config.size=400", "plugin.config.batch=64", "plugin.config.network.hidden=16"],
    ...["plugin.config.sampling.cells=2000", "plugin.config.sampling.points=3"],
    ...["train.logEvery=1", "train.checkpointEvery=20", "train.steps=60"],
  ].map((setting) => `--set=${setting}`),
];

/** Bytes that a file system allots at a time. */
const PAGE = 4096;

async function command(name: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(name, { args: [...args] }).output();
  const text = new TextDecoder();
  assert(success, `${name} ${args.join(" ")}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

async function resize(folder: string, pages: number): Promise<void> {
  await command("mount", "-o", `remount,size=${pages * PAGE}`, folder);
}

async function usedPages(folder: string): Promise<number> {
  const line = (await command("df", "--output=used", `--block-size=${PAGE}`, folder)).trim().split("\n").at(-1)!;
  return Number(line);
}

/** The sentence that a run ended with. */
async function failure(args: readonly string[], wrapper: readonly string[] = []): Promise<string> {
  const { code, err } = await start("main.ts", args, { wrapper }).ended;
  assertEquals(code, 1, err.join("\n"));
  const complaints = err.filter((line) => line.startsWith("Cannot "));
  assertEquals(complaints, [err.at(-1)!], err.join("\n"));
  return complaints[0]!;
}

/** What of a run a sentence is about: the first part of the path below the run folder. */
function partOf(sentence: string): string {
  return /-s\d+(?:\/([\w-]+))?/.exec(sentence)?.[1] ?? "folder";
}

async function inOneGo(): Promise<Fingerprint> {
  let whole: Fingerprint = {};
  await inTempFolder(async (out) => {
    const { code, err } = await start("main.ts", [...TOY, `--out=${out}`]).ended;
    assertEquals(code, 0, err.join("\n"));
    whole = await fingerprint((await runIn(out))!);
  });
  return whole;
}

Deno.test("a disk that is full at any write ends a run in a sentence, and with space it ends with the bits of one go", () =>
  onSmallDisk("64m", async (disk) => {
    const whole = await inOneGo();
    const parts = new Set<string>();
    const args = [...TOY, `--out=${disk}/runs`];
    const empty = await usedPages(disk);
    const { code, err } = await start("main.ts", args).ended;
    assertEquals(code, 0, err.join("\n"));
    const full = await usedPages(disk) - empty;
    await Deno.remove(`${disk}/runs`, { recursive: true });
    // From a disk on which not even the folder fits to one that lacks a page at the very end.
    const sizes = [1, 2, 4, 6, 9, full >> 2, full >> 1, full - 30, full - 16, full - 6, full - 3, full - 2, full - 1];
    for (const pages of sizes) {
      await resize(disk, empty + pages);
      const outcome = await start("main.ts", args).ended;
      if (outcome.code !== 0) {
        const sentence = outcome.err.at(-1)!;
        assertEquals(outcome.code, 1, outcome.err.join("\n"));
        assertMatch(sentence, /^Cannot write ".+": the disk is full, free space or choose another folder(; .*)?$/);
        assertEquals(outcome.err.filter((line) => /^(Cannot|Uncaught|error)/.test(line)).length, 1);
        parts.add(partOf(sentence));
        const run = await runIn(`${disk}/runs`);
        if (run !== undefined) await assertReadable(run, -1, whole);
      }
      await resize(disk, 16_384);
      const resumed = await start("main.ts", args).ended;
      assertEquals(resumed.code, 0, resumed.err.join("\n"));
      assertEquals(await fingerprint((await runIn(`${disk}/runs`))!), whole, `${pages} of ${full} pages`);
      await Deno.remove(`${disk}/runs`, { recursive: true });
    }
    console.log(`disk of ${full} pages, full while writing ${[...parts].join(", ")}`);
    for (const part of ["checkpoints", "samples"]) assert(parts.has(part), part);
    assert(parts.size >= 4, [...parts].join());
  }));

Deno.test({
  name: "a log that cannot grow ends a run in a sentence, and it goes on when it can",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempFolder(async (folder) => {
      // Without mounting: no file may be larger than 4 KiB, which the log is first to pass.
      const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 8; exec "$@"', "sh"];
      const args = [...TOY, "--set=train.checkpointEvery=1000", `--out=${folder}/runs`];
      const sentence = await failure(args, limited);
      assertMatch(
        sentence,
        /^Cannot write ".*metrics\.jsonl": the file would be larger than this disk or a limit \(ulimit -f\)/,
      );
      await assertReadable((await runIn(`${folder}/runs`))!, -1, {});
      const resumed = await start("main.ts", args).ended;
      assertEquals(resumed.code, 0, resumed.err.join("\n"));
      const run = (await runIn(`${folder}/runs`))!;
      const log = await fingerprint(run);
      const once = [...TOY, "--set=train.checkpointEvery=1000", `--out=${folder}/once`];
      assertEquals((await start("main.ts", once).ended).code, 0);
      assertEquals(log, await fingerprint((await runIn(`${folder}/once`))!));
    }),
});
