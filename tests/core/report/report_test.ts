import { createHash } from "node:crypto";
import { type ComparedRun, renderComparison, renderReport } from "../../../core/report/mod.ts";
import { sharePaths } from "../../../core/report/share_paths.ts";
import { configTree } from "../../../core/report/config_tree.ts";
import { assert, assertEquals, assertLess, assertStringIncludes } from "../../assert.ts";
import { NASTY, sampleFigures, sampleReport } from "./samples.ts";

Deno.test("renderReport() escapes every text", () => {
  const html = renderReport(sampleReport());
  assert(!html.includes("<b>"), "markup got through");
  assert(!html.includes('"A"'), "quotes got through");
  assertStringIncludes(html, "&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;");
  assert(!html.includes('href="javascript:'), "a link that is not one of the web");
});

Deno.test("renderReport() needs nothing from outside, and its policy lets only its own script run", () => {
  const html = renderReport(sampleReport());
  const outside = [...html.matchAll(/(?:src|href|action|data)="([^"#][^"]*)"/g)].map(([, url]) => url);
  assertEquals(outside, ["data:,", "https://example.org/?a=&quot;b&quot;"]);
  assertEquals([...html.matchAll(/@import|url\(/g)].length, 0);
  const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)];
  assertEquals(scripts.length, 1);
  const hash = createHash("sha256").update(scripts[0]![1]!).digest("base64");
  assertStringIncludes(html, `script-src 'sha256-${hash}'`);
  assertStringIncludes(html, "default-src 'none'");
});

Deno.test("renderReport() leads to every section and figure, and every fragment exists once", () => {
  const html = renderReport(sampleReport());
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const [, fragment] of html.matchAll(/href="#([^"]+)"/g)) assert(ids.includes(fragment), fragment);
  for (const { id } of sampleFigures()) assert(ids.includes(`figure-${id}`), id);
});

Deno.test("renderReport() shows what a paper printed as the paper's, apart from the results", () => {
  const rows = [{ name: "slice 1", values: ["0.9 (0.2)", "0.47 (0.22)"] }];
  const published = [{ title: "Table 1", data: "embryos", columns: ["CFM", "GMFlow"], rows }];
  const html = renderReport({ ...sampleReport(), published });
  const [, section = ""] = html.split('<section id="published">');
  const [own = ""] = section.split("</section>");
  for (const part of ["Copied from the paper. Its data: embryos.", "GMFlow", "0.47 (0.22)", "slice 1"]) {
    assertStringIncludes(own, part);
    assertEquals(html.split(part).length, 2);
  }
});

Deno.test("renderReport() copes with a run that has nothing to show", () => {
  const empty = { metrics: [], figures: [], config: undefined, citations: [], environment: {}, rerun: [] };
  const html = renderReport({ title: "t", summary: [], notes: [], ...empty });
  assertStringIncludes(html, "No metrics were recorded");
  assert(!html.includes('id="configuration"'));
  assert(!html.includes('id="published"'));
});

Deno.test("sharePaths() writes long paths once and leaves short ones alone", () => {
  const long = `<path d="m${"1 1h0m".repeat(600)}1 1h0"/>`;
  const { html, store } = sharePaths(`<svg>${long}</svg><svg>${long}<path d="M0 0"/><path d="M0 0"/></svg>`);
  assertLess(html.length, 300);
  assertEquals(html.split('<use href="#shared-path-0"/>').length, 3);
  assertEquals(html.split('<path d="M0 0"/>').length, 3);
  assertStringIncludes(store, long.slice(6));
  assertEquals(sharePaths(long), { html: long, store: "" });
});

Deno.test("configTree() shows every leaf and ends", () => {
  const tree = configTree({ a: { b: [1, "x"], c: [] }, d: true });
  for (const part of ["<summary>a</summary>", "1, &quot;x&quot;", "<code>[]</code>", "<code>true</code>"]) {
    assertStringIncludes(tree, part);
  }
  assertEquals(configTree(undefined), "");
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  assertStringIncludes(configTree(loop), "…");
});

function run(name: string, value: number, seed: number): ComparedRun {
  const anchors = { oracle: 0.9 + seed / 100 };
  return {
    name,
    metrics: [{ name: "f1", description: "F1", better: "higher", value, anchors }],
    figures: sampleFigures().slice(0, 3),
    config: { seed, optim: { lr: 0.1 } },
    environment: { device: "cpu", seconds: String(seed) },
  };
}

Deno.test("renderComparison() marks the best, lists what differs, and pairs figures", () => {
  const html = renderComparison({ title: NASTY, notes: [NASTY], runs: [run("one", 0.5, 0), run("two", 0.7, 1)] });
  assert(!html.includes("<b>"), "markup got through");
  assertEquals([...html.matchAll(/class="best">([^<]*)</g)].map(([, text]) => text), ["0.700"]);
  assertStringIncludes(html, "0.900 to 0.910");
  const rows = [...html.matchAll(/<th scope="row">([^<]*)<\/th>/g)].map(([, text]) => text);
  assertEquals(rows, ["seed", "seconds (environment)"]);
  assertEquals([...html.matchAll(/<figure /g)].length, 3);
  assertEquals([...html.matchAll(/<h4>(?:one|two)<\/h4>/g)].length, 6);
});

Deno.test("renderComparison() shows what papers printed, marked as theirs", () => {
  const runs = [run("one", 0.5, 0), run("two", 0.7, 1)];
  const table = { title: NASTY, data: "their slides", columns: ["F1"], rows: [{ name: "theirs", values: ["0.87"] }] };
  const html = renderComparison({ title: "t", notes: [], runs, published: [table] });
  assert(!html.includes("<b>"), "markup got through");
  for (const part of ["Printed in the paper", "Its data: their slides", "0.87"]) assertStringIncludes(html, part);
});

Deno.test("renderComparison() of equal runs marks none as best", () => {
  const html = renderComparison({ title: "t", notes: [], runs: [run("one", 0.5, 0), run("two", 0.5, 0)] });
  assert(!html.includes("Printed in the paper"));
  assert(!html.includes('class="best"'));
  assertStringIncludes(html, "Configuration and environment are the same");
});
