import type { NumericArray } from "../../core/host_array.ts";
import type { Fixture, Tolerance } from "./fixture.ts";

/** Values of which only some rows count; the tensor's special rule says so. */
export interface SelectedRows {
  readonly kind: "rows";
  readonly values: ArrayLike<number>;
  /** 1 for each leading row that counts. */
  readonly rows: ArrayLike<number>;
}

/** Whether a special rule holds, where there is nothing to compare entry by entry. */
export interface Verdict {
  readonly kind: "verdict";
  readonly holds: boolean;
}

/** What our code gives for one tensor of a fixture. */
export type Outcome = ArrayLike<number> | SelectedRows | Verdict;

/** What our code gives for a fixture, by tensor name; inputs that it makes itself may be among them. */
export type Outcomes = Readonly<Record<string, Outcome>>;

/** Runs our code on a fixture. */
export type Check = (fixture: Fixture) => Promise<Outcomes>;

/** One line of the report. */
export interface Line {
  readonly fixture: string;
  /** Name of the tensor. */
  readonly check: string;
  /** Largest absolute difference; null where nothing could be compared. */
  readonly max_abs: number | null;
  /** Largest difference relative to an expected value other than 0. */
  readonly max_rel: number | null;
  /** What was allowed at the entry that came closest to its limit, or went furthest beyond it. */
  readonly tol: number | null;
  readonly ok: boolean;
  /** Why nothing was compared; not part of the JSON report. */
  readonly note?: string;
}

function longestPrefix(name: string, keys: readonly string[]): string | undefined {
  return keys.filter((key) => name.startsWith(key)).sort((a, b) => b.length - a.length)[0];
}

/**
 * The tolerance of a tensor: the entry with the longest matching prefix, else `default`.
 *
 * Whole numbers have to be equal unless an entry allows a difference of at least 1.
 *
 * @param fixture The fixture.
 * @param name Name of the tensor.
 * @returns The tolerance.
 */
export function toleranceOf(fixture: Fixture, name: string): Tolerance {
  const key = longestPrefix(name, Object.keys(fixture.tolerance).filter((key) => key !== "default"));
  const entry = fixture.tolerance[key ?? "default"] ?? { abs: 0, rel: 0 };
  const { data } = fixture.tensors[name]!;
  if (data instanceof Float32Array || data instanceof Float64Array) return entry;
  return { abs: key === undefined ? 0 : Math.floor(entry.abs), rel: 0 };
}

function isArray(outcome: Outcome): outcome is ArrayLike<number> {
  return "length" in outcome;
}

function failed(fixture: string, check: string, note: string): Line {
  return { fixture, check, max_abs: null, max_rel: null, tol: null, ok: false, note };
}

interface Differences {
  readonly max_abs: number;
  readonly max_rel: number;
  readonly tol: number;
  readonly ok: boolean;
}

/** Compare the entries that `counts` lets through. */
function differences(
  got: ArrayLike<number>,
  expected: NumericArray,
  { abs, rel }: Tolerance,
  counts: (at: number) => boolean,
): Differences {
  let [maxAbs, maxRel, tol, worst, ok] = [0, 0, abs, -1, true];
  for (let i = 0; i < expected.length; i++) {
    if (!counts(i)) continue;
    const difference = Math.abs(got[i]! - expected[i]!);
    const limit = abs + rel * Math.abs(expected[i]!);
    const relative = expected[i] === 0 ? 0 : difference / Math.abs(expected[i]!);
    const share = limit > 0 ? difference / limit : difference === 0 ? 0 : Infinity;
    // NaN is within no limit, and once seen it stays.
    if (!(difference <= limit)) ok = false;
    if (difference > maxAbs || Number.isNaN(difference)) maxAbs = difference;
    if (relative > maxRel || Number.isNaN(relative)) maxRel = relative;
    if (share > worst || Number.isNaN(share)) [worst, tol] = [share, limit];
  }
  return { max_abs: maxAbs, max_rel: maxRel, tol, ok };
}

/** Compare what our code gives for one tensor with the stored values. */
function compareTensor(fixture: Fixture, name: string, outcome: Outcome): Line {
  const expected = fixture.tensors[name];
  if (expected === undefined) return failed(fixture.name, name, "the fixture has no such tensor");
  const rule = longestPrefix(name, Object.keys(fixture.special));
  if ((rule !== undefined) === isArray(outcome)) {
    const needs = rule === undefined ? "no special rule" : `the rule "${fixture.special[rule]}"`;
    return failed(fixture.name, name, `the tensor has ${needs}, the check does not agree`);
  }
  if (!isArray(outcome) && outcome.kind === "verdict") {
    return { fixture: fixture.name, check: name, max_abs: 0, max_rel: 0, tol: 0, ok: outcome.holds };
  }
  const { data } = expected;
  const values = isArray(outcome) ? outcome : outcome.values;
  if (values.length !== data.length) {
    return failed(fixture.name, name, `${values.length} values, expected ${data.length}`);
  }
  const width = isArray(outcome) ? 1 : data.length / outcome.rows.length;
  const counts = isArray(outcome) ? () => true : (at: number) => outcome.rows[Math.floor(at / width)] === 1;
  return { fixture: fixture.name, check: name, ...differences(values, data, toleranceOf(fixture, name), counts) };
}

/**
 * Compare everything our code gives with a fixture; a result of the fixture that was not given is a failure.
 *
 * @param fixture The fixture.
 * @param outcomes What our code gives.
 * @returns One line per tensor.
 */
export function compare(fixture: Fixture, outcomes: Outcomes): Line[] {
  const results = Object.keys(fixture.tensors).filter((name) => name.startsWith("out/"));
  const missing = results.filter((name) => !Object.hasOwn(outcomes, name));
  return [
    ...Object.entries(outcomes).map(([name, outcome]) => compareTensor(fixture, name, outcome)),
    ...missing.map((name) => failed(fixture.name, name, "no check computes it")),
  ];
}

/**
 * Run a check on a fixture; an exception becomes a failed line.
 *
 * @param fixture The fixture.
 * @param check Runs our code; absent if there is none for this problem.
 * @returns One line per tensor.
 */
export async function runCheck(fixture: Fixture, check: Check | undefined): Promise<Line[]> {
  if (check === undefined) return compare(fixture, {});
  try {
    return compare(fixture, await check(fixture));
  } catch (error) {
    return [failed(fixture.name, "(run)", error instanceof Error ? error.message : String(error))];
  }
}
