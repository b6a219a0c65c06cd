import { matMul, rng } from "../../core/mod.ts";
import type { Bench } from "./bench.ts";
import { operationBench } from "./operation.ts";

function product(size: number): Bench {
  return operationBench({
    name: `matmul-${size}`,
    about: `product of two ${size} x ${size} matrices of standard normal draws`,
    flops: 2 * size ** 3,
    inputs: () => [rng(0).fold("a").normal([size, size]), rng(0).fold("b").normal([size, size])],
    run: (a, b) => [matMul(a, b)],
  });
}

/** Matrix products. */
export const PRODUCTS: readonly Bench[] = [product(1024), product(2048)];
