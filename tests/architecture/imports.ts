import { ROOT, SOURCES } from "./sources.ts";

/** One import of one file by another. */
export interface Import {
  /** Path below the root of the importing file. */
  readonly from: string;
  /** Path below the root, or the specifier of what lies outside (`npm:...`, `node:...`). */
  readonly to: string;
  /** Whether only types are imported. */
  readonly typeOnly: boolean;
  /** Whether it is loaded when first needed. */
  readonly lazy: boolean;
}

interface Dependency {
  readonly code?: { readonly specifier?: string; readonly error?: string };
  readonly type?: { readonly specifier?: string; readonly error?: string };
  readonly isDynamic?: boolean;
}

interface Graph {
  readonly modules: readonly { readonly specifier: string; readonly dependencies?: readonly Dependency[] }[];
}

function relative(specifier: string): string {
  return specifier.startsWith(ROOT.href) ? specifier.slice(ROOT.href.length) : specifier;
}

async function graph(): Promise<Graph> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, SOURCES.map(({ path }) => `import "${new URL(path, ROOT).href}";\n`).join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", new URL("deno.json", ROOT).pathname, entry],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(entry);
  }
}

async function list(): Promise<readonly Import[]> {
  const known = new Set(SOURCES.map(({ path }) => path));
  const { modules } = await graph();
  return modules.filter(({ specifier }) => known.has(relative(specifier))).flatMap(({ specifier, dependencies = [] }) =>
    dependencies.map(({ code, type, isDynamic }) => ({
      from: relative(specifier),
      to: relative(code?.specifier ?? type?.specifier ?? code?.error ?? type?.error ?? "nothing"),
      typeOnly: code === undefined,
      lazy: isDynamic ?? false,
    }))
  );
}

/** Every import in the sources of the product, as `deno info` sees them. */
export const IMPORTS: readonly Import[] = await list();
