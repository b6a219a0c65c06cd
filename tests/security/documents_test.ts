import { applyOverrides } from "../../core/config/overrides.ts";
import { mergeConfig } from "../../core/config/merge.ts";
import { readConfigFile } from "../../core/config/file.ts";
import { CheckpointError, ConfigError } from "../../core/errors.ts";
import { repeatedKey } from "../../core/io/repeated_key.ts";
import { readSafetensors } from "../../core/io/safetensors.ts";
import { printable } from "../../core/printable.ts";
import { textTable } from "../../core/report/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { inFolder } from "./in_folder.ts";

/** A safetensors file with any header. */
function fileWith(header: string, bytes = 16, claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

function entry(shape: unknown, from: number, to: number, dtype: unknown = "F32"): string {
  return JSON.stringify({ dtype, shape, data_offsets: [from, to] });
}

const DEEP = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;

/** Files that are not what they claim, each with what is said about it. */
const FORGED: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  "a header of 2^64 - 1 bytes": [fileWith("{}", 0, 2n ** 64n - 1n), /its header should take/],
  "a header of 2^53 + 1 bytes": [fileWith("{}", 0, 2n ** 53n + 1n), /its header should take/],
  "a header past the end": [fileWith("{}", 0, 3n), /its header should take 3 bytes/],
  "tensors that overlap": [fileWith(`{"a":${entry([2], 0, 8)},"b":${entry([3], 4, 16)}}`), /overlaps/],
  "tensors in the same place": [fileWith(`{"a":${entry([4], 0, 16)},"b":${entry([4], 0, 16)}}`), /overlaps/],
  "bytes of no tensor": [fileWith(`{"a":${entry([2], 8, 16)}}`), /belong to no tensor/],
  "bytes after the last": [fileWith(`{"a":${entry([2], 0, 8)}}`), /follow them/],
  "tensors past the end": [fileWith(`{"a":${entry([8], 0, 32)}}`), /truncated/],
  "offsets that run backwards": [fileWith(`{"a":${entry([2], 16, 8)}}`), /span -8/],
  "a negative offset": [fileWith(`{"a":${entry([4], -16, 0)}}`), /has offsets/],
  "a shape whose product overflows": [fileWith(`{"a":${entry([2 ** 40, 2 ** 40], 0, 16)}}`), /takes/],
  "a shape that is no list of lengths": [fileWith(`{"a":${entry(["4"], 0, 16)}}`), /has shape/],
  "a negative length": [fileWith(`{"a":${entry([-4], 0, 16)}}`), /has shape/],
  "a length that is no whole number": [
    fileWith('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,16]}}'),
    /has shape/,
  ],
  "a type of every object": [fileWith(`{"a":${entry([4], 0, 16, "constructor")}}`), /has type "constructor"/],
  "a name twice": [fileWith(`{"a":${entry([4], 0, 16)},"a":${entry([16], 0, 16, "U8")}}`), /says "a" twice/],
  "a name twice, once escaped": [
    fileWith(`{"a":${entry([4], 0, 16)},"\\u0061":${entry([4], 0, 16)}}`),
    /says "a" twice/,
  ],
  "offsets twice": [fileWith('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,8],"data_offsets":[0,16]}}'), /twice/],
  "metadata that are no texts": [fileWith('{"__metadata__":{"a":1}}', 0), /expected text/],
  "a list": [fileWith("[]", 0), /is not a JSON object/],
  "no JSON": [fileWith("<script>", 0), /is not JSON/],
  "no UTF-8": [fileWith("\u0000", 0).with(8, 0xff), /is not JSON/],
  "lists without end in a shape": [
    fileWith(`{"a":{"dtype":"F32","shape":${DEEP},"data_offsets":[0,16]}}`),
    /has shape/,
  ],
  "lists without end": [fileWith(`{"a":${DEEP}}`), /has type undefined/],
};

Deno.test("readSafetensors() refuses every forged header in one sentence", () => {
  for (const [name, [bytes, problem]] of Object.entries(FORGED)) {
    const { message } = assertThrows(() => readSafetensors(bytes), CheckpointError, "Cannot read safetensors: ");
    assertMatch(message, problem, name);
    assert(message.length < 500, `${name}: ${message.length} characters`);
  }
});

Deno.test("readSafetensors() refuses a header of more than 100 MB before it parses it", () => {
  const long = fileWith(`{"__metadata__":{"a":"${" ".repeat(100_000_001)}"}}`, 0);
  assertThrows(() => readSafetensors(long), CheckpointError, "expected at most 100000000");
});

Deno.test("tensors and metadata with names of every object are kept apart from it", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  const parts = names.map((name, i) => `"${name}":${entry([1], 4 * i, 4 * i + 4)}`);
  const notes = '"__metadata__":{"__proto__":"x","constructor":"y"}';
  const { tensors, metadata } = readSafetensors(fileWith(`{${[notes, ...parts].join()}}`));
  assertEquals(Object.keys(tensors).sort(), [...names].sort());
  assertEquals(Object.keys(metadata).sort(), ["__proto__", "constructor"]);
  assertEquals(Object.getPrototypeOf(tensors), Object.prototype);
  assertEquals(({} as Readonly<Record<string, unknown>>)["polluted"], undefined);
});

