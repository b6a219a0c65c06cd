/**
 * Work in a folder that is removed afterwards.
 *
 * @param work Receives the folder; what lies beside `inside` must stay as it was.
 */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "security-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Paths of all files below a folder.
 *
 * @param folder The folder.
 * @returns Paths below it in sorted order; links are not followed.
 */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...(await filesIn(`${folder}/${name}`)).map((inner) => `${name}/${inner}`));
    else found.push(name);
  }
  return found.sort();
}
