import { DataError } from "../core/mod.ts";
import { fetchAddress } from "../core/net/fetch_address.ts";

async function open(location: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (/^https?:/.test(location)) {
    const response = await fetchAddress(location);
    if (response.ok && response.body !== null) return response.body;
    throw new DataError(`Cannot read ${location}: the server answers ${response.status} ${response.statusText}`);
  }
  try {
    return (await Deno.open(location)).readable;
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound ? "there is no such file" : String(cause);
    throw new DataError(`Cannot read ${location}: ${reason}`, { cause });
  }
}

/**
 * Read a file whole; unpacks names that end in `.gz`.
 *
 * @param location Path or http(s) address.
 * @returns Its bytes.
 * @throws {DataError} If there is no such file, or it cannot be unpacked.
 */
export async function readBytes(location: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await open(location);
  const stream = location.endsWith(".gz") ? packed.pipeThrough(new DecompressionStream("gzip")) : packed;
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new DataError(`Cannot read ${location}: ${reason}, the file is truncated or damaged, copy it again`, {
      cause,
    });
  }
}
