import { DataError } from "../../core/errors.ts";
import { type HostArray, hostArray, type NumericArray } from "../../core/host_array.ts";
import { readSafetensors } from "../../core/io/safetensors.ts";

/** What may differ: `|got - expected| <= abs + rel * |expected|`, entry by entry. */
export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

/** One problem with the results of the authors' program. */
export interface Fixture {
  /** Folder and file, for example `"nicheflow/pc_training"`. */
  readonly name: string;
  /** Name of the method. */
  readonly method: string;
  /** Name of the problem. */
  readonly problem: string;
  /** All tensors by name. */
  readonly tensors: Readonly<Record<string, HostArray<NumericArray>>>;
  /** Hyper-parameters of the problem. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Tolerances by prefix of the tensor name. */
  readonly tolerance: Readonly<Record<string, Tolerance>>;
  /** Rules by prefix of the tensor name, where entries are not simply compared. */
  readonly special: Readonly<Record<string, string>>;
}

/**
 * Parse a fixture file.
 *
 * @param bytes The file.
 * @returns The fixture.
 * @throws {CheckpointError} If the file is damaged.
 * @throws {DataError} If it is a safetensors file without a fixture's metadata.
 */
export function parseFixture(bytes: Uint8Array): Fixture {
  const { tensors, metadata } = readSafetensors(bytes);
  const { method, name: problem, format, config, tolerance, special } = metadata;
  if (format !== "parity-fixture/1" || method === undefined || problem === undefined) {
    throw new DataError(`Cannot use the file as a fixture: its format is "${format}", expected "parity-fixture/1"`);
  }
  return {
    name: `${method}/${problem}`,
    method,
    problem,
    tensors,
    config: JSON.parse(config ?? "{}"),
    tolerance: JSON.parse(tolerance ?? "{}"),
    special: JSON.parse(special ?? "{}"),
  };
}

/**
 * Take a tensor as float32.
 *
 * @param fixture The fixture.
 * @param name Name of the tensor.
 * @returns Values and shape.
 * @throws {TypeError} If there is none.
 */
export function floats(fixture: Fixture, name: string): HostArray {
  const tensor = fixture.tensors[name];
  if (tensor === undefined) throw new TypeError(`Cannot find "${name}" in fixture ${fixture.name}`);
  return hostArray(Float32Array.from(tensor.data), tensor.shape);
}

/**
 * Take a tensor of whole numbers.
 *
 * @param fixture The fixture.
 * @param name Name of the tensor.
 * @returns Its values.
 */
export function integers(fixture: Fixture, name: string): Int32Array {
  return Int32Array.from(floats(fixture, name).data);
}

/**
 * Take the only value of a scalar setting.
 *
 * @param fixture The fixture.
 * @param key Key of the configuration.
 * @returns The number.
 * @throws {TypeError} If it is none.
 */
export function setting(fixture: Fixture, key: string): number {
  const value = fixture.config[key];
  if (typeof value !== "number") throw new TypeError(`Cannot use "${key}" of ${fixture.name}: it is ${typeof value}`);
  return value;
}

/**
 * Take the parameters: tensors under their state-dict names, which have no slash.
 *
 * @param fixture The fixture.
 * @returns The state dict.
 */
export function stateDict(fixture: Fixture): Readonly<Record<string, HostArray>> {
  const names = Object.keys(fixture.tensors).filter((name) => !name.includes("/"));
  return Object.fromEntries(names.map((name) => [name, floats(fixture, name)]));
}

/**
 * Count the numbered groups of a fixture, for example `in/item0/...`, `in/item1/...`.
 *
 * @param fixture The fixture.
 * @param prefix What stands before the number.
 * @returns The numbers in order.
 */
export function numbered(fixture: Fixture, prefix: string): number[] {
  const found = Object.keys(fixture.tensors).flatMap((name) => {
    const digits = name.startsWith(prefix) ? /^\d+/.exec(name.slice(prefix.length)) : null;
    return digits === null ? [] : [Number(digits[0])];
  });
  return [...new Set(found)].sort((a, b) => a - b);
}
