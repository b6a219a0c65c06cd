import { renderComparison, renderReport } from "../../../core/report/mod.ts";
import { assert, assertEquals, assertGreater } from "../../assert.ts";
import { hasChromium, openInChromium, screenshot } from "../../chromium.ts";
import { sampleReport } from "./report_test.ts";
import { sampleFigures } from "./samples.ts";

async function open(html: string): Promise<{ dom: string; console: string[] }> {
  const file = await Deno.makeTempFile({ suffix: ".html" });
  try {
    await Deno.writeTextFile(file, html);
    return await openInChromium(`file://${file}`);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test({
  name: "renderReport() opens in Chromium: all figures are there, the script ran, the console is silent",
  ignore: !hasChromium,
  fn: async () => {
    const { dom, console } = await open(renderReport(sampleReport()));
    assertEquals(console, []);
    for (const { id, frames } of sampleFigures()) {
      const from = dom.indexOf(`id="figure-${id}"`);
      assertGreater(from, 0, id);
      const figure = dom.slice(from, dom.indexOf("</figure>", from));
      assertEquals(figure.split('role="img"').length - 1, frames.length, id);
    }
    assert(/<a href="#[^"]*" aria-current="true"/.test(dom), "the script did not mark the section in view");
    assertEquals(dom.split("<figure ").length - 1, sampleFigures().length + 1);
  },
});

Deno.test({
  name: "the policy of a report keeps a drawing from running scripts",
  ignore: !hasChromium,
  fn: async () => {
    const svg = `<svg viewBox="0 0 1 1"><title>t</title><script>document.title = "acted"</script></svg>`;
    const figure = { id: "bad", title: "Bad", caption: "", frames: [{ label: "", svg }] };
    const { dom, console } = await open(renderReport({ ...sampleReport(), title: "calm", figures: [figure] }));
    assert(dom.includes("<title>calm</title>"), "the script of a drawing ran");
    assert(console.some((line) => line.includes("Content Security Policy")), "the refusal is not reported");
  },
});

Deno.test({
  name: "renderComparison() opens in Chromium without a word on the console",
  ignore: !hasChromium,
  fn: async () => {
    const { metrics, figures, config, environment } = sampleReport();
    const runs = ["a", "b"].map((name) => ({ name, metrics, figures, config, environment }));
    const { dom, console } = await open(renderComparison({ title: "t", notes: [], runs }));
    assertEquals(console, []);
    assertEquals(dom.split('class="deck"').length - 1, 2 * figures.length);
  },
});

Deno.test({
  name: "screenshot() differs between light and dark",
  ignore: !hasChromium,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const page = `${folder}/page.html`;
    await Deno.writeTextFile(page, renderReport({ ...sampleReport(), figures: [] }));
    const [light, dark] = await Promise.all((["light", "dark"] as const).map(async (scheme) => {
      await screenshot(`file://${page}`, `${folder}/${scheme}.png`, 600, 400, scheme);
      return await Deno.readFile(`${folder}/${scheme}.png`);
    }));
    await Deno.remove(folder, { recursive: true });
    assertEquals([...light!.subarray(1, 4)], [...new TextEncoder().encode("PNG")]);
    assert(light!.length !== dark!.length || light!.some((byte, i) => byte !== dark![i]), "the pictures are the same");
  },
});
