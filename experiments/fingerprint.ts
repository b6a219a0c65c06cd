import { leaves, type Params, type Tensor, toHost } from "../core/mod.ts";

/**
 * Name parameters by their values.
 *
 * @param params The parameters.
 * @returns 32 hexadecimal digits of a SHA-256; equal for equal values.
 */
export async function fingerprint(params: Params): Promise<string> {
  const arrays = await Promise.all(leaves<Tensor>(params).map(toHost));
  const blob = new Blob(arrays.map(({ data }) => data as Float32Array<ArrayBuffer>));
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return new Uint8Array(digest, 0, 16).toHex();
}
