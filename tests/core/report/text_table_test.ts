import { unicodeWidth } from "@std/cli";
import { displayWidth, textTable } from "../../../core/report/text_table.ts";
import { assertEquals } from "../../assert.ts";

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

Deno.test("displayWidth() agrees with Deno's standard library", () => {
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
  for (const sample of samples) assertEquals(displayWidth(sample), unicodeWidth(sample), sample);
});
