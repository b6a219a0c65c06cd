/** One check of the vectors: what goes in and what comes out. */
export interface VectorCase {
  // deno-lint-ignore no-explicit-any -- the file's cases have forms of their own
  readonly in: any;
  // deno-lint-ignore no-explicit-any -- see above
  readonly out: any;
}

/** Check values of the method, read once. */
export const vectors: Readonly<Record<string, VectorCase>> =
  JSON.parse(Deno.readTextFileSync(new URL("../../vectors/spatia.json", import.meta.url))).cases;

/** What float64 results may differ by: the vectors have eight to nine digits. */
export const EXACT = 1e-6;
/** What float32 results may differ by. */
export const SINGLE = 2e-5;
