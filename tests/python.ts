/** Debian's Python, whose scientific packages serve as independent references. */
const PYTHON = "/usr/bin/python3";

/**
 * Tell whether Python modules can be imported; says loudly which tests are skipped if not.
 *
 * @param modules Module names.
 * @returns Whether all of them import.
 */
export function hasPython(...modules: readonly string[]): boolean {
  try {
    const { success } = new Deno.Command(PYTHON, { args: ["-c", `import ${modules.join(", ")}`] }).outputSync();
    if (!success) console.warn(`SKIP: python3 lacks one of ${modules.join(", ")}`);
    return success;
  } catch {
    console.warn(`SKIP: ${PYTHON} is absent`);
    return false;
  }
}

/**
 * Run a Python program and parse what it prints.
 *
 * @param program Source text; it reads `sys.argv[1:]` and prints one JSON value.
 * @param args Arguments.
 * @returns The parsed value.
 */
export function runPython(program: string, args: readonly string[] = []): unknown {
  const { success, stdout, stderr } = new Deno.Command(PYTHON, { args: ["-c", program, ...args] }).outputSync();
  const text = new TextDecoder();
  if (!success) throw new Error(`Python failed: ${text.decode(stderr)}`);
  return JSON.parse(text.decode(stdout));
}
