/**
 * The names that users can import, as a text file that a change of the interface has to change too.
 *
 * Write it anew with `deno run -A tests/api/exports.ts`, read the difference, and say in the changelog what it means.
 *
 * @module
 */
const ROOT = new URL("../../", import.meta.url);

/** The checked-in list. */
export const LIST: URL = new URL("./exports.txt", import.meta.url);

/** The list of the version that was published last; written with it, by `deno run -A tests/api/exports.ts --published`. */
export const PUBLISHED: URL = new URL("./published.txt", import.meta.url);

/** What is used of the output of `deno doc --json`. */
interface Documentation {
  readonly nodes: Readonly<
    Record<string, {
      readonly symbols: readonly {
        readonly name: string;
        readonly declarations: readonly { readonly kind: string; readonly declarationKind: string }[];
      }[];
    }>
  >;
}

/** Entry points of the package by the name that follows the package's. */
async function entryPoints(): Promise<Readonly<Record<string, string>>> {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  return exports;
}

/**
 * List every exported name with its kind.
 *
 * @returns One line per name: entry point, kind, name; sorted.
 */
export async function listExports(): Promise<string[]> {
  const entries = Object.entries(await entryPoints());
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...entries.map(([, path]) => path)],
    cwd: ROOT,
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr));
  const { nodes } = JSON.parse(text.decode(stdout)) as Documentation;
  const lines = entries.flatMap(([name, path]) =>
    nodes[new URL(path, ROOT).href]!.symbols.flatMap(({ name: symbol, declarations }) => {
      const kinds = declarations.filter(({ declarationKind }) => declarationKind === "export").map(({ kind }) => kind);
      return [...new Set(kinds)].map((kind) => `${name} ${kind} ${symbol}`);
    })
  );
  return lines.sort();
}

async function write(): Promise<void> {
  const text = `${(await listExports()).join("\n")}\n`;
  await Deno.writeTextFile(LIST, text);
  if (!Deno.args.includes("--published")) return;
  const { version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  await Deno.writeTextFile(PUBLISHED, `${version}\n${text}`);
}

if (import.meta.main) await write();
