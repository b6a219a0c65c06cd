import { crc32, deflateRawSync } from "node:zlib";
import { DataError } from "../../core/errors.ts";
import { openZarr, readArray } from "../../core/io/zarr.ts";
import { readLines } from "../../datasets/import/text_lines.ts";
import { unpackTar } from "../../datasets/import/tar.ts";
import { openSourceFolder } from "../../datasets/source_folder.ts";
import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "../assert.ts";
import { hasPython, runPython } from "../python.ts";
import { filesIn, inFolder } from "./in_folder.ts";

const PYTHON = hasPython("tarfile", "zipfile", "h5py");

Deno.test({
  name: "unpackTar() writes nothing outside its folder, whatever names and links an archive of Python's holds",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      // Each archive tries one way out; links come first, so that a file behind them would follow them.
      const program = `
import io, sys, tarfile
f = sys.argv[1]
def write(name, *entries):
    with tarfile.open(f + "/" + name, "w", format=tarfile.PAX_FORMAT) as t:
        for kind, path, target in entries:
            i = tarfile.TarInfo(path); i.type = kind; i.linkname = target
            data = b"evil" if kind == tarfile.REGTYPE else b""
            i.size = len(data); t.addfile(i, io.BytesIO(data))
R, S, L, D, C = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE
write("dots.tar", (R, "../escaped", ""))
write("deep.tar", (R, "a/../../escaped", ""))
write("absolute.tar", (R, f + "/escaped", ""))
write("back.tar", (R, "..\\\\escaped", ""))
write("drive.tar", (R, "C:/escaped", ""))
write("long.tar", (R, "x/" * 120 + "../" * 121 + "escaped", ""))
write("link.tar", (S, "door", ".."), (R, "door/escaped", ""))
write("hard.tar", (L, "victim", "../victim"), (R, "victim", ""))
write("over.tar", (S, "victim", "../victim"), (R, "victim", ""))
write("device.tar", (C, "null", ""), (R, "fine", ""))
print(1)`;
      runPython(program, [folder]);
      await Deno.writeTextFile(`${folder}/victim`, "mine");
      const before = await filesIn(folder);
      for (const name of ["dots", "deep", "absolute", "back", "drive", "long"]) {
        await Deno.mkdir(`${folder}/target`);
        const archive = `${folder}/${name}.tar`;
        await assertRejects(() => unpackTar(archive, `${folder}/target`), DataError, "leads out of the target folder");
        await Deno.remove(`${folder}/target`, { recursive: true });
        assertEquals(await filesIn(folder), before, name);
      }
      for (const name of ["link", "hard", "over", "device"]) {
        await Deno.mkdir(`${folder}/target`);
        await unpackTar(`${folder}/${name}.tar`, `${folder}/target`);
        for (const file of await filesIn(`${folder}/target`)) {
          const { isFile, isSymlink } = await Deno.lstat(`${folder}/target/${file}`);
          assertEquals([isFile, isSymlink], [true, false], `${name}: ${file}`);
        }
        await Deno.remove(`${folder}/target`, { recursive: true });
        assertEquals([await filesIn(folder), await Deno.readTextFile(`${folder}/victim`)], [before, "mine"], name);
      }
    }),
});

/** A tar header with a true checksum. */
function tarHeader(name: string, kind: string, size: string): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(512);
  const put = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(124, size);
  put(148, " ".repeat(8));
  put(156, kind);
  put(257, "ustar\x0000");
  put(148, `${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  return header;
}

Deno.test("unpackTar() refuses forged lengths before it takes memory for them", () =>
  inFolder(async (folder) => {
    const record = new TextEncoder().encode("18 size=-1000000\n");
    const padded = new Uint8Array(512);
    padded.set(record);
    const archives: Readonly<Record<string, readonly Uint8Array<ArrayBuffer>[]>> = {
      longName: [tarHeader("x", "L", "77777777777\0")],
      binary: [tarHeader("x", "L", "\x7f".padEnd(12, "\x7f"))],
      negative: [tarHeader("x", "0", "-0000001000\0")],
      words: [tarHeader("x", "0", "many       \0")],
      pax: [
        tarHeader("x", "x", `${record.length.toString(8).padStart(11, "0")}\0`),
        padded,
        tarHeader("y", "0", "0\0"),
      ],
    };
    for (const [name, parts] of Object.entries(archives)) {
      const archive = `${folder}/${name}.tar`;
      await Deno.writeFile(archive, new Blob([...parts]).stream());
      await Deno.mkdir(`${folder}/${name}`);
      await assertRejects(() => unpackTar(archive, `${folder}/${name}`), DataError, "Cannot unpack");
      assertEquals(await filesIn(`${folder}/${name}`), [], name);
    }
  }));

Deno.test("names that lead out of the folder of a data set are refused", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/data`);
    await Deno.writeTextFile(`${folder}/secret`, "mine");
    const source = await openSourceFolder(`${folder}/data`, () => {});
    for (const name of ["../secret", "a/../../secret", `${folder}/secret`, "..\\secret"]) {
      await assertRejects(() => Promise.resolve().then(() => source.file(name)), DataError);
    }
  }));

