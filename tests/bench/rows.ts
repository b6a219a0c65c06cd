import { gelu, layerNorm, ones, rng, softmax, type Tensor } from "../../core/mod.ts";
import type { Bench } from "./bench.ts";
import { operationBench } from "./operation.ts";

const [ROWS, WIDTH] = [8192, 512];

function normals(): Tensor {
  return rng(0).normal([ROWS, WIDTH]);
}

function about(work: string): string {
  return `${work} of ${ROWS} rows of ${WIDTH} standard normal draws, without derivative`;
}

/** Passes over memory that surround the products of the models. */
export const ROW_PASSES: readonly Bench[] = [
  operationBench({
    name: "softmax-8192x512",
    about: about("softmax"),
    inputs: () => [normals()],
    run: (x) => [softmax(x)],
  }),
  operationBench({
    name: "layernorm-8192x512",
    about: about("layer norm with scale and shift"),
    inputs: () => [normals(), ones([WIDTH])],
    run: (x, weight) => [layerNorm(x, weight, weight, 1e-5)],
  }),
  operationBench({
    name: "gelu-8192x512",
    about: about("exact GELU"),
    inputs: () => [normals()],
    run: (x) => [gelu(x)],
  }),
];
