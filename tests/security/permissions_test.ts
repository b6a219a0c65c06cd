import { fileURLToPath } from "node:url";
import { grantsOf } from "../../experiments/launch/grants.ts";
import { launchCommand, LAUNCHER_PERMISSIONS } from "../../experiments/launch/command.ts";
import { addressesIn, hostsBehind } from "../../experiments/launch/hosts.ts";
import { SWITCHES, wordsOf } from "../../experiments/launch/words.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { run } from "../experiments/process.ts";
import { filesIn, inFolder } from "./in_folder.ts";
import { listen, redirection } from "./servers.ts";

const ROOT = new URL("../../", import.meta.url);

/** A folder that is not among the temporary ones, which programs may write. */
const TESTS = fileURLToPath(new URL("tests", ROOT));

const TASKS: Readonly<Record<string, { readonly command: string }>> =
  JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT))).tasks;

/** Why a task may do what others may not. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  // Tests start browsers, Python and Deno, and try what is forbidden.
  test: ["-A"],
};

Deno.test("no task runs with all permissions but the tests, and those that compute go through the launcher", () => {
  for (const [name, { command }] of Object.entries(TASKS)) {
    const all = command.split(/\s+/).filter((word) => word === "-A" || word === "--allow-all");
    assertEquals(all, [...WIDER[name] ?? []], name);
  }
  const launched = Object.keys(TASKS).filter((name) => TASKS[name]!.command.includes("experiments/launch/main.ts"));
  assertEquals(launched.sort(), ["compare", "data", "eval", "exp", "report", "sample"]);
  for (const name of launched) {
    const [, ...words] = TASKS[name]!.command.split(" ");
    assertEquals(words.filter((word) => word.startsWith("--allow")).sort(), [...LAUNCHER_PERMISSIONS].sort(), name);
  }
});

Deno.test("the launcher knows every flag that takes no value", async () => {
  const helps = [["exp"], ["sample"], ["eval"], ["report"], ["compare"], ["new-plugin"]];
  const verbs = ["import", "info", "validate", "patches", "features", "prep"];
  const found = new Set<string>();
  const all = new Set<string>();
  for (const [task = "", ...rest] of [...helps, ...verbs.map((verb) => ["data", verb])]) {
    const { out } = await run(task, [...rest, "--help"]);
    for (const [, name, value] of out.matchAll(/^ {2}--([a-z-]+)( [^\s]+)? /gm)) {
      all.add(name!);
      if (value === undefined) found.add(name!);
    }
  }
  assert(all.size > 20, [...all].join());
  assertEquals([...found].sort(), SWITCHES.filter((name) => all.has(name)).sort());
  assertEquals(SWITCHES.filter((name) => !all.has(name)), []);
});

Deno.test("wordsOf() tells names from flags and their values", () => {
  const { names, flags } = wordsOf(["a", "--json", "b", "--out", "c", "--set=x=--y", "--set", "z", "-h", "--", "--d"]);
  assertEquals([names, Object.fromEntries(flags)], [["a", "b", "--d"], {
    json: [""],
    out: ["c"],
    set: ["x=--y", "z"],
  }]);
});

Deno.test("grantsOf() lets a program write what its command line names and nothing else", () => {
  const written = (program: string, ...args: string[]): readonly string[] => grantsOf(program, args, 7).write;
  assertEquals(written("experiments/main.ts", "cfm-toy"), ["runs"]);
  assertEquals(written("experiments/main.ts", "cfm-toy", "--out", "/a,b", "--data", "/secret"), ["/a,b"]);
  assertEquals(written("experiments/main.ts", "--list"), []);
  assertEquals(written("experiments/main.ts", "cfm-toy", "--help"), []);
  assertEquals(written("experiments/runs.ts", "sample", "runs/x/", "--out", "o"), ["runs/x", "o"]);
  assertEquals(written("experiments/runs.ts", "eval", "--json", "runs/x"), ["runs/x"]);
  assertEquals(written("experiments/runs.ts", "report", "runs/x"), ["runs/x"]);
  assertEquals(written("experiments/runs.ts", "compare", "runs/x", "runs/y"), []);
  const page = ["c.html", "c.html.partial", "c.html.partial-7", "c.html.replaced-7"];
  assertEquals(written("experiments/runs.ts", "compare", "runs/x", "runs/y", "--html", "c.html"), page);
  assertEquals(written("datasets/main.ts", "info", "in.h5ad"), []);
  assertEquals(written("datasets/main.ts", "validate", "in.zarr", "--json"), []);
  const store = ["o.zarr", "o.zarr.partial", "o.zarr.partial-7", "o.zarr.replaced-7"];
  assertEquals(written("datasets/main.ts", "import", "--raw", "in.h5ad", "o.zarr"), store);
  assertEquals(written("datasets/main.ts", "prep", "in.zarr", "o.zarr/", "normalize"), store);
  assertEquals(written("datasets/main.ts", "patches", "s.zarr", "i.tif", "--size", "8"), ["s.zarr", "s.zarr.adding"]);
  assertEquals(grantsOf("datasets/main.ts", ["import", "in.h5ad", "a/o.zarr"], undefined).write, ["a"]);
  const starts = (...args: string[]): boolean => grantsOf("experiments/main.ts", args, 7).start;
  assertEquals([starts("cfm-toy"), starts("cfm-toy", "--sweep", "a=1"), starts("nicheflow-ladder")], [
    false,
    true,
    true,
  ]);
});

Deno.test("hosts are those of addresses in the command and what they redirect to, and no private ones", async () => {
  const texts = [
    "--data=http://a.org/x.zarr",
    "d.path=https://b.org:8443/y?z",
    "no http here",
    "file:///etc",
    "http://",
  ];
  assertEquals(addressesIn(texts).map(({ host }) => host), ["a.org", "b.org:8443"]);
  assertEquals(await hostsBehind([]), []);
  await using other = listen("127.0.0.1", () => new Response("x"));
  await using given = listen("127.0.0.1", () => redirection(`http://127.0.0.1:${other.port}/x`));
  const hosts = await hostsBehind([new URL(`http://127.0.0.1:${given.port}/`)]);
  assertEquals(hosts, [`127.0.0.1:${given.port}`, `127.0.0.1:${other.port}`]);
  await using bad = listen("127.0.0.1", () => redirection(`http://localhost:${other.port}/x`));
  assertEquals(await hostsBehind([new URL(`http://127.0.0.1:${bad.port}/`)]), [`127.0.0.1:${bad.port}`]);
});

/** A plugin from outside that tries everything that data and runs have no need for. */
function nosyPlugin(folder: string, port: number): string {
  return `
const tries = {
  write: () => Deno.writeTextFile(${JSON.stringify(`${folder}/escaped`)}, "x"),
  overwrite: () => Deno.writeTextFile(${JSON.stringify(`${folder}/precious`)}, "x"),
  home: () => Deno.mkdir(${JSON.stringify(`${folder}/new`)}),
  remove: () => Deno.remove(${JSON.stringify(`${folder}/precious`)}),
  rename: () => Deno.rename(${JSON.stringify(`${folder}/precious`)}, ${JSON.stringify(`${folder}/moved`)}),
  source: () => Deno.writeTextFile(new URL("./core/mod.ts", ${JSON.stringify(ROOT.href)}), "x", { append: true }),
  net: () => fetch("http://127.0.0.1:${port}/"),
  connect: () => Deno.connect({ hostname: "127.0.0.1", port: ${port} }),
  listen: () => Deno.listen({ port: 0 }),
  run: () => new Deno.Command("sh", { args: ["-c", "true"] }).output(),
  deno: () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).output(),
  env: () => Deno.env.get("HOME"),
  variables: () => Deno.env.toObject(),
  sys: () => Deno.networkInterfaces(),
};
const done = [];
for (const [name, attempt] of Object.entries(tries)) {
  try { await attempt(); done.push(name); } catch (error) { if (error.name !== "NotCapable") done.push(name + " " + error.name); }
}
throw new Error("did: " + done.join(" ") + ";");
`;
}

