import { Buffer } from "node:buffer";
import { isMorphogenError } from "../../core/errors.ts";
import { rng } from "../../core/rng/stream.ts";
import { assert } from "../assert.ts";

/** Seed of all damage, so that a failure can be brought about again. */
export const SEED = 20261121;

/** Milliseconds that one reading may take; more is a hang. */
const PATIENCE = 30_000;

/** How to damage files, and what reading them has to give. */
export interface DamageOptions {
  /** Names the stream of random places. */
  readonly name: string;
  /** The files; each is hit as often as any other, whatever its size. */
  readonly files: readonly string[];
  /**
   * Reads everything, and says what cannot be told from the values, such as warnings.
   *
   * @returns The values.
   */
  read(): Promise<unknown>;
  /**
   * What a complaint has to name.
   *
   * @param file The damaged file.
   * @returns A part of the message.
   */
  named(file: string): string;
  /**
   * Whether other values than the true ones may come of it, since nothing in the format tells them apart.
   *
   * @default {false}
   */
  readonly unchecked?: boolean;
}

/** What came of damage. */
export interface Tally {
  /** Readings that were refused. */
  readonly refused: number;
  /** Readings that gave the true values. */
  readonly unharmed: number;
  /** Readings that gave other values. */
  readonly wrong: number;
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took more than ${PATIENCE / 1000} s`)), PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One reading of damaged files: `undefined` if it was refused as it should be. */
async function attempt({ read, named }: DamageOptions, file: string, what: string): Promise<unknown> {
  try {
    return { values: await withinPatience(read()) };
  } catch (error) {
    assert(isMorphogenError(error), `${what}: ${error instanceof Error ? error.stack : error}`);
    assert(error.message.includes(named(file)), `${what} names no file: ${error.message}`);
    assert(!error.message.includes("\n"), `${what} takes several lines: ${error.message}`);
    return undefined;
  }
}

/** Deep equality bit for bit; that of the assertions takes its time to show what differs. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    const [x, y] = [a, b].map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
    return a.constructor === b.constructor && Buffer.compare(x!, y!) === 0;
  }
  const [own, other] = [Object.entries(a), new Map(Object.entries(b))];
  return own.length === other.size && own.every(([key, value]) => other.has(key) && isSame(value, other.get(key)));
}

/** Writes a file that is damaged in a way, and says in which. */
type Damage = (path: string, whole: Uint8Array, random: () => number) => Promise<string>;

async function harm(options: DamageOptions, count: number, damage: Damage): Promise<Tally> {
  const { name, files, read, unchecked = false } = options;
  const draws = rng(SEED).fold(name).host.uniform(8 * count);
  let next = 0;
  const random = (): number => draws[next++]!;
  const expected = await read();
  const wholes = await Promise.all(files.map((file) => Deno.readFile(file)));
  const tally = { refused: 0, unharmed: 0, wrong: 0 };
  for (let i = 0; i < count; i++) {
    next = 8 * i;
    const which = i % files.length;
    const [file, whole] = [files[which]!, wholes[which]!];
    const what = `${name}, seed ${SEED}, number ${i}: ${file} with ${await damage(file, whole, random)}`;
    const outcome = await attempt(options, file, what) as { readonly values: unknown } | undefined;
    if (outcome === undefined) tally.refused++;
    else if (isSame(outcome.values, expected)) tally.unharmed++;
    else {
      tally.wrong++;
      assert(unchecked, `${what} gives wrong values in silence`);
    }
    await Deno.writeFile(file, whole);
  }
  assert(isSame(await read(), expected), `${name}: the files are not as they were`);
  return tally;
}

/**
 * Change one byte of one file at a time, half of the times by one bit, and read.
 *
 * @param options The files, how to read them, and what to expect.
 * @param count How many times.
 * @returns What came of it; complaints are checked, and so are values where the format allows.
 */
export async function flipBytes(options: DamageOptions, count: number): Promise<Tally> {
  return await harm(options, count, async (path, whole, random) => {
    const at = Math.floor(random() * whole.length);
    const change = random() < 0.5 ? 1 << Math.floor(8 * random()) : 1 + Math.floor(255 * random());
    const damaged = whole.slice();
    damaged[at]! ^= change;
    await Deno.writeFile(path, damaged);
    return `byte ${at} changed by ${change}`;
  });
}

/**
 * Cut one file at a time, to nothing at first, and read.
 *
 * @param options The files, how to read them, and what to expect.
 * @param count How many times.
 * @returns What came of it.
 */
export async function cutFiles(options: DamageOptions, count: number): Promise<Tally> {
  let empty = options.files.length;
  return await harm(options, count, async (path, whole, random) => {
    const length = empty-- > 0 ? 0 : Math.floor(random() * whole.length);
    await Deno.writeFile(path, whole.subarray(0, length));
    return `${length} of ${whole.length} bytes`;
  });
}

/**
 * Files below a folder.
 *
 * @param folder The folder.
 * @returns Paths in sorted order.
 */
export async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesIn(path));
    else found.push(path);
  }
  return found.sort();
}
