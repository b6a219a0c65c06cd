/** WebAssembly instructions in binary form; expressions leave one value on the stack, statements none. */
export type Code = readonly number[];

/** Types of parameters and local variables. */
export type ValueType = "i32" | "f32" | "f64" | "v128";

/** A compiled function of a module. */
export interface Func {
  /** Export name. */
  readonly name: string;
  /** Types of the parameters; functions return nothing. */
  readonly parameters: readonly ValueType[];
  /** Types of the local variables, numbered after the parameters. */
  readonly locals: readonly ValueType[];
  /** Statements. */
  readonly body: Code;
}

const TYPE_CODE: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/**
 * Encode an unsigned number in LEB128.
 *
 * @param value Whole number of at least 0.
 * @returns Its bytes.
 */
export function unsigned(value: number): number[] {
  const out: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    out.push(value > 0 ? low | 0x80 : low);
  } while (value > 0);
  return out;
}

/**
 * Encode a signed 32-bit number in LEB128.
 *
 * @param value Whole number.
 * @returns Its bytes.
 */
export function signed(value: number): number[] {
  const out: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const done = (value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0);
    out.push(done ? low : low | 0x80);
    if (done) return out;
  }
}

/**
 * Encode a float32 in little-endian order.
 *
 * @param value The number.
 * @returns Its 4 bytes.
 */
export function float32(value: number): number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)];
}

function vector(items: readonly Code[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
}

function section(id: number, content: Code): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function functionBody({ locals, body }: Func): number[] {
  const declared = vector(locals.map((type) => [1, TYPE_CODE[type]]));
  const content = [...declared, ...body, 0x0b];
  return [...unsigned(content.length), ...content];
}

/**
 * Assemble a module that works on a memory it imports as `env.memory` and exports its functions by name.
 *
 * @param functions The functions.
 * @returns The binary.
 */
export function assemble(functions: readonly Func[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, ...vector(parameters.map((type) => [TYPE_CODE[type]])), 0]);
  const memory = [...text("env"), ...text("memory"), 0x02, 0x00, 0x00];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(7, vector(functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]))),
    ...section(10, vector(functions.map(functionBody))),
  ]);
}
