/** Text of a small file, or `undefined` if it cannot be read. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch {
    return undefined;
  }
}

function resolvePath(base: string, path: string): string {
  return path.startsWith("/") || /^[A-Za-z]:/.test(path) ? path : `${base}/${path}`;
}

/** The git folder of a checkout: `.git` itself, or where a worktree's `.git` file points. */
async function gitFolder(folder: string): Promise<string | undefined> {
  for (let at = folder;;) {
    const pointer = await textOf(`${at}/.git`);
    if (pointer?.startsWith("gitdir: ")) return resolvePath(at, pointer.slice("gitdir: ".length));
    if (await textOf(`${at}/.git/HEAD`) !== undefined) return `${at}/.git`;
    const up = at.replace(/[/\\][^/\\]*$/, "");
    if (up === at || up === "") return undefined;
    at = up;
  }
}

/**
 * Find the commit that a checkout stands on, by reading git's files.
 *
 * @param folder Absolute path of the checkout or a folder in it.
 * @returns The commit's hash; `undefined` outside a checkout or before the first commit.
 */
export async function gitCommit(folder: string): Promise<string | undefined> {
  const git = await gitFolder(folder.replace(/[/\\]+$/, ""));
  if (git === undefined) return undefined;
  const head = await textOf(`${git}/HEAD`);
  if (head === undefined || !head.startsWith("ref: ")) return head;
  const ref = head.slice("ref: ".length);
  const common = await textOf(`${git}/commondir`);
  const shared = common === undefined ? git : resolvePath(git, common);
  const loose = await textOf(`${git}/${ref}`) ?? await textOf(`${shared}/${ref}`);
  if (loose !== undefined) return loose;
  const packed = await textOf(`${shared}/packed-refs`) ?? "";
  return packed.split("\n").find((line) => line.endsWith(` ${ref}`))?.split(" ")[0];
}
