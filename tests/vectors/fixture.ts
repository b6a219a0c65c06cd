import type { HostArray, NumericArray } from "../../core/host_array.ts";
import { readSafetensors } from "../../core/io/safetensors.ts";
import { assert, assertEquals } from "../assert.ts";
import { sharedPath } from "../shared.ts";
import { assertClose } from "./arrays.ts";

/** One fixture file of the shared folder. */
export interface Fixture {
  /** A tensor by name. */
  get(name: string): HostArray<NumericArray>;
  /** The only value of a scalar tensor. */
  scalar(name: string): number;
  /** The problem's hyper-parameters. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Fail unless values agree with a stored result by the rule of the file. */
  check(name: string, actual: ArrayLike<number>): void;
}

type Tolerance = Readonly<Record<string, { readonly abs: number; readonly rel: number }>>;

/**
 * Open a fixture.
 *
 * @param path Path below the folder of fixtures, without extension.
 * @returns Its tensors and rules.
 */
export function openFixture(path: string): Fixture {
  const { tensors, metadata } = readSafetensors(Deno.readFileSync(sharedPath(`fixtures/${path}.safetensors`)));
  const tolerance = JSON.parse(metadata["tolerance"] ?? "{}") as Tolerance;
  const get = (name: string): HostArray<NumericArray> => {
    const tensor = tensors[name];
    assert(tensor !== undefined, `the fixture lacks ${name}`);
    return tensor;
  };
  const ruleOf = (name: string): { readonly abs: number; readonly rel: number } => {
    const keys = Object.keys(tolerance).filter((key) => name.startsWith(key)).sort((a, b) => b.length - a.length);
    return tolerance[keys[0] ?? "default"]!;
  };
  return {
    get,
    scalar: (name: string) => get(name).data[0]!,
    config: JSON.parse(metadata["config"] ?? "{}"),
    check: (name: string, actual: ArrayLike<number>) => {
      const expected = get(name).data;
      if (expected instanceof Float32Array) assertClose(actual, expected, ruleOf(name).abs, ruleOf(name).rel);
      else assertEquals(Array.from(actual), Array.from(expected), name);
    },
  };
}
