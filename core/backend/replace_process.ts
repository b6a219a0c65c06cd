import { openCLibrary } from "./c_library.ts";

const SYMBOLS = {
  // Of its result only the address counts, which Deno tells of buffers to those only who may load any library.
  memcpy: { parameters: ["buffer", "buffer", "usize"], result: "usize" },
  execv: { parameters: ["buffer", "buffer"], result: "i32" },
} as const;

/**
 * Let another program take the place of this one: same process number, same terminal, same parent, so that signals and
 * exit codes need nobody to pass them on.
 *
 * @param program File of the program.
 * @param args Its arguments; the environment is this process's.
 * @returns Only where it cannot be done: on Windows, where there is no such thing, and where the C library is elsewhere.
 */
export function replaceProcess(program: string, args: readonly string[]): void {
  if (Deno.build.os === "windows") return;
  const library = openCLibrary(SYMBOLS);
  if (library === undefined) return;
  const { memcpy, execv } = library.symbols;
  const texts = [program, ...args].map((text) => new TextEncoder().encode(`${text}\0`));
  // The list of addresses ends in zero.
  const list = BigUint64Array.from([...texts.map((text) => BigInt(memcpy(text, text, 0n))), 0n]);
  execv(texts[0]!, list);
  library.close();
}
