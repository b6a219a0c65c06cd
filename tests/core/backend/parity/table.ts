import type * as t from "../../../../core/tensor/mod.ts";
import { CONVOLUTIONS } from "./convolutions.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { NEIGHBOURS } from "./neighbours.ts";
import type { Operation } from "./operation.ts";
import { PRODUCTS } from "./products.ts";
import { REDUCTIONS } from "./reductions.ts";
import { SHAPES } from "./shapes.ts";
import { SPARSE } from "./sparse.ts";
import { UPDATES } from "./updates.ts";

/** Exports that compute nothing on a backend: they read, count, free or record; every case passes through them. */
export const NOT_COMPARED = [
  "collect",
  "dataOf",
  "dispose",
  "keep",
  "memory",
  "tidy",
  "toHost",
  "valueAndGrads",
] as const;

type Compared = Exclude<keyof typeof t, typeof NOT_COMPARED[number]>;

/** Every exported operation with its calls, and those that only the optimizer uses. */
export const OPERATIONS: Readonly<Record<Compared, Operation>> = {
  ...CONVOLUTIONS,
  ...ELEMENTWISE,
  ...NEIGHBOURS,
  ...PRODUCTS,
  ...REDUCTIONS,
  ...SHAPES,
  ...SPARSE,
  ...UPDATES,
};
