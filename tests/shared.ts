/** Where the method files, fixtures and data that are not part of the product lie, beside the checkout. */
const ROOT = new URL("../../shared/", import.meta.url);

/**
 * Locate a file of the shared folder.
 *
 * @param path Path below it.
 * @returns Its URL.
 */
export function sharedPath(path: string): URL {
  return new URL(path, ROOT);
}

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false;
  }
}

/** Whether the shared folder is there; tests that need it are skipped, loudly, where it is not. */
export const hasShared: boolean = exists(ROOT);

if (!hasShared) console.warn(`SKIP: ${ROOT.pathname} is absent, tests against fixtures and real data do not run`);

/**
 * Read a JSON file of the shared folder.
 *
 * @param path Path below it.
 * @returns The parsed value.
 */
export function readSharedJson(path: string): unknown {
  return JSON.parse(Deno.readTextFileSync(sharedPath(path)));
}
