import { deflateSync } from "node:zlib";
import type { HostArray, NumericArray } from "../host_array.ts";

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
const POLYNOMIAL = 0xedb88320;
/** Bits of a sample, and how pixels hold red, green and blue. */
const [DEPTH, TRUE_COLOUR] = [8, 2];

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

function header(width: number, height: number): Uint8Array {
  const out = new Uint8Array(13);
  const view = new DataView(out.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  out.set([DEPTH, TRUE_COLOUR], 8);
  return out;
}

/**
 * Write a picture as PNG (ISO 15948), 8 bits per colour.
 *
 * @param pixels Red, green and blue from 0 to 255, `[H, W, 3]`.
 * @returns The file.
 * @throws {TypeError} If the shape is another.
 */
export function encodePng({ data, shape }: HostArray<NumericArray>): Uint8Array {
  const [height, width, channels] = shape as [number, number, number];
  if (shape.length !== 3 || channels !== 3 || data.length === 0) {
    throw new TypeError(`Cannot write a picture of shape [${shape}]: expected [H, W, 3]`);
  }
  const line = width * 3;
  // Each line begins with its filter; 0 is none.
  const raw = new Uint8Array(height * (line + 1));
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < line; i++) raw[row * (line + 1) + 1 + i] = data[row * line + i]!;
  }
  const chunks = [
    SIGNATURE,
    chunk("IHDR", header(width, height)),
    chunk("IDAT", deflateSync(raw)),
    chunk("IEND", new Uint8Array()),
  ];
  const out = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of chunks) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
