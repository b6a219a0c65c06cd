import { type Code, type Func, signed, unsigned, type ValueType } from "./encode.ts";
import { type Lanes, SCALAR, sumOfLanes, VECTOR } from "./lanes.ts";

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
  /**
   * Assign and read.
   *
   * @param value Expression of its type.
   * @returns Expression of the value.
   */
  tee(value: Code): Code;
}

/** A value for each kind of lanes. */
export type Spread = (lanes: Lanes) => Code;

/** A variable for each kind of lanes. */
export type Pair = (lanes: Lanes) => Variable;

/** Declares the variables of one function. */
export interface Builder {
  /**
   * Declare a local variable, 0 at the start.
   *
   * @param type Its type.
   * @returns The variable.
   */
  local(type: ValueType): Variable;
  /**
   * Declare a variable for four values at a time and one for the rest of a row.
   *
   * @returns The variable for each kind of lanes.
   */
  pair(): Pair;
  /**
   * Keep a constant in a variable: in loops this is cheaper than making its vector each time.
   *
   * @param value A number, or an expression of a float32 parameter.
   * @returns The constant in one or four lanes.
   */
  constant(value: number | Code): Spread;
}

/** Whole-number arithmetic on addresses and counts. */
export const INT = Object.freeze({
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  sub: (a: Code, b: Code): Code => [...a, ...b, 0x6b],
  mul: (a: Code, b: Code): Code => [...a, ...b, 0x6c],
  /** Whether `a` is at least `b`, both taken as unsigned. */
  atLeast: (a: Code, b: Code): Code => [...a, ...b, 0x4f],
  /** Whether two conditions of 0 or 1 hold. */
  both: (a: Code, b: Code): Code => [...a, ...b, 0x71],
  /** The bits that `a` and a constant have in common. */
  and: (a: Code, mask: number): Code => [...a, 0x41, ...signed(mask), 0x71],
  /** The largest multiple of 4 that is not above `a`. */
  floor4: (a: Code): Code => [...a, 0x41, ...signed(-4), 0x71],
  /** Bytes of `a` float32 values. */
  bytes: (a: Code): Code => [...a, 0x41, 2, 0x74],
});

/** Bytes of four float32. */
const VECTOR_BYTES = 16;

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
    tee: (value) => [...value, 0x22, ...unsigned(index)],
  });
  const names = Object.keys(parameters) as N[];
  const locals: ValueType[] = [];
  const local = (type: ValueType): Variable => variable(names.length + locals.push(type) - 1);
  const prologue: Code[] = [];
  const builder: Builder = {
    local,
    pair: () => {
      const [four, one] = [local("v128"), local("f32")];
      return (lanes) => lanes === VECTOR ? four : one;
    },
    constant: (value) => {
      const single = typeof value === "number" ? SCALAR.constant(value) : value;
      const four = local("v128");
      prologue.push(four.set(VECTOR.splat(single)));
      return (lanes) => lanes === VECTOR ? four.get : single;
    },
  };
  const variables = Object.fromEntries(names.map((key, index) => [key, variable(index)]));
  const code = body(variables as Record<N, Variable>, builder).flat();
  return { name, parameters: names.map((key) => parameters[key]), locals, body: [...prologue.flat(), ...code] };
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
    ...[...INT.atLeast(counter.get, to), 0x0d, 1],
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
 * Walk over the rows of matrices.
 *
 * @param builder Declares the counter and the bytes of a row.
 * @param rows Number of rows.
 * @param size Values of a row.
 * @param bases Addresses of the matrices; they move on with the row.
 * @param body Makes the statements of one row; receives the bytes of a row.
 * @returns The loop.
 */
export function eachRow(
  { local }: Builder,
  rows: Variable,
  size: Variable,
  bases: readonly Variable[],
  body: (stride: Code) => readonly Code[],
): Code {
  const stride = local("i32");
  return [
    ...stride.set(INT.bytes(size.get)),
    ...countTo(local("i32"), rows.get, INT.constant(1), ...body(stride.get), moveOn(stride.get, ...bases)),
  ];
}

/** Vectors in flight in {@linkcode sumAlongRow}: an addition takes four cycles, and two can start in each. */
const CHAINS = 4;

/**
 * Add up values along a row, in several chains so that no addition waits for the one before.
 *
 * @param builder Declares the partial sums.
 * @param counter Counts the values done.
 * @param size Number of values.
 * @param term Makes the expression of four values or of one.
 * @returns The loops, and the expression of the float32 sum after them.
 */
export function sumAlongRow(
  builder: Builder,
  counter: Variable,
  size: Code,
  term: (lanes: Lanes, at: (base: Variable) => Code) => Code,
): { readonly loops: Code; readonly sum: Code } {
  const chains = Array.from({ length: CHAINS }, () => builder.pair());
  const addTo = (chain: Pair, lanes: Lanes, at: (base: Variable) => Code): Code =>
    chain(lanes).set(lanes.add(chain(lanes).get, term(lanes, at)));
  const at = (turn: number) => (base: Variable): Code =>
    INT.add(INT.add(base.get, INT.bytes(counter.get)), INT.constant(VECTOR_BYTES * turn));
  const [first] = chains as [Pair, ...Pair[]];
  const total = chains.slice(1).reduce((sum, chain) => VECTOR.add(sum, chain(VECTOR).get), first(VECTOR).get);
  return {
    loops: [
      ...chains.flatMap((chain) => chain(VECTOR).set(VECTOR.constant(0))),
      ...first(SCALAR).set(SCALAR.constant(0)),
      ...counter.set(INT.constant(0)),
      ...countTo(
        counter,
        INT.and(size, -4 * CHAINS),
        INT.constant(4 * CHAINS),
        ...chains.map((chain, turn) => addTo(chain, VECTOR, at(turn))),
      ),
      ...countTo(counter, INT.floor4(size), INT.constant(4), addTo(first, VECTOR, at(0))),
      ...countTo(counter, size, INT.constant(1), addTo(first, SCALAR, at(0))),
      ...first(VECTOR).set(total),
    ],
    sum: sumOfPair(first),
  };
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

/**
 * Statements that depend on a condition.
 *
 * @param condition A whole number, for example an address; 0 is false.
 * @param present Statements where it is not 0.
 * @param absent Statements where it is 0.
 * @returns The branches.
 */
export function choose(condition: Code, present: Code, absent: Code): Code {
  return [...condition, 0x04, 0x40, ...present, 0x05, ...absent, 0x0b];
}

/**
 * Set all values of a pair.
 *
 * @param pair The pair.
 * @param value Expression of a float32.
 * @returns The statements.
 */
export function setPair(pair: Pair, value: Code): Code {
  const [four, one] = [pair(VECTOR), pair(SCALAR)];
  return [...one.set(value), ...four.set(VECTOR.splat(one.get))];
}

/**
 * Sum of all values of a pair.
 *
 * @param pair The pair.
 * @returns A float32 expression.
 */
export function sumOfPair(pair: Pair): Code {
  return SCALAR.add(sumOfLanes(pair(VECTOR).get), pair(SCALAR).get);
}

/**
 * Move addresses on.
 *
 * @param stride Bytes to move by.
 * @param bases The addresses.
 * @returns The statements.
 */
export function moveOn(stride: Code, ...bases: readonly Variable[]): Code {
  return bases.flatMap((base) => base.set(INT.add(base.get, stride)));
}
