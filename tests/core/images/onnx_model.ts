/**
 * Writes the smallest networks of the ONNX format, so that reading them needs no file from elsewhere.
 *
 * @module
 */

/** One field of a protocol buffer. */
type Field = readonly [number: number, value: number | string | Uint8Array];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(rest % 128 + (rest >= 128 ? 128 : 0));
  }
  return bytes;
}

function message(...fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(fields.flatMap(([number, value]) => {
    if (typeof value === "number") return [...varint(number * 8), ...varint(value)];
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
  }));
}

const FLOAT = 1;

/** A tensor of float32; names stand for lengths that are free. */
function tensorInfo(name: string, dims: readonly (number | string)[]): Uint8Array {
  const shape = message(...dims.map((dim): Field => [1, message(typeof dim === "number" ? [1, dim] : [2, dim])]));
  return message([1, name], [2, message([1, message([1, FLOAT], [2, shape])])]);
}

/**
 * A network of one operator.
 *
 * @param operator Its name in ONNX, for example `GlobalAveragePool`.
 * @param input Shape of the input `images`.
 * @param output Shape of the output `features`.
 * @returns Bytes of the `.onnx` file.
 */
export function onnxModel(
  operator: string,
  input: readonly (number | string)[],
  output: readonly (number | string)[],
): Uint8Array<ArrayBuffer> {
  const node = message([1, "images"], [2, "features"], [4, operator]);
  const graph = message([1, node], [2, "tiny"], [11, tensorInfo("images", input)], [
    12,
    tensorInfo("features", output),
  ]);
  return message([1, 8], [7, graph], [8, message([2, 13])]);
}
