import { DataError } from "../errors.ts";

/** Genes that have something in common. */
export interface GeneSet {
  /** Name, unique in its file. */
  readonly name: string;
  /** What the file says of it: text or an address. */
  readonly description: string;
  /** Its genes, each once. */
  readonly genes: readonly string[];
}

async function textOf(path: string): Promise<string> {
  try {
    const stream = (await Deno.open(path)).readable;
    const bytes = path.endsWith(".gz") ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
    return new TextDecoder("utf-8", { fatal: true }).decode(await new Response(bytes).arrayBuffer());
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound ? "there is no such file" : (cause as Error).message;
    throw new DataError(`Cannot read gene sets from ${path}: ${reason}`, { cause });
  }
}

function setOf(line: string, number: number, path: string): GeneSet {
  const [name = "", description = "", ...rest] = line.split("\t").map((field) => field.trim());
  const genes = [...new Set(rest.filter((gene) => gene !== ""))];
  if (name !== "" && genes.length > 0) return { name, description, genes };
  throw new DataError(
    `Cannot read gene sets from ${path}: line ${number} has ${name === "" ? "no name" : `no genes for "${name}"`}, ` +
      "expected a name, a description and genes, separated by tabs",
  );
}

/**
 * Read gene sets from a file of the form of MSigDB and Enrichr (`.gmt`): a line per set with its name, a description and
 * its genes, separated by tabs; unpacks names that end in `.gz`.
 *
 * @example Usage
 * ```ts
 * import { readGeneSets } from "@morphogen/morphogen";
 *
 * const path = `${await Deno.makeTempDir()}/sets.gmt`;
 * await Deno.writeTextFile(path, "APOPTOSIS\tprogrammed death\tCASP3\tBAX\n");
 * if ((await readGeneSets(path))[0]?.genes.join() !== "CASP3,BAX") throw new Error("two genes");
 * ```
 *
 * @param path Path of the file.
 * @returns The sets in the order of the file; a gene that a line names twice counts once.
 * @throws {DataError} If the file is absent or no text, a line has no genes, or two sets have one name.
 */
export async function readGeneSets(path: string): Promise<readonly GeneSet[]> {
  const lines = (await textOf(path)).split(/\r?\n/);
  const sets = lines.flatMap((line, i) => line.trim() === "" ? [] : [setOf(line, i + 1, path)]);
  if (sets.length === 0) throw new DataError(`Cannot read gene sets from ${path}: it is empty`);
  const seen = new Set<string>();
  for (const { name } of sets) {
    if (seen.has(name)) {
      throw new DataError(`Cannot read gene sets from ${path}: the name "${name}" stands twice, expected each once`);
    }
    seen.add(name);
  }
  return sets;
}
