import { DataError, readGeneSets } from "../../../core/mod.ts";
import { assertEquals, assertRejects } from "../../assert.ts";

async function written(content: string | Uint8Array<ArrayBuffer>, name = "sets.gmt"): Promise<string> {
  const path = `${await Deno.makeTempDir()}/${name}`;
  await (typeof content === "string" ? Deno.writeTextFile(path, content) : Deno.writeFile(path, content));
  return path;
}

const TEXT = "HALLMARK_A\thttps://example.org/a\tPOSTN\tLUM\tMMP2\n\nB set (GO:1)\t\tCCND1\tLUM\tCCND1\t\t\n";

const SETS = [
  { name: "HALLMARK_A", description: "https://example.org/a", genes: ["POSTN", "LUM", "MMP2"] },
  { name: "B set (GO:1)", description: "", genes: ["CCND1", "LUM"] },
];

Deno.test("readGeneSets() reads names, descriptions and genes, however lines end and whether packed or not", async () => {
  assertEquals(await readGeneSets(await written(TEXT)), SETS);
  assertEquals(await readGeneSets(await written(TEXT.replaceAll("\n", "\r\n").trimEnd())), SETS);
  const packed = new Blob([TEXT]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  assertEquals(await readGeneSets(await written(bytes, "sets.gmt.gz")), SETS);
});

const BAD:
  readonly (readonly [what: string, content: string | Uint8Array<ArrayBuffer>, name: string, message: string])[] = [
    ["nothing", "\n\n", "sets.gmt", "it is empty"],
    ["a set without genes", "A\tabout\tx\nB\tabout\n", "sets.gmt", 'line 2 has no genes for "B"'],
    ["a table with commas", "name,gene\nA,x\n", "sets.gmt", "separated by tabs"],
    ["a set without a name", "\tabout\tx\n", "sets.gmt", "line 1 has no name"],
    ["one name twice", "A\t\tx\nA\t\ty\n", "sets.gmt", 'the name "A" stands twice'],
    ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0x41, 0x80), "sets.gmt", "Cannot read gene sets"],
    ["a name that lies about being packed", "A\t\tx\n", "sets.gmt.gz", "Cannot read gene sets"],
  ];

for (const [what, content, name, message] of BAD) {
  Deno.test(`readGeneSets() refuses ${what} in one sentence`, async () => {
    const path = await written(content, name);
    await assertRejects(() => readGeneSets(path), DataError, message);
  });
}

Deno.test("readGeneSets() says that a file is not there", async () => {
  await assertRejects(() => readGeneSets("no/such/sets.gmt"), DataError, "there is no such file");
});
