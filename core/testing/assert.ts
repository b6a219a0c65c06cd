/** A promise of an interface that is not kept; the message names what was found and what was expected. */
export class ContractError extends Error {
  /** Name as it is printed. */
  override readonly name = "ContractError";
}

/**
 * Fail unless a condition holds.
 *
 * @param condition What has to hold.
 * @param message What is wrong otherwise.
 * @throws {ContractError} If it does not.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ContractError(message);
}

type Keyed = Readonly<Record<string, unknown>>;

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const { length } = value as unknown as ArrayLike<unknown>;
    return length > 8 ? `${length} entries` : `[${Array.from(value as unknown as ArrayLike<unknown>).join(", ")}]`;
  }
  return typeof value === "object" && value !== null ? `{ ${Object.keys(value).join(", ")} }` : String(value);
}

/** Where two values differ first; undefined if they do not. */
function difference(actual: unknown, expected: unknown, path: string): string | undefined {
  if (Object.is(actual, expected) || actual === expected) return undefined;
  const comparable = typeof actual === "object" && typeof expected === "object" && actual !== null && expected !== null;
  if (!comparable) return `${path} is ${shown(actual)}, expected ${shown(expected)}`;
  const [here, there] = [Object.keys(actual), Object.keys(expected)];
  if (here.length !== there.length || here.some((key) => !Object.hasOwn(expected, key))) {
    return `${path} is ${shown(actual)}, expected ${shown(expected)}`;
  }
  for (const key of here) {
    const inner = /^\d+$/.test(key) ? `${path}[${key}]` : `${path}.${key}`;
    const found = difference((actual as Keyed)[key], (expected as Keyed)[key], inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Fail unless two values are equal, bit for bit and all the way down.
 *
 * @param actual What was found: numbers, texts, arrays, typed arrays and records of these.
 * @param expected What was expected.
 * @param what Name of the value, for the message.
 * @throws {ContractError} If they differ; the message names the first difference.
 */
export function assertEquals(actual: unknown, expected: unknown, what: string): void {
  const found = difference(actual, expected, what);
  if (found !== undefined) throw new ContractError(found);
}

/** A class of errors, by its `instanceof`. */
type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Fail unless a function throws.
 *
 * @param fn The function.
 * @param kind Class that the error has to be of.
 * @param part Text that its message has to contain, so that it says what is wrong.
 * @param what Name of what is refused, for the message.
 * @throws {ContractError} If it does not throw, or throws something else.
 */
export function assertThrows(fn: () => unknown, kind: ErrorClass, part: string, what: string): void {
  let thrown: unknown;
  try {
    fn();
  } catch (error) {
    thrown = error;
  }
  assert(thrown !== undefined, `${what} is accepted, expected a ${kind.name}`);
  assert(thrown instanceof kind, `${what} throws ${thrown}, expected a ${kind.name}`);
  assert(thrown.message.includes(part), `${what}: the message "${thrown.message}" does not name "${part}"`);
}
