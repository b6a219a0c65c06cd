import { ConfigError } from "../../core/errors.ts";
import { experimentHelp, formatArguments, parseArguments } from "../../experiments/arguments.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";

const NOTHING = {
  name: undefined,
  set: [],
  config: undefined,
  data: undefined,
  out: undefined,
  seed: undefined,
  steps: undefined,
  backend: "auto",
  fresh: false,
  from: undefined,
  sweep: [],
  jobs: 1,
  plugin: undefined,
  printConfig: false,
  dryRun: false,
  json: false,
  list: false,
  help: false,
} as const;

// deno-fmt-ignore
const EVERYTHING = [
  "cfm-toy", "--set", "a=1", "--set=b=[1,2]", "--config", "f.json", "--data", "https://example.org/a.zarr", "--out=/tmp/x y",
  "--seed", "0", "--steps=20", "--backend", "wasm", "--fresh", "--from", "runs/x", "--sweep", "lr=1,2", "--sweep", "seed=1",
  "--jobs", "4", "--plugin", "./p.ts", "--print-config", "--dry-run", "--json", "--list", "--help",
];

Deno.test("parseArguments() of nothing gives the defaults", () => {
  assertEquals(parseArguments([]), NOTHING);
});

Deno.test("parseArguments() reads every flag in both forms", () => {
  assertEquals(parseArguments(EVERYTHING), {
    name: "cfm-toy",
    set: ["a=1", "b=[1,2]"],
    config: "f.json",
    data: "https://example.org/a.zarr",
    out: "/tmp/x y",
    seed: 0,
    steps: 20,
    backend: "wasm",
    fresh: true,
    from: "runs/x",
    sweep: ["lr=1,2", "seed=1"],
    jobs: 4,
    plugin: "./p.ts",
    printConfig: true,
    dryRun: true,
    json: true,
    list: true,
    help: true,
  });
});

Deno.test("parseArguments() takes values as they are", () => {
  assertEquals(parseArguments(["--set", "x=-1"]).set, ["x=-1"]);
  assertEquals(parseArguments(["--set", "-x=1"]).set, ["-x=1"]);
  assertEquals(parseArguments(["--set=a=b\nc=d"]).set, ["a=b\nc=d"]);
  assertEquals(parseArguments(["--data", "2024"]).data, "2024");
  assertEquals(parseArguments(["2024"]).name, "2024");
  assertEquals(parseArguments(["--json", "true"]).name, "true");
  assertEquals(parseArguments(["--", "--seed"]).name, "--seed");
  assertEquals(parseArguments(["-h"]).help, true);
});

Deno.test("parseArguments() refuses what it does not know, in one sentence", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["--sed", "1"], 'Unknown flag "--sed", did you mean "--seed"?'],
    [["--print-confg"], 'Unknown flag "--print-confg", did you mean "--print-config"?'],
    [["--verbose"], 'Unknown flag "--verbose", --help lists all flags'],
    [["--no-json"], 'Unknown flag "--no-json", did you mean "--json"?'],
    [["-s", "1"], 'Unknown flag "-s", --help lists all flags'],
    [["--constructor=1"], 'Unknown flag "--constructor", --help lists all flags'],
    [["--seed"], 'Flag "--seed" needs a value: --seed 1'],
    [["--seed", "--json"], 'Flag "--seed" needs a value: --seed 1'],
    [["--out="], 'Flag "--out" needs a value: --out DIR'],
    [["--set"], 'Flag "--set" needs a value: --set train.lr=1e-3'],
    [["--seed", "abc"], 'Flag "--seed" expects a whole number of at least 0, got "abc"'],
    [["--seed", "1.5"], 'Flag "--seed" expects a whole number of at least 0, got "1.5"'],
    [["--seed", "-1"], 'Flag "--seed" expects a whole number of at least 0, got "-1"'],
    [
      ["--seed", "99999999999999999999"],
      'Flag "--seed" expects a whole number of at least 0, got "99999999999999999999"',
    ],
    [["--steps", "-3"], 'Flag "--steps" expects a whole number of at least 1, got "-3"'],
    [["--steps=0"], 'Flag "--steps" expects a whole number of at least 1, got "0"'],
    [["--jobs", "0"], 'Flag "--jobs" expects a whole number of at least 1, got "0"'],
    [["--json=yes"], 'Flag "--json" takes no value, got "yes"'],
    [["--seed=1", "--seed", "2"], 'Flag "--seed" is given twice, keep one of them'],
    [
      ["--backend", "wsm"],
      'Flag "--backend" expects one of auto, webgpu, native, wasm, cpu, got "wsm", did you mean "wasm"?',
    ],
    [["--backend=tpux86"], 'Flag "--backend" expects one of auto, webgpu, native, wasm, cpu, got "tpux86"'],
    [["cfm-toy", "nicheflow-med"], 'Cannot run "cfm-toy nicheflow-med": expected one experiment, got 2 names'],
  ];
  for (const [args, sentence] of cases) {
    assertEquals(assertThrows(() => parseArguments(args), ConfigError).message, sentence);
  }
});

Deno.test("formatArguments() is read back by parseArguments()", () => {
  const parsed = parseArguments(EVERYTHING);
  assertEquals(parseArguments(formatArguments(parsed)), { ...parsed, sweep: [], jobs: 1, list: false, help: false });
  assertEquals(parseArguments(formatArguments(parseArguments([]))), NOTHING);
});

Deno.test("experimentHelp() explains every flag", () => {
  const help = experimentHelp();
  for (const arg of EVERYTHING.filter((each) => each.startsWith("--"))) assertStringIncludes(help, arg.split("=")[0]!);
});
