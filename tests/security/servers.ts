/** A server that counts what it is asked for. */
export interface Listener extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
}

/**
 * Serve what a function answers.
 *
 * @param hostname Address to listen on.
 * @param answer The answer by path.
 * @returns The server; dispose it to stop.
 */
export function listen(hostname: string, answer: (path: string) => Response): Listener {
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    return answer(pathname);
  });
  return { port: server.addr.port, asked, [Symbol.asyncDispose]: () => server.shutdown() };
}

/**
 * An answer that leads elsewhere.
 *
 * @param location Where.
 * @param status 301, 302, 303, 307 or 308.
 * @returns The answer.
 */
export function redirection(location: string, status = 302): Response {
  return new Response(null, { status, headers: { location } });
}
