import { assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { DataError } from "../../core/errors.ts";
import { readAnnData } from "../../core/io/anndata_reader.ts";
import { drosophila } from "../../datasets/drosophila_embryo_bdtnp.ts";
import { embeddedStore } from "../../datasets/embedded_store.ts";
import { listening } from "./helpers.ts";

const DATASETS = new URL("../../datasets/", import.meta.url);

/** Serve the folder of the data sets, call `use` with its address, stop. */
async function withServer<T>(use: (address: string) => Promise<T>): Promise<T> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const file = await Deno.readFile(new URL(`.${pathname}`, DATASETS)).catch(() => undefined);
    return file === undefined ? new Response("no such file", { status: 404 }) : new Response(file);
  });
  try {
    return await use(`http://127.0.0.1:${server.addr.port}/`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("embeddedStore() finds a store beside the modules, wherever these are from", async () => {
  const here = await readAnnData(embeddedStore("drosophila-embryo-bdtnp"));
  await withServer(async (address) => {
    const store = embeddedStore("drosophila-embryo-bdtnp", `${address}embedded_store.ts`);
    assertEquals(store.href, `${address}embedded/drosophila-embryo-bdtnp.zarr`);
    const there = await readAnnData(store);
    assertEquals([there.obs, there.X, there.obsm], [here.obs, here.X, here.obsm]);
    const data = await drosophila.load(drosophila.defaults, listening(store.href));
    assertEquals([data.source, data.sections.length], [store.href, 2]);
  });
});

Deno.test("embeddedStore() says what to give when the package comes without the stores", () => {
  const base = "https://jsr.io/@morphogen/morphogen/0.1.0/datasets/embedded_store.ts";
  const { message } = assertThrows(() => embeddedStore("drosophila-embryo-bdtnp", base), DataError);
  assertStringIncludes(message, 'Cannot load data set "drosophila-embryo-bdtnp": the package comes without it');
  assertStringIncludes(message, "datasets/embedded/drosophila-embryo-bdtnp.zarr of the repository by --data");
});
