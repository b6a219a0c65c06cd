import { dotMap, type Figure, renderComparison, renderReport, type ReportInput } from "../../core/report/mod.ts";
import { safeDrawing } from "../../core/report/safe_drawing.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { hasChromium, openInChromium } from "../chromium.ts";
import { sampleFigures } from "../core/report/samples.ts";
import { inFolder } from "./in_folder.ts";
import { listen } from "./servers.ts";

/** Ways to act from within text, each of which would change the title of the page or ask `PORT` for something. */
const ATTACKS: readonly string[] = [
  "<script>document.title='acted'</script>",
  "</script><script>document.title='acted'</script>",
  "</title><script>document.title='acted'</script>",
  "</style><script>document.title='acted'</script>",
  "</textarea></noscript><script>document.title='acted'</script>",
  "--><script>document.title='acted'</script><!--",
  "]]><script>document.title='acted'</script>",
  `"><img src=x onerror="document.title='acted'">`,
  `' onload='document.title="acted"' x='`,
  `" onmouseover="document.title='acted'" autofocus onfocus="document.title='acted'" tabindex=1 x="`,
  "<svg onload=document.title='acted'>",
  "<svg><animate onbegin=document.title='acted' attributeName=x dur=1s>",
  "<details open ontoggle=document.title='acted'>",
  "<iframe srcdoc=\"<script>parent.document.title='acted'</script>\"></iframe>",
  "<math><mtext></mtext><mglyph><style><img src=x onerror=document.title='acted'></style></mglyph></math>",
  "javascript:document.title='acted'",
  "data:text/html,<script>document.title='acted'</script>",
  "<img src=http://127.0.0.1:PORT/image>",
  "<link rel=stylesheet href=http://127.0.0.1:PORT/style>",
  "<style>@import url(http://127.0.0.1:PORT/import); body { background: url(http://127.0.0.1:PORT/background) }</style>",
  "<meta http-equiv=refresh content='0;url=http://127.0.0.1:PORT/refresh'>",
  "<base href=http://127.0.0.1:PORT/base/>",
  "<form action=http://127.0.0.1:PORT/form><button autofocus>x</button></form>",
  "<object data=http://127.0.0.1:PORT/object></object><embed src=http://127.0.0.1:PORT/embed>",
  "&lt;script&gt;document.title='acted'&lt;/script&gt;",
  "\u0000<\u0000script>document.title='acted'</script>",
  "\x1b]0;acted\x07\u202egnp.exe\u2066",
  "${document.title='acted'}{{document.title='acted'}}`+alert(1)+`",
];

/** A drawing that is all attack: as a plugin, or a file of somebody's run folder, could have it. */
function hostileDrawing(attack: string): string {
  return `<svg viewBox="0 0 1 1" xmlns="http://www.w3.org/2000/svg"><title>t</title>${attack}` +
    `<a href="javascript:document.title='acted'"><text>link</text></a><foreignObject>${attack}</foreignObject>` +
    `<image href="http://127.0.0.1:PORT/svg-image"/><use href="http://127.0.0.1:PORT/svg-use#x"/>` +
    `<rect fill="url(http://127.0.0.1:PORT/svg-fill#x)" style="background:url(http://127.0.0.1:PORT/svg-style)"/>` +
    `<set attributeName="href" to="javascript:document.title='acted'"/><script>document.title='acted'</script>` +
    `<script href="http://127.0.0.1:PORT/svg-script"/></svg></div></main>${attack}<svg>`;
}

/** A report whose every text, key and drawing is an attack. */
function hostileReport(attack: string): ReportInput {
  const metric = {
    name: attack,
    description: attack,
    value: 0.5,
    better: "lower" as const,
    anchors: { [attack]: 1 },
  };
  const citation = { title: attack, authors: attack, year: 2026, venue: attack, url: attack, licence: attack };
  const own: Figure = {
    id: attack,
    title: attack,
    caption: attack,
    frames: ["a", "b"].map((label) => ({ label: label + attack, svg: hostileDrawing(attack) })),
  };
  const points = { data: Float32Array.of(0, 0, 1, 1), shape: [2, 2] as const };
  const panels = [{ title: attack, points, category: Int32Array.of(0, 1) }];
  const map = dotMap({ title: attack, panels, categories: [attack, `${attack} 2`], unit: attack });
  return {
    title: `calm ${attack}`,
    summary: [attack],
    notes: [attack],
    metrics: [metric],
    published: [{ title: attack, data: attack, columns: [attack], rows: [{ name: attack, values: [attack] }] }],
    figures: [own, { ...own, id: "map", frames: [{ label: attack, svg: map }] }],
    config: { [attack]: attack, nested: { [attack]: [attack] } },
    citations: [{ role: attack, citation }],
    environment: { [attack]: attack },
    rerun: [attack],
  };
}

