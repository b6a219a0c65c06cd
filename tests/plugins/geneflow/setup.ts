import { type HostArray, hostArray, type Rng, rng, type Tensor } from "../../../core/mod.ts";
import { fromHost } from "../../../core/tensor/mod.ts";
import { flat } from "../../vectors/arrays.ts";

/** Check values of the method, read once. */
export const vectors = JSON.parse(Deno.readTextFileSync(new URL("../../vectors/geneflow.json", import.meta.url)));

/** What float32 results may differ by, as the vectors say. */
export const TOLERANCE = 2e-5;

/** A float32 host array with the shape of nested lists. */
export function host(values: readonly unknown[]): HostArray {
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  return hostArray(Float32Array.from(flat(values)), shape);
}

/** A stream whose normal draws are given, whatever it is asked for. */
export function givenNormal(make: () => Tensor): Rng {
  const stream: Rng = { ...rng(0), fold: () => stream, normal: make };
  return stream;
}

/** Change the order of axes. */
export function permute({ data, shape }: HostArray, order: readonly number[]): HostArray {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const out = order.map((axis) => shape[axis]!);
  const values = Float32Array.from(data, (_, at) => {
    let [rest, from] = [at, 0];
    for (let i = out.length - 1; i >= 0; i--) {
      from += (rest % out[i]!) * strides[order[i]!]!;
      rest = Math.floor(rest / out[i]!);
    }
    return data[from]!;
  });
  return hostArray(values, out);
}

/** Images `[B, C, H, W]` with channels last. */
export function channelsLast(images: HostArray): HostArray {
  return permute(images, [0, 2, 3, 1]);
}

/** Images `[B, H, W, C]` with channels first. */
export function channelsFirst(images: HostArray): HostArray {
  return permute(images, [0, 3, 1, 2]);
}

/** Upload nested lists. */
export function upload(values: readonly unknown[]): Tensor {
  return fromHost(host(values));
}
