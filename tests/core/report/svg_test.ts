import { escapeText, svgDocument } from "../../../core/report/svg.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";
import { hasPython, runPython } from "../../python.ts";
import { NASTY, sampleFigures } from "./samples.ts";
import { elements, parseXml } from "./well_formed.ts";

const drawings = (): readonly string[] => sampleFigures().flatMap(({ frames }) => frames.map(({ svg }) => svg));

Deno.test("all drawings are well-formed, named for screen readers, and refer to nothing outside", () => {
  for (const svg of drawings()) {
    const root = parseXml(svg);
    assertEquals(root.name, "svg");
    assertEquals(root.attributes.role, "img");
    assertEquals(root.attributes.viewBox, `0 0 ${root.attributes.width} ${root.attributes.height}`);
    assertEquals(root.children[0]!, elements(root, "title")[0]!);
    assertEquals(elements(root, "title")[0]!.children.join(""), root.attributes["aria-label"]!);
    assertEquals(elements(root, "script").length + elements(root, "image").length + elements(root, "style").length, 0);
    assertEquals([...svg.matchAll(/(?:href|src)=|url\(|NaN|Infinity|undefined/g)].map(([m]) => m), []);
  }
});

Deno.test({
  name: "all drawings are read by expat",
  ignore: !hasPython("xml.etree.ElementTree"),
  fn: () => {
    const file = Deno.makeTempFileSync({ suffix: ".json" });
    Deno.writeTextFileSync(file, JSON.stringify(drawings()));
    const program = `import json, sys, xml.etree.ElementTree as E
names = [E.fromstring(svg).get("aria-label") for svg in json.load(open(sys.argv[1]))]
print(json.dumps(names))`;
    const names = runPython(program, [file]) as string[];
    Deno.removeSync(file);
    assertEquals(new Set(names).size > 1, true);
    assertEquals(names[0], NASTY.replace("\u0007", "\ufffd"));
  },
});

Deno.test("escapeText() keeps all text that XML can hold and replaces the rest", () => {
  assertEquals(escapeText(`a<b>&"'`), "a&lt;b&gt;&amp;&quot;&#39;");
  assertEquals(escapeText("a\u0000\u001b\uffffz\ttab\nline µ 😀"), "a\ufffd\ufffd\ufffdz\ttab\nline µ 😀");
  assertEquals(escapeText("\ud800"), "\ufffd");
});

Deno.test("svgDocument() looks right alone: literal colours, white paper", () => {
  const svg = svgDocument("t", 10, 20);
  assertStringIncludes(svg, 'fill="#ffffff"');
  assertStringIncludes(svg, 'width="10" height="20"');
});

Deno.test("parseXml(), the checker of these tests, refuses what is not well-formed", () => {
  for (const bad of ["<a>", "<a></b>", "<a b=c/>", "<a>&x</a>", "<a/><b/>", '<a b="1" b="2"/>', "<a><b></a></b>"]) {
    assertThrows(() => parseXml(bad), SyntaxError);
  }
});
