import { renderComparison, renderReport } from "../../../core/report/mod.ts";
import { assert, assertEquals, assertGreater } from "../../assert.ts";
import { hasChromium, openInChromium, screenshot } from "../../chromium.ts";
import { sampleFigures, sampleReport } from "./samples.ts";

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
  name: "renderReport() opens in Chromium: all figures are there, the console is silent",
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
    assertEquals(dom.split("<figure ").length - 1, sampleFigures().length + 1);
  },
});

Deno.test({
  name: "the script of a report steps through frames, singles out a category, enlarges, and turns dark",
  ignore: !hasChromium,
  fn: async () => {
    const probe = `
      const find = (selector) => document.querySelector(selector), told = [];
      const flow = "#figure-flow ", labels = () => [...document.querySelectorAll(flow + ".frame:not([hidden])")];
      const tell = (value) => told.push(value);
      tell(labels().map((frame) => frame.dataset.label).join());
      find(flow + '[data-step="1"]').click();
      tell(labels().map((frame) => frame.dataset.label).join() + find(flow + "output").textContent);
      find(flow + "input").value = 4;
      find(flow + "input").dispatchEvent(new Event("input"));
      tell(labels().map((frame) => frame.dataset.label).join());
      const key = find("#figure-map .mg-key");
      key.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      tell(document.querySelectorAll("#figure-map .on").length);
      tell(getComputedStyle(find("#figure-map g[data-group]:not(.on)")).opacity);
      key.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      tell(find("#figure-map").classList.contains("solo"));
      find("#figure-map [data-zoom=open]").click();
      const box = () => find("dialog svg").getAttribute("viewBox").split(" ").map(Number);
      const whole = box()[2];
      find("dialog [data-zoom=in]").click();
      tell((whole / box()[2]).toFixed(2));
      find("dialog [data-zoom=reset]").click();
      tell(box()[2] === whole);
      find("dialog [data-zoom=close]").click();
      tell(find("dialog").open);
      const paper = () => getComputedStyle(document.body).backgroundColor;
      const before = paper();
      find("[data-scheme]").click();
      find("[data-scheme]").click();
      tell(before !== paper());
      console.log("told " + JSON.stringify(told));`;
    const free = renderReport(sampleReport()).replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
    const { console } = await open(free.replace("</body>", () => `<script>${probe}</script></body>`));
    const told = console.map((line) => /told (\[.*\])"/.exec(line)?.[1]).find((text) => text !== undefined);
    assert(told !== undefined, console.join("\n"));
    // Three maps and one legend entry belong to the category.
    assertEquals(JSON.parse(told), [
      ...["t = 0.00", "t = 0.25t = 0.25", "t = 1.00", 4, "0.05", false, "1.50", true, false, true],
    ]);
  },
});

Deno.test({
  name: "the policy of a report keeps a script from running that got into the page",
  ignore: !hasChromium,
  fn: async () => {
    const page = renderReport({ ...sampleReport(), title: "calm", figures: [] });
    const { dom, console } = await open(
      page.replace('<main id="main">', '<main id="main"><svg><script>document.title = "acted"</script></svg>'),
    );
    assert(dom.includes("<title>calm</title>"), "the script ran");
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
