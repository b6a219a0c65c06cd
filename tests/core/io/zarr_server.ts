/** Serves a folder as a plain web server would: no listings, byte ranges unless told otherwise. */
export function serveFolder(
  folder: string,
  ranges = true,
): { readonly address: string; readonly requests: string[] } & AsyncDisposable {
  const requests: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const name = decodeURIComponent(new URL(request.url).pathname);
    requests.push(name);
    const path = folder + name;
    const bytes = await Deno.readFile(path).catch(() => undefined);
    if (bytes === undefined) return new Response(null, { status: 404 });
    const headers = { "content-length": String(bytes.length) };
    if (request.method === "HEAD") return new Response(null, { headers });
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
    if (range === null || !ranges) return new Response(bytes, { headers });
    return new Response(bytes.slice(Number(range[1]), Number(range[2]) + 1), { status: 206 });
  });
  const address = `http://127.0.0.1:${server.addr.port}`;
  return { address, requests, [Symbol.asyncDispose]: () => server.shutdown() };
}
