function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Folders of the system, in the order of its loader. */
const STANDARD: readonly string[] = [
  "/lib/x86_64-linux-gnu",
  "/usr/lib/x86_64-linux-gnu",
  "/lib/aarch64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/lib64",
  "/usr/lib64",
  "/lib",
  "/usr/lib",
  "/usr/local/lib",
];

/** Folders that modules of a cluster, or an environment of conda, put in front. */
function given(): readonly string[] {
  try {
    return (Deno.env.get("LD_LIBRARY_PATH") ?? "").split(":").filter((folder) => folder.startsWith("/"));
  } catch {
    // Deno may not ask for it; the folders of the system are left.
    return [];
  }
}

/** Folders that were added to the machine. */
function configured(): readonly string[] {
  const folder = "/etc/ld.so.conf.d";
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".conf")).sort()
      .flatMap((name) => Deno.readTextFileSync(`${folder}/${name}`).split("\n"))
      .map((line) => line.trim()).filter((line) => line.startsWith("/"));
  } catch {
    return [];
  }
}

/**
 * List the files that a library's name may mean: Deno's permissions name files, so that a name alone cannot be allowed.
 *
 * @param name Name of a library, or a path.
 * @returns Files that are there, in the order in which the system's loader looks for them; none for a path.
 */
export function libraryFiles(name: string): readonly string[] {
  if (Deno.build.os !== "linux" || name.includes("/")) return [];
  const folders = new Set([...given(), ...configured(), ...STANDARD]);
  return [...folders].map((folder) => `${folder}/${name}`).filter(isThere);
}
