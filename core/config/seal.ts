import { canonicalJson } from "./canonical.ts";

/** A JSON object. */
type JsonObject = Readonly<Record<string, unknown>>;

/** `undefined` where a flip made a number infinite. */
async function hashOf(document: JsonObject): Promise<string | undefined> {
  try {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalJson(document)));
    return new Uint8Array(digest).toHex();
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/**
 * Add the SHA-256 of a document to it, so that damage is noticed when it is read: JSON has no checksum of its own.
 *
 * @param document JSON values only; its keys may be written in any order, with any white space.
 * @returns The document and `sha256`, the hash of the rest.
 */
export async function seal<T extends JsonObject>(document: T): Promise<T & { readonly sha256: string }> {
  // As it is read back: without what JSON leaves out, and with null for what it cannot express.
  const written = JSON.parse(JSON.stringify(document)) as JsonObject;
  return { ...document, sha256: (await hashOf(written))! };
}

/**
 * Take the SHA-256 off a document and check it.
 *
 * @param document What was read, sealed by {@linkcode seal} or, as hands and other programs write it, not sealed.
 * @returns The document without `sha256`; `undefined` if it is not what was sealed.
 */
export async function unseal(document: JsonObject): Promise<JsonObject | undefined> {
  for (const [key, value] of Object.entries(document)) {
    // By its value, since a damaged name must not hide the seal.
    if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) continue;
    const { [key]: _, ...rest } = document;
    if (await hashOf(rest) === value) return rest;
  }
  return Object.hasOwn(document, "sha256") ? undefined : document;
}

/** What is wrong with a document that {@linkcode unseal} refuses, and what to do. */
export const BROKEN_SEAL =
  'it does not have the recorded SHA-256; copy it again or, if it was edited on purpose, delete its "sha256"';