for (const [name, more] of Object.entries({ "an experiment": [], "a sweep": ["--sweep", "train.lr=1e-3"] })) {
  Deno.test(`${name} is denied all that it has no need for, whatever its code tries`, () =>
    inFolder(async (folder) => {
      await using server = listen("127.0.0.1", () => new Response("x"));
      const home = await Deno.makeTempDir({ dir: TESTS, prefix: ".security-" });
      try {
        await Deno.writeTextFile(`${home}/precious`, "mine");
        await Deno.writeTextFile(`${folder}/nosy.ts`, nosyPlugin(home, server.port));
        const args = ["cfm-toy", "--plugin", `${folder}/nosy.ts`, "--out", `${folder}/runs`, ...more];
        const { code, err } = await run("exp", args);
        assertEquals(code, 2);
        // A sweep starts further processes of this Deno, and nothing else.
        assertMatch(err.join("\n"), more.length === 0 ? /did: ;/ : /did: deno;/);
        assertEquals([await filesIn(home), await Deno.readTextFile(`${home}/precious`)], [["precious"], "mine"]);
        assertEquals(server.asked, []);
      } finally {
        await Deno.remove(home, { recursive: true });
      }
    }));
}

Deno.test("a run outside of the temporary folder leaves nothing but its run folder", async () => {
  const home = await Deno.makeTempDir({ dir: TESTS, prefix: ".security " });
  try {
    const { code, err } = await run("exp", ["cfm-toy", "--steps", "2", "--out", `${home}/my runs`]);
    assertEquals(code, 0, err.join("\n"));
    assertEquals([...await Array.fromAsync(Deno.readDir(home))].map(({ name }) => name), ["my runs"]);
    const files = await filesIn(`${home}/my runs`);
    const folder = files[0]!.split("/").slice(0, 2).join("/");
    assertEquals(files.filter((file) => !file.startsWith(`${folder}/`)), []);
    const environment = JSON.parse(await Deno.readTextFile(`${home}/my runs/${folder}/env.json`));
    assert(environment.release !== null && environment.memory !== null, "facts of the machine are missing");
    const comma = await run("exp", ["cfm-toy", "--steps", "2", "--out", `${home}/a,/etc`]);
    assertEquals([comma.code, comma.err.length], [2, 1]);
    assertStringIncludes(comma.err[0]!, "choose a path without one");
    for (const verb of ["report", "sample"]) {
      const again = await run(verb, [`${home}/my runs/${folder}`]);
      assertEquals(again.code, 0, again.err.join("\n"));
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test({
  name: "a run folder of somebody else does not make a command write where its links lead",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      assertEquals((await run("exp", ["cfm-toy", "--steps", "2", "--out", `${folder}/runs`])).code, 0);
      const [name] = await Array.fromAsync(Deno.readDir(`${folder}/runs/cfm-toy`));
      const path = `${folder}/runs/cfm-toy/${name!.name}`;
      await Deno.writeTextFile(`${folder}/precious`, "mine");
      for (
        const [inner, verb] of [[".lock", "sample"], ["metrics.jsonl", "eval"], ["report.html", "report"]] as const
      ) {
        await Deno.rename(`${path}/${inner}`, `${folder}/kept`);
        await Deno.symlink(`${folder}/precious`, `${path}/${inner}`);
        const { code, err } = await run(verb, [path]);
        if (inner === "report.html") assertEquals(code, 0);
        else {
          assertEquals(code, 1);
          assertStringIncludes(err.join("\n"), "do not trust this folder");
        }
        assertEquals(await Deno.readTextFile(`${folder}/precious`), "mine", inner);
        await Deno.remove(`${path}/${inner}`);
        await Deno.rename(`${folder}/kept`, `${path}/${inner}`);
      }
    }),
});

Deno.test("data are imported from an address that the user gives, and from what it redirects to", async () => {
  const home = await Deno.makeTempDir({ dir: TESTS, prefix: ".security-" });
  try {
    const table = "cell,g1,g2\na,1,2\nb,3,4\n";
    await using other = listen("127.0.0.1", () => new Response(table));
    await using given = listen("127.0.0.1", () => redirection(`http://127.0.0.1:${other.port}/t.csv`));
    const address = `http://127.0.0.1:${given.port}/t.csv`;
    const { code, err } = await run("data", ["import", address, `${home}/out.zarr`]);
    assertEquals(code, 0, err.join("\n"));
    assertEquals([...await Array.fromAsync(Deno.readDir(home))].map(({ name }) => name), ["out.zarr"]);
    await using inside = listen("127.0.0.1", () => new Response(table));
    await using bad = listen("127.0.0.1", () => redirection(`http://localhost:${inside.port}/t.csv`));
    const refused = await run("data", ["import", `http://127.0.0.1:${bad.port}/t.csv`, `${home}/no.zarr`]);
    assertEquals([refused.code, inside.asked], [1, []]);
    assertStringIncludes(refused.err.join("\n"), "which is on this machine or in its network");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test({
  name: "the launcher hands on exit codes, signals and arguments as they are",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const { command, args } = launchCommand("experiments/main.ts", ["no such ' \" name", "--set=a=$(b) `c` \\d"]);
    const child = new Deno.Command(command, { args: [...args], stderr: "piped", stdout: "piped" }).spawn();
    const { pid } = child;
    const { code, stderr } = await child.output();
    assert(pid > 0);
    assertEquals(code, 2);
    assertStringIncludes(new TextDecoder().decode(stderr), `no such ' " name`);
  },
});

Deno.test("where no program can take another's place, the launcher waits for it with the same care", async () => {
  const home = await Deno.makeTempDir({ dir: TESTS, prefix: ".security-" });
  try {
    await Deno.writeTextFile(`${home}/in.csv`, "cell,g1,g2\na,1,2\nb,3,4\n");
    const start = async (...words: readonly string[]): Promise<Deno.CommandOutput> => {
      const { command, args } = launchCommand("datasets/main.ts", words);
      // Without the C library the launcher is as on Windows.
      const own = args.filter((word) => !word.startsWith("--allow-ffi"));
      return await new Deno.Command(command, { args: own, stdout: "piped", stderr: "piped" }).output();
    };
    const { code, stderr } = await start("import", `${home}/in.csv`, `${home}/inner/out.zarr`);
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assert((await filesIn(`${home}/inner`)).includes("out.zarr/.zgroup"));
    assertEquals((await start("import", `${home}/none.csv`, `${home}/inner/no.zarr`)).code, 1);
    assertEquals((await start("no-such-verb")).code, 2);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
