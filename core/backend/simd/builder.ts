import { type Code, type Func, signed, unsigned, type ValueType } from "./encode.ts";
import { type Lanes, SCALAR, VECTOR } from "./lanes.ts";

/** A parameter or local variable. */
export interface Variable {
  /** Expression that reads it. */
  readonly get: Code;
  /**
   * Assign.
   *
   * @param value Expression of its type.
   * @returns The statement.
   */
  set(value: Code): Code;
}

/** Declares the variables of one function. */
export interface Builder {
  /**
   * Declare a local variable, 0 at the start.
   *
   * @param type Its type.
   * @returns The variable.
   */
  local(type: ValueType): Variable;
}

/** Whole-number arithmetic on addresses and counts. */
export const INT = Object.freeze({
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  sub: (a: Code, b: Code): Code => [...a, ...b, 0x6b],
  mul: (a: Code, b: Code): Code => [...a, ...b, 0x6c],
  /** The largest multiple of 4 that is not above `a`. */
  floor4: (a: Code): Code => [...a, 0x41, ...signed(-4), 0x71],
  /** Bytes of `a` float32 values. */
  bytes: (a: Code): Code => [...a, 0x41, 2, 0x74],
});

/**
 * Define a function.
 *
 * @typeParam N Names of the parameters.
 * @param name Export name.
 * @param parameters Types of the parameters by name, in order.
 * @param body Receives the parameters and the builder, returns the statements.
 * @returns The function.
 */
export function define<N extends string>(
  name: string,
  parameters: Readonly<Record<N, ValueType>>,
  body: (parameters: Readonly<Record<N, Variable>>, builder: Builder) => readonly Code[],
): Func {
  const variable = (index: number): Variable => ({
    get: [0x20, ...unsigned(index)],
    set: (value) => [...value, 0x21, ...unsigned(index)],
  });
  const names = Object.keys(parameters) as N[];
  const locals: ValueType[] = [];
  const builder: Builder = {
    local: (type) => variable(names.length + locals.push(type) - 1),
  };
  const variables = Object.fromEntries(names.map((key, index) => [key, variable(index)]));
  const code = body(variables as Record<N, Variable>, builder).flat();
  return { name, parameters: names.map((key) => parameters[key]), locals, body: code };
}

/**
 * Repeat statements while a counter is below a bound.
 *
 * @param counter The counter; it goes on from its present value.
 * @param to Bound.
 * @param step Added to the counter each time.
 * @param body Statements.
 * @returns The loop.
 */
export function countTo(counter: Variable, to: Code, step: Code, ...body: readonly Code[]): Code {
  return [
    ...[0x02, 0x40, 0x03, 0x40],
    ...[...counter.get, ...to, 0x4f, 0x0d, 1],
    ...body.flat(),
    ...counter.set(INT.add(counter.get, step)),
    ...[0x0c, 0, 0x0b, 0x0b],
  ];
}

/**
 * Walk along a row: four values at a time, then one at a time.
 *
 * @param counter Counts the values done.
 * @param size Number of values.
 * @param body Makes the statements for four values or for one; `at(base)` is the current address in a row.
 * @returns The loops.
 */
export function alongRow(
  counter: Variable,
  size: Code,
  body: (lanes: Lanes, at: (base: Variable) => Code) => readonly Code[],
): Code {
  const at = (base: Variable): Code => INT.add(base.get, INT.bytes(counter.get));
  return [
    ...counter.set(INT.constant(0)),
    ...countTo(counter, INT.floor4(size), INT.constant(4), ...body(VECTOR, at)),
    ...countTo(counter, size, INT.constant(1), ...body(SCALAR, at)),
  ];
}

/**
 * Statements that run if an address is not 0.
 *
 * @param address The address.
 * @param body Statements.
 * @returns The branch.
 */
export function ifPresent(address: Variable, ...body: readonly Code[]): Code {
  return [...address.get, 0x04, 0x40, ...body.flat(), 0x0b];
}