/** A zip file of one deflated entry, whose header may lie about its size. */
function zipOf(
  name: string,
  content: Uint8Array,
  claims: { readonly size?: number; readonly method?: number } = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const packed = deflateRawSync(content);
  const { size = content.length, method = 8 } = claims;
  const bytes = new TextEncoder().encode(name);
  const local = new DataView(new ArrayBuffer(30));
  const central = new DataView(new ArrayBuffer(46));
  const end = new DataView(new ArrayBuffer(22));
  const common = (view: DataView, at: number): void => {
    view.setUint16(at + 4, method, true);
    view.setUint32(at + 10, crc32(content), true);
    view.setUint32(at + 14, packed.length, true);
    view.setUint32(at + 18, size, true);
    view.setUint16(at + 22, bytes.length, true);
  };
  local.setUint32(0, 0x04034b50, true);
  common(local, 4);
  central.setUint32(0, 0x02014b50, true);
  common(central, 6);
  const start = 30 + bytes.length + packed.length;
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, 1, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, 46 + bytes.length, true);
  end.setUint32(16, start, true);
  const parts = [local, bytes, new Uint8Array(packed), central, bytes, end];
  return new Blob(parts).stream();
}

/** Memory that the process holds, outside of the heap of V8 too. */
function resident(): number {
  return Deno.memoryUsage().rss;
}

Deno.test("a zip bomb is refused once it unpacks to more than it declares, before it takes the memory", () =>
  inFolder(async (folder) => {
    const document = new TextEncoder().encode('{"zarr_format":2}');
    await Deno.writeFile(`${folder}/fine.zip`, zipOf(".zgroup", document));
    assertEquals((await openZarr(`${folder}/fine.zip`)).kind, "group");
    const bomb = new Uint8Array(2 ** 29);
    const cases: readonly (readonly [Parameters<typeof zipOf>[2], string])[] = [
      [{ size: 17 }, "it unpacks to more than the 17 bytes that it declares"],
      [{ size: 0xfffffffe }, "it takes 4294967294 bytes, expected at most"],
      [{ size: 2 ** 29 + 1 }, "it unpacks to 536870912 bytes, expected 536870913"],
      [{ method: 12 }, "it is compressed by method 12 of zip"],
    ];
    for (const [claims, problem] of cases) {
      await Deno.writeFile(`${folder}/bomb.zip`, zipOf(".zgroup", bomb, claims));
      const before = resident();
      const error = await assertRejects(() => openZarr(`${folder}/bomb.zip`), DataError);
      assertStringIncludes(error.message, problem);
      if (claims!.size === 17) assertLess(resident() - before, 2 ** 27);
    }
  }));

Deno.test("names in a zip file that lead out of it, or are those of every object, are no members", () =>
  inFolder(async (folder) => {
    const document = new TextEncoder().encode('{"zarr_format":2}');
    for (const name of ["../../.zgroup", "/.zgroup", "..\\.zgroup"]) {
      await Deno.writeFile(`${folder}/t.zip`, zipOf(name, document));
      const found = await openZarr(`${folder}/t.zip`).catch((error) => error);
      assert(found instanceof DataError || found.kind === "group", name);
    }
    await Deno.writeFile(`${folder}/t.zip`, zipOf(".zgroup", document));
    const root = await openZarr(`${folder}/t.zip`);
    assert(root.kind === "group");
    for (const name of ["toString", "__proto__", "constructor", "hasOwnProperty"]) {
      assertEquals(await root.member(name), undefined, name);
    }
    await assertRejects(() => root.member("../../etc"), DataError, "do not trust this store");
  }));

Deno.test("a packed table whose line never ends is refused, in time and memory that do not grow with it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/t.csv.gz`;
    // 512 MiB of one letter, half a megabyte packed.
    const letters = new Uint8Array(2 ** 20).fill(97);
    const stream = ReadableStream.from((function* (): Generator<Uint8Array<ArrayBuffer>> {
      for (let i = 0; i < 512; i++) yield letters;
    })());
    await Deno.writeFile(path, stream.pipeThrough(new CompressionStream("gzip")));
    const error = await assertRejects(async () => {
      for await (const _ of readLines(path)) assert(true);
    }, DataError);
    assertStringIncludes(error.message, "a line has more than 268435456 characters");
  }));

Deno.test({
  name: "an HDF5 file reads nothing but itself: external links, external storage and virtual data sets are refused",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/secret.txt`, "SECRET!!".repeat(8));
      const program = `
import sys, h5py, numpy as np
f = sys.argv[1]
with h5py.File(f + "/secret.h5", "w") as h: h["X"] = np.full((8, 2), 7.0)
for name in ("external", "virtual", "link"):
    with h5py.File(f + "/" + name + ".h5", "w") as h:
        if name == "external": h.create_dataset("X", shape=(8, 8), dtype="u1", external=[(f + "/secret.txt", 0, 64)])
        if name == "link": h["X"] = h5py.ExternalLink(f + "/secret.h5", "/X")
        if name == "virtual":
            layout = h5py.VirtualLayout(shape=(8, 2), dtype="f8"); layout[:] = h5py.VirtualSource(f + "/secret.h5", "X", shape=(8, 2))
            h.create_virtual_dataset("X", layout)
print(1)`;
      runPython(program, [folder]);
      const { openHdf5 } = await import("../../datasets/import/hdf5_file.ts");
      for (const name of ["external", "virtual", "link"]) {
        using file = await openHdf5(`${folder}/${name}.h5`);
        const error = await assertRejects(async () => {
          const found = await file.root.member("X");
          assert(found?.kind === "array");
          await readArray(found);
        }, DataError);
        assertStringIncludes(error.message, "another file", name);
      }
    }),
});
