/** Root of the checkout. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** Folders that hold sources, besides `mod.ts`. */
const FOLDERS = ["core", "plugins", "datasets", "experiments"] as const;

/** One source file. */
export interface Source {
  /** Path below the root, for example `core/path/linear.ts`. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

async function* files(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory && !name.endsWith(".zarr")) yield* files(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

async function list(): Promise<readonly Source[]> {
  const paths = ["mod.ts"];
  for (const folder of FOLDERS) {
    for await (const path of files(folder)) paths.push(path);
  }
  const read = paths.sort().map(async (path) => ({ path, text: await Deno.readTextFile(new URL(path, ROOT)) }));
  return await Promise.all(read);
}

/** All sources of the product, sorted by path; tests are not among them. */
export const SOURCES: readonly Source[] = await list();

/**
 * Remove comments, so that words in them do not count; texts in quotes stay.
 *
 * @param text TypeScript.
 */
export function withoutComments(text: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;
  return text.replaceAll(token, (match) => match.startsWith("/") ? "" : match);
}
