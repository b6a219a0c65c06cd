import { openCLibrary } from "./c_library.ts";

const SYMBOLS = {
  address_of: { name: "memcpy", parameters: ["buffer", "buffer", "usize"], result: "usize" },
  copy: { name: "memcpy", parameters: ["buffer", "usize", "usize"], result: "usize" },
  strlen: { parameters: ["usize"], result: "usize" },
} as const;

let opened: Deno.DynamicLibrary<typeof SYMBOLS> | undefined;

function library(): typeof opened {
  return opened ??= openCLibrary(SYMBOLS);
}

/**
 * Find where bytes lie. Deno tells it only to those who may load any library; whoever may call `memcpy` is told by its
 * result.
 *
 * @param bytes The bytes.
 * @returns Address of the first.
 */
export function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  const own = library();
  if (own === undefined) return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
  return BigInt(own.symbols.address_of(bytes, bytes, 0n));
}

/**
 * Read a text of C.
 *
 * @param address Where it begins; 0 if there is none.
 * @returns The text; empty if there is none.
 */
export function textAt(address: bigint): string {
  if (address === 0n) return "";
  const own = library();
  if (own === undefined) return Deno.UnsafePointerView.getCString(Deno.UnsafePointer.create(address)!);
  const bytes = new Uint8Array(Number(own.symbols.strlen(address)));
  own.symbols.copy(bytes, address, BigInt(bytes.length));
  return new TextDecoder().decode(bytes);
}
