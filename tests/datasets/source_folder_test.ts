import { DataError } from "../../core/errors.ts";
import { openSourceFolder } from "../../datasets/source_folder.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { serveFolder } from "../core/io/zarr_server.ts";
import { runPython } from "../python.ts";
import { inFolder, PYTHON } from "./import/helpers.ts";
import { writeTar } from "./import/tar_file.ts";

const quiet = (): void => {};

async function contentOf(location: string, inner: string): Promise<string> {
  const folder = await openSourceFolder(location, quiet);
  return await Deno.readTextFile(await folder.file(inner));
}

Deno.test("openSourceFolder() finds files in a folder, an archive of it and behind an address", () =>
  inFolder(async (root) => {
    await Deno.mkdir(`${root}/task/deep`, { recursive: true });
    await Deno.writeTextFile(`${root}/task/deep/a b.txt`, "here");
    await writeTar(`${root}/task.tar`, { "task/deep/a b.txt": "here", "task/x.bin": new Uint8Array(1500) });
    await writeTar(`${root}/flat.tar.gz`, { "deep/a b.txt": "here", "x.bin": new Uint8Array(512) });
    await using server = serveFolder(root);
    const places = ["task", "task/", "task.tar", "flat.tar.gz"].flatMap((name) => [
      `${root}/${name}`,
      `${server.address}/${name}`,
    ]);
    for (const place of places) {
      const folder = await openSourceFolder(place, quiet);
      assertEquals(await Deno.readTextFile(await folder.file("deep/a b.txt")), "here", place);
      assertEquals(await folder.file("deep/a b.txt"), await folder.file("deep/a b.txt"));
      assertEquals(folder.location, place.startsWith("http") ? place.replace(/\/$/, "") : place);
      assertEquals(folder.name, place.includes("flat") ? "flat" : "task");
      const listed = await folder.names("deep");
      assertEquals(listed, place.startsWith("http") && !place.includes(".tar") ? undefined : ["a b.txt"], place);
      for (const inner of ["../secret", "deep/../../secret", "/etc/passwd", "c:\\x"]) {
        await assertRejects(async () => await folder.file(inner), DataError, "it leads out of the folder");
      }
    }
    await assertRejects(() => contentOf(`${server.address}/task`, "none.txt"), DataError, "404");
  }));

Deno.test({
  name: "archives that Python's tarfile writes are unpacked, with long names, links left out",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (root) => {
      runPython(
        `
import sys, tarfile, io, json
long = "d" * 90 + "/" + "é" * 120 + ".txt"
for name, form in (("pax.tar.gz", tarfile.PAX_FORMAT), ("gnu.tgz", tarfile.GNU_FORMAT), ("short.tar", tarfile.USTAR_FORMAT)):
    with tarfile.open(sys.argv[1] + "/" + name, "w:gz" if name.endswith("gz") else "w", format=form) as t:
        for path in ([] if name == "short.tar" else [long]) + ["p" * 120 + "/q.txt", "empty", "plain.txt"]:
            data = b"" if path == "empty" else path.encode() * 40
            i = tarfile.TarInfo(path); i.size = len(data); t.addfile(i, io.BytesIO(data))
        i = tarfile.TarInfo("link"); i.type = tarfile.SYMTYPE; i.linkname = "/etc/passwd"; t.addfile(i)
        i = tarfile.TarInfo("folder"); i.type = tarfile.DIRTYPE; t.addfile(i)
print(1)`,
        [root],
      );
      const long = `${"d".repeat(90)}/${"é".repeat(120)}.txt`;
      for (const name of ["pax.tar.gz", "gnu.tgz", "short.tar"]) {
        const folder = await openSourceFolder(`${root}/${name}`, quiet);
        const paths = [...(name === "short.tar" ? [] : [long]), `${"p".repeat(120)}/q.txt`, "plain.txt"];
        for (const path of paths) {
          assertEquals(await Deno.readTextFile(await folder.file(path)), path.repeat(40), name);
        }
        assertEquals(await Deno.readTextFile(await folder.file("empty")), "");
        assertEquals((await folder.names(""))!.includes("link"), false);
      }
    }),
});

Deno.test("archives that are damaged, cut short or none are refused", () =>
  inFolder(async (root) => {
    await writeTar(`${root}/a.tar`, { "x.bin": new Uint8Array(3000).fill(7) });
    const bytes = await Deno.readFile(`${root}/a.tar`);
    const refused = async (content: Uint8Array<ArrayBuffer>, name: string, message: string): Promise<void> => {
      await Deno.writeFile(`${root}/${name}`, content);
      await assertRejects(() => openSourceFolder(`${root}/${name}`, quiet), DataError, message);
    };
    await refused(bytes.slice(0, 1000), "cut.tar", 'it ends within "x.bin", copy it again');
    await refused(bytes.slice(0, 300), "head.tar", "it is truncated or damaged");
    await refused(bytes.map((byte, at) => at === 3 ? byte ^ 1 : byte), "sum.tar", "it is truncated or damaged");
    await refused(new Uint8Array(1024), "empty.tar", "it holds no files");
    await refused(bytes.slice(0, 600), "plain.tar.gz", "Cannot unpack");
    await assertRejects(() => openSourceFolder(`${root}/none.tar`, quiet), DataError, "none.tar");
  }));