Deno.test({
  name: "repeatedKey() finds what Python's parser finds twice",
  ignore: !hasPython("json"),
  fn: () => {
    const documents = [
      ...['{"a":1,"a":2}', '{"a":{"b":1},"c":{"b":1}}', '[{"a":1},{"a":1}]', '{"a":["a","a"],"b":"a"}', '{"a":"a:a"}'],
      ...['{"a\\"":1,"a":2}', '{"\\u0061":1,"a":2}', '{"x":[{"y":1,"z":[{"q":1,"q":2}]}]}', "{}", '"a"', '{"":1,"":2}'],
      ...['{"{":1,"[":2,"}":3}', '{"a":{},"b":{},"a":{}}'],
    ];
    const program = `
import json, sys
def keys(pairs):
    for k, _ in pairs:
        if sum(k == q for q, _ in pairs) > 1: raise KeyError(k)
    return dict(pairs)
def first(text):
    try: json.loads(text, object_pairs_hook=keys); return None
    except KeyError as e: return e.args[0]
print(json.dumps([first(t) for t in sys.argv[1:]]))`;
    assertEquals(
      documents.map((text) => repeatedKey(text) ?? null),
      runPython(program, documents) as (string | null)[],
    );
  },
});

const DEFAULTS = {
  train: { lr: 1e-3, steps: 100 },
  name: "x",
  list: [1, 2],
  any: [] as readonly unknown[],
  none: null,
};

/** Configurations that try to be more than one. */
const HOSTILE: readonly string[] = [
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"train":{"__proto__":{"polluted":1}}}',
  '{"train":{"constructor":{"prototype":{"polluted":1}}}}',
  '{"toString":1}',
  '{"train":{"lr":1e999}}',
  '{"train":{"steps":null}}',
  '{"train":{"steps":{"valueOf":1}}}',
  '{"list":{"length":1000000000}}',
  `{"train":${DEEP}}`,
  `{"list":${DEEP}}`,
  `{"any":${DEEP}}`,
  `{"none":${DEEP}}`,
  `{"train":{"lr":${DEEP}}}`,
  `${'{"train":'.repeat(50_000)}1${"}".repeat(50_000)}`,
  DEEP,
  '{"train":{"lr":NaN}}',
  '{"train":{"lr":0x10}}',
  "",
  "\u0000",
];

Deno.test("hostile configuration files are refused in one short sentence and leave every object as it was", () =>
  inFolder(async (folder) => {
    const path = `${folder}/c.json`;
    for (const text of HOSTILE) {
      await Deno.writeTextFile(path, text);
      const { message } = await assertRejects(
        async () => mergeConfig(DEFAULTS, await readConfigFile(path), path),
        ConfigError,
      );
      assert(message.length < 600 && !message.includes("\n"), message.slice(0, 700));
      assertEquals(["polluted" in {}, DEFAULTS.train.lr], [false, 1e-3], text.slice(0, 60));
    }
  }));

Deno.test("hostile settings on the command line are refused and leave every object as it was", () => {
  const settings = [
    ...["__proto__.polluted=1", "constructor.prototype.polluted=1", "train.__proto__.polluted=1", "train.lr=1e999"],
    ...['train={"__proto__":{"polluted":1}}', 'train={"constructor":{"prototype":{"polluted":1}}}', `list=${DEEP}`],
    ...["list.length=5", "list.__proto__=1", "name.length=3", `train.lr=${DEEP}`, "toString=1"],
  ];
  for (const setting of settings) assertThrows(() => applyOverrides(DEFAULTS, [setting]), ConfigError);
  assertEquals(["polluted" in {}, "polluted" in [], DEFAULTS.list.length], [false, false, 2]);
});

/** What terminals do something for: titles, colours, cursor, clipboard, links, bells, and text that reads backwards. */
const ACTING =
  "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://x\x07\x9b31m\x90q\x9c\r\b\x7f\u202egnp.exe\u2066";

Deno.test("printable() leaves nothing that acts, and everything that is seen", () => {
  // deno-lint-ignore no-control-regex -- these characters are what is looked for
  assertEquals(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(printable(ACTING)), false);
  const seen = "Déjà vu, µm², 日本語, עברית, 👩‍🔬 e\u0301\n\ttabs";
  assertEquals([printable(seen), printable("a\r\nb"), printable("\ud800")], [seen, "a\nb", "\ufffd"]);
});

Deno.test("errors and tables show labels that would act in a terminal as text", () => {
  // deno-lint-ignore no-control-regex -- this is what is looked for
  const acts = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
  for (const error of [new ConfigError(`Cannot use "${ACTING}"`), new CheckpointError(ACTING)]) {
    assertEquals([acts.test(error.message), acts.test(error.stack ?? "")], [false, false]);
    assertMatch(error.message, /red/);
  }
  assertEquals(acts.test(textTable(["label", ACTING], [[ACTING, "1"]])), false);
});
