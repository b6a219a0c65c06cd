/** Root of the checkout. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** How a process ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Run Deno in a folder.
 *
 * @param cwd Where.
 * @param args Its arguments.
 */
export async function denoIn(cwd: URL | string, args: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}
