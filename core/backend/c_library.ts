/** The C library, where the loader of each system has it; permissions to load name files, so a bare name would not do. */
export const C_LIBRARIES: readonly string[] = [
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/lib/aarch64-linux-gnu/libc.so.6",
  "/lib64/libc.so.6",
  "/usr/lib/libc.so.6",
  "/usr/lib/libSystem.B.dylib",
];

/**
 * Open the C library.
 *
 * @typeParam S Symbols.
 * @param symbols What is called.
 * @returns The library; undefined where it is elsewhere, or Deno may not load it.
 */
export function openCLibrary<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.DynamicLibrary<S> | undefined {
  for (const file of C_LIBRARIES) {
    try {
      return Deno.dlopen(file, symbols);
    } catch {
      // It is elsewhere on this system.
    }
  }
  return undefined;
}