/** Open a page and tell what it did. */
async function opened(folder: string, html: string): Promise<{ readonly dom: string; readonly console: string }> {
  // The name of the file is an attack as well.
  const path = `${folder}/<img src=x onerror=document.title='acted'>.html`;
  await Deno.writeTextFile(path, html);
  const { dom, console } = await openInChromium(`file://${encodeURI(path).replaceAll("'", "%27")}`);
  return { dom, console: console.join("\n") };
}

function textOf(dom: string): string {
  const plain = dom.replace(/<style>[^]*?<\/style>|<script>[^]*?<\/script>/g, "").replace(/<[^>]*>/g, " ");
  return plain.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

Deno.test({
  name: "a report and a comparison of hostile texts and drawings run nothing, load nothing, and show the texts",
  ignore: !hasChromium,
  fn: () =>
    inFolder(async (folder) => {
      await using server = listen("127.0.0.1", () => new Response("document.title='acted'"));
      const attacks = ATTACKS.map((attack) => attack.replaceAll("PORT", String(server.port)));
      // All of them in one page, each in every place: figures and metrics are listed as often as there are attacks.
      const reports = attacks.map((attack) => hostileReport(attack));
      const one: ReportInput = {
        ...reports[0]!,
        title: `calm ${attacks.join(" ")}`,
        summary: attacks,
        notes: attacks,
        metrics: reports.flatMap(({ metrics }) => metrics),
        published: reports.flatMap(({ published = [] }) => published),
        figures: reports.flatMap(({ figures }, i) => figures.map((figure) => ({ ...figure, id: `${figure.id}-${i}` }))),
        config: reports.map(({ config }) => config),
        citations: reports.flatMap(({ citations }) => citations),
        environment: Object.assign({}, ...reports.map(({ environment }) => environment)),
        rerun: attacks,
      };
      const port = String(server.port);
      const pages = [
        renderReport(one).replaceAll("PORT", port),
        renderComparison({
          title: one.title,
          notes: attacks,
          runs: attacks.map((name, i) => ({
            name: `${name} ${i}`,
            metrics: one.metrics,
            figures: i < 2 ? one.figures.slice(0, 4) : [],
            config: reports[i]!.config,
            environment: reports[i]!.environment,
          })),
        }).replaceAll("PORT", port),
      ];
      for (const html of pages) {
        const { dom, console } = await opened(folder, html);
        assertEquals(server.asked, [], "the page asked a server for something");
        assertStringIncludes(dom, "<title>calm ", "a script changed the title");
        assertEquals(/<title>acted/.exec(dom)?.[0], undefined);
        // Browsers leave the brackets in attributes as they are.
        const bare = dom.replace(/="[^"]*"/g, '=""');
        assertEquals(bare.match(/<script/g)?.length, 1, "there is a script that is not the page's own");
        for (
          const tag of ["iframe", "object", "embed", "form", "base", "img", "math", "foreignobject", "animate", "set"]
        ) {
          assertEquals(new RegExp(`.{0,80}<${tag}[\\s>].{0,80}`, "i").exec(bare)?.[0], undefined, tag);
        }
        assertEquals(/<[^<>]*\son\w+=""/i.exec(bare)?.[0], undefined);
        assertEquals(/<[^<>]*href="(javascript|data:text)/i.exec(dom)?.[0], undefined);
        assertEquals(console, "", "the console has something to say");
        const text = textOf(dom);
        for (const attack of attacks.slice(0, 6)) assertStringIncludes(text, attack);
      }
    }),
});

Deno.test("safeDrawing() leaves the drawings of this package as they are", () => {
  const drawings = sampleFigures().flatMap(({ frames }) => frames.map(({ svg }) => svg));
  assert(drawings.length > 10);
  for (const svg of drawings) assertEquals(safeDrawing(svg), svg);
});

Deno.test("safeDrawing() keeps nothing that acts, loads, styles the page or leads away", () => {
  for (const attack of ATTACKS) {
    const safe = safeDrawing(hostileDrawing(attack));
    const tags = [...safe.matchAll(/<\/?([^\s>/]+)/g)].map(([, name]) => name);
    assertEquals(tags.filter((name) => !["svg", "title", "text", "image", "use", "rect"].includes(name!)), [], attack);
    for (const [tag] of safe.matchAll(/<[^>]*>/g)) {
      assertEquals(/\son\w+\s*=|javascript:|https?:\/\/127|style=/i.test(tag), false, tag);
    }
  }
});
