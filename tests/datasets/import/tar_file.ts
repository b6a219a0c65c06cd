/**
 * Write a tar archive, plain or packed.
 *
 * @param path Where to; names that end in `gz` are packed.
 * @param files Content by name.
 */
export async function writeTar(path: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return [headerOf(name, bytes.length), bytes, new Uint8Array((512 - bytes.length % 512) % 512)];
  });
  const stream = new Blob([...parts, new Uint8Array(1024)].map((part) => new Uint8Array(part))).stream();
  const packed = path.endsWith("gz") ? stream.pipeThrough(new CompressionStream("gzip")) : stream;
  await Deno.writeFile(path, packed);
}

function headerOf(name: string, size: number): Uint8Array {
  const header = new Uint8Array(512);
  const put = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\x0000");
  put(148, `${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  return header;
}
