import { type HostArray, hostArray, type NumericArray } from "../../core/host_array.ts";
import { assert, assertEquals } from "../assert.ts";
import { runPython } from "../python.ts";

/** Values of nested lists in row-major order. */
export function flat(values: unknown): number[] {
  return Array.isArray(values) ? values.flatMap(flat) : [values as number];
}

/** A float64 array with the shape of nested lists. */
export function array(values: readonly unknown[]): HostArray<Float64Array> {
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  return hostArray(Float64Array.from(flat(values)), shape);
}

/** Fail unless all values agree: |actual - expected| <= tolerance + relative * |expected|. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  relative = 0,
): void {
  assertEquals(actual.length, expected.length, "number of values");
  for (let i = 0; i < expected.length; i++) {
    const limit = tolerance + relative * Math.abs(expected[i]!);
    assert(
      Math.abs(actual[i]! - expected[i]!) <= limit,
      `value ${i} is ${actual[i]}, expected ${expected[i]} within ${limit}`,
    );
  }
}

/**
 * Run a Python program on arrays.
 *
 * @param program Source text; finds numpy as `np` and the inputs in the dictionary `d`, and sets `out`.
 * @param inputs Numbers, lists and host arrays by name.
 * @returns `out`, with arrays as nested lists.
 */
export function askPython(program: string, inputs: Readonly<Record<string, unknown>>): unknown {
  const path = Deno.makeTempFileSync({ suffix: ".json" });
  try {
    const plain = Object.entries(inputs).map(([name, value]) => [name, isHostArray(value) ? pack(value) : value]);
    Deno.writeTextFileSync(path, JSON.stringify(Object.fromEntries(plain)));
    return runPython(
      `
import json, sys
import numpy as np
d = json.load(open(sys.argv[1]))
for k, v in d.items():
    if isinstance(v, dict): d[k] = np.array(v["data"], dtype=float).reshape(v["shape"])
${program}
def plain(v):
    if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)): return [plain(x) for x in v]
    return v.tolist() if isinstance(v, (np.ndarray, np.generic)) else v
print(json.dumps(plain(out)))
`,
      [path],
    );
  } finally {
    Deno.removeSync(path);
  }
}

function isHostArray(value: unknown): value is HostArray<NumericArray> {
  return typeof value === "object" && value !== null && "shape" in value && "data" in value;
}

function pack(value: HostArray<NumericArray>): { data: number[]; shape: readonly number[] } {
  return { data: Array.from(value.data), shape: value.shape };
}
