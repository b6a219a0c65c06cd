import type { HostArray, NumericArray } from "../../../core/mod.ts";
import { runPython } from "../../python.ts";

/** What Python's own reader found in a file. */
export interface Expected {
  /** Rows, columns, channels. */
  readonly shape: readonly number[];
  /** NumPy's name of the type. */
  readonly dtype: string;
  /** Values in row-major order. */
  readonly values: readonly number[];
}

const PRELUDE = `
import json, os, subprocess, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
folder = sys.argv[1]
expected = {}

def path(name):
    return os.path.join(folder, name)

def expect(name, array):
    array = array[..., None] if array.ndim == 2 else array
    expected[name] = {"shape": list(array.shape), "dtype": str(array.dtype), "values": array.ravel().tolist()}

def picture(height, width, channels=3, dtype=np.uint8, seed=0):
    y, x = np.mgrid[:height, :width]
    rng = np.random.default_rng(seed)
    top = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1.0
    planes = [(np.sin(x / (7 + c)) * np.cos(y / (11 - c)) + 1) / 2 * 0.9 + rng.random((height, width)) * 0.1
        for c in range(channels)]
    return (np.stack(planes, -1) * top).astype(dtype)
`;

/**
 * Write files by a Python program into a new folder.
 *
 * @param program Source text; it has \`folder\`, \`path(name)\`, \`picture(...)\`, and \`expect(name, array)\`, which
 * records what a file should hold.
 * @returns The folder and what was recorded, by name.
 */
export async function writtenByPython(
  program: string,
): Promise<{ readonly folder: string; readonly expected: Readonly<Record<string, Expected>> } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  const expected = runPython(`${PRELUDE}\n${program}\nprint(json.dumps(expected))`, [folder]);
  return {
    folder,
    expected: expected as Readonly<Record<string, Expected>>,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The largest absolute difference between pixels and what Python found. */
export function largestDifference(found: HostArray<NumericArray>, { values, shape }: Expected): number {
  if (found.shape.join() !== shape.join()) throw new Error(`shape [${found.shape}], expected [${shape}]`);
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(found.data[i]! - values[i]!));
  return largest;
}
