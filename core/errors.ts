import { printable } from "./printable.ts";

/** The failures that callers may want to catch; everything else is a built-in `TypeError`, `RangeError` or `SyntaxError`. */
export type ErrorTag = "ConfigError" | "DataError" | "CheckpointError" | "NumericsError" | "BackendError";

/** Wrong usage: an unknown name, option or override, or a value of the wrong type. */
export class ConfigError extends Error {
  /** Name as it is printed. */
  override readonly name = "ConfigError";
  /** Discriminant for {@linkcode isMorphogenError}. */
  readonly tag = "ConfigError";

  /**
   * Describe the failure.
   *
   * @param message One sentence; what it quotes from outside cannot act in a terminal.
   * @param options What caused it.
   */
  constructor(message: string = "", options?: ErrorOptions) {
    super(printable(message), options);
  }
}

/** Input that cannot be used: no store, missing coordinates, too few cells. */
export class DataError extends Error {
  /** Name as it is printed. */
  override readonly name = "DataError";
  /** Discriminant for {@linkcode isMorphogenError}. */
  readonly tag = "DataError";

  /**
   * Describe the failure.
   *
   * @param message One sentence; what it quotes from outside cannot act in a terminal.
   * @param options What caused it.
   */
  constructor(message: string = "", options?: ErrorOptions) {
    super(printable(message), options);
  }
}

/** A checkpoint or run folder that cannot be read, written or continued. */
export class CheckpointError extends Error {
  /** Name as it is printed. */
  override readonly name = "CheckpointError";
  /** Discriminant for {@linkcode isMorphogenError}. */
  readonly tag = "CheckpointError";

  /**
   * Describe the failure.
   *
   * @param message One sentence; what it quotes from outside cannot act in a terminal.
   * @param options What caused it.
   */
  constructor(message: string = "", options?: ErrorOptions) {
    super(printable(message), options);
  }
}

/** A loss, gradient or parameter that stopped being finite. */
export class NumericsError extends Error {
  /** Name as it is printed. */
  override readonly name = "NumericsError";
  /** Discriminant for {@linkcode isMorphogenError}. */
  readonly tag = "NumericsError";
  /** Training step at which it was seen. */
  readonly step: number;
  /** Name of the loss part or parameter. */
  readonly part: string;
  /** The value that was seen. */
  readonly value: number;

  /**
   * Describe a value that is not finite.
   *
   * @param message One sentence: what was computed, and what to try.
   * @param at Step, part and value.
   */
  constructor(message: string, at: { readonly step: number; readonly part: string; readonly value: number }) {
    super(printable(message));
    this.step = at.step;
    this.part = at.part;
    this.value = at.value;
  }
}

/** A compute backend or native library that was asked for and cannot be used. */
export class BackendError extends Error {
  /** Name as it is printed. */
  override readonly name = "BackendError";
  /** Discriminant for {@linkcode isMorphogenError}. */
  readonly tag = "BackendError";

  /**
   * Describe the failure.
   *
   * @param message One sentence; what it quotes from outside cannot act in a terminal.
   * @param options What caused it.
   */
  constructor(message: string = "", options?: ErrorOptions) {
    super(printable(message), options);
  }
}

/** Error classes by tag. */
export interface MorphogenErrors {
  /** See {@linkcode ConfigError}. */
  readonly ConfigError: ConfigError;
  /** See {@linkcode DataError}. */
  readonly DataError: DataError;
  /** See {@linkcode CheckpointError}. */
  readonly CheckpointError: CheckpointError;
  /** See {@linkcode NumericsError}. */
  readonly NumericsError: NumericsError;
  /** See {@linkcode BackendError}. */
  readonly BackendError: BackendError;
}

const KINDS = [ConfigError, DataError, CheckpointError, NumericsError, BackendError] as const;

/**
 * Narrow a caught value to one of this package's errors.
 *
 * @example Usage
 * ```ts
 * import { ConfigError, isMorphogenError } from "@morphogen/morphogen";
 *
 * const error: unknown = new ConfigError("Cannot find experiment");
 * if (!isMorphogenError(error, "ConfigError")) throw new Error("not narrowed");
 * ```
 *
 * @param error The caught value.
 * @param tag The kind to test for; absent means any kind.
 * @returns Whether `error` is of that kind.
 */
export function isMorphogenError<T extends ErrorTag = ErrorTag>(error: unknown, tag?: T): error is MorphogenErrors[T] {
  const known = KINDS.find((kind) => error instanceof kind);
  return known !== undefined && (tag === undefined || (error as { readonly tag: ErrorTag }).tag === tag);
}
