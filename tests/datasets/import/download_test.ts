import { DataError } from "../../../core/errors.ts";
import { fetchFile, isFileAddress, localFile } from "../../../datasets/import/download.ts";
import { openSource } from "../../../datasets/import/recognise.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { runPython } from "../../python.ts";
import { exists } from "../../experiments/process.ts";
import { compareWithStores, importTo, inFolder, namesIn, PYTHON } from "./helpers.ts";

/** Serve what a function answers, call `use` with the address, stop. */
async function withServer(
  answer: (path: string) => Response | Promise<Response>,
  use: (address: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => answer(new URL(request.url).pathname),
  );
  try {
    await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test({
  name: "an .h5ad behind an address is imported, also under a number and after a redirection, and the copy goes",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      runPython(
        `
import sys, warnings, numpy as np, anndata as ad, scipy.sparse as sp
warnings.filterwarnings("ignore")
a = ad.AnnData(sp.random(30, 7, 0.4, format="csr", dtype="f4", random_state=2)); a.obsm["spatial"] = np.arange(60.0).reshape(30, 2)
a.write_h5ad(sys.argv[1])
print(1)`,
        [`${folder}/in.h5ad`],
      );
      const bytes = await Deno.readFile(`${folder}/in.h5ad`);
      const answer = (path: string): Response => {
        if (path === "/moved.h5ad") return new Response(null, { status: 302, headers: { location: "/in.h5ad" } });
        const headers = { "content-disposition": 'attachment; filename="../../evil.h5ad"' };
        return path === "/in.h5ad" ? new Response(bytes) : new Response(bytes, { headers });
      };
      await withServer(answer, async (address) => {
        const paths = ["in.h5ad", "moved.h5ad", "ndownloader/files/4056"];
        for (const [i, path] of paths.entries()) {
          await importTo(`${address}/${path}`, `${folder}/${i}.zarr`);
        }
        const pairs = paths.map((_, i) => [`${folder}/in.h5ad`, `${folder}/${i}.zarr`] as const);
        assertEquals(compareWithStores(pairs), [[], [], []]);
        const said: string[] = [];
        using source = await openSource(`${address}/in.h5ad`, { say: (sentence) => said.push(sentence) });
        assertEquals([source.location, source.obs.index.length], [`${address}/in.h5ad`, 30]);
        assertMatch(said.join(), /^Fetching http.*in\.h5ad to a temporary file/);
        assertEquals(await isFileAddress(`${address}/store.zarr`), false);
      });
    }),
});

Deno.test("copies keep to their folder, whatever name a server gives them, and go when they are not needed", () =>
  withServer(
    (path) => new Response("a,b\n1,2\n", { headers: { "content-disposition": `attachment; filename="${path}"` } }),
    async (address) => {
      let path = "";
      {
        using copy = await localFile(`${address}/..%2f..%2fx.csv`, () => {});
        path = copy.path;
        assertMatch(path, /morphogen-[^/]+\/[\w.-]+x\.csv$/);
        assertEquals(await Deno.readTextFile(path), "a,b\n1,2\n");
      }
      assertEquals(await exists(path), false);
    },
  ));

Deno.test("an address that answers nothing, another thing or half of it is refused in one sentence", () =>
  inFolder((folder) =>
    withServer((path) => {
      if (path === "/half.h5ad") {
        const body = new ReadableStream({
          start(controller): void {
            controller.enqueue(new TextEncoder().encode("half"));
            controller.close();
          },
        });
        return new Response(body, { headers: { "content-length": "100" } });
      }
      return path === "/text.h5ad" ? new Response("no HDF5") : new Response("gone", { status: 404 });
    }, async (address) => {
      const failure = async (location: string): Promise<string> => {
        const { message } = await assertRejects(() => importTo(location, `${folder}/out.zarr`), DataError);
        assert(!message.includes("\n"), message);
        return message;
      };
      assertMatch(await failure(`${address}/none.h5ad`), /^Cannot read "http.*none\.h5ad": the server answers 404/);
      assertMatch(await failure(`${address}/half.h5ad`), /^Cannot fetch "http.*half\.h5ad": /);
      assertMatch(await failure(`${address}/text.h5ad`), /does not begin like an HDF5 file/);
      assertMatch(await failure(`${address}/none.zarr`), /^Cannot open "http.*none\.zarr" as a Zarr store: /);
      assertMatch(await failure("http://127.0.0.1:1/x.h5ad"), /^Cannot read "http.*x\.h5ad": .*check the address/);
      assertEquals(await namesIn(folder), []);
      await assertRejects(() => fetchFile(`${address}/none`, folder, () => {}), DataError, "404");
    })
  ));
