import { displayWidth, textTable } from "../../../core/report/text_table.ts";
import { assertEquals } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";

Deno.test("textTable() aligns text left and numbers right", () => {
  const text = textTable(["metric", "run a", "note"], [["1nn-f1", "0.612 ± 0.004", "µm"], ["psd", "12", "漢字\nx"], [
    "n",
  ]]);
  assertEquals(text.split("\n"), [
    "metric          run a  note",
    "──────  ─────────────  ──────",
    "1nn-f1  0.612 ± 0.004  µm",
    "psd                12  漢字 x",
    "n",
  ]);
});

Deno.test("textTable() has lines of equal width without rows, and no trailing blanks", () => {
  assertEquals(textTable(["a", "bc"], []), "a  bc\n─  ──");
  assertEquals(/ $/m.test(textTable(["a", "b"], [["xxx", ""]])), false);
});

Deno.test({
  name: "displayWidth() agrees with Python's Unicode tables",
  ignore: !hasPython("unicodedata"),
  fn: () => {
    const samples = [
      "",
      "plain",
      "µm ± −",
      "漢字かな",
      "한글",
      "e\u0301tude",
      "ｆｕｌｌ",
      "─→",
      "Größe",
      "😀 ok",
      "日本 (km²)",
    ];
    const program = `import json, sys, unicodedata as u
def width(c): return 0 if u.combining(c) else 2 if u.east_asian_width(c) in "WF" else 1
print(json.dumps([sum(map(width, s)) for s in json.loads(sys.argv[1])]))`;
    assertEquals(samples.map(displayWidth), runPython(program, [JSON.stringify(samples)]) as number[]);
  },
});

Deno.test("displayWidth() counts a composed emoji once", () => {
  assertEquals(displayWidth("👩‍🔬"), 2);
  assertEquals(displayWidth("❤️"), 2);
});
