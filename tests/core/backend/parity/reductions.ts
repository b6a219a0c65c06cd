import * as t from "../../../../core/tensor/mod.ts";
import { apart, call, type Case, type Operation, over, signed, SIZES, smooth, upload } from "./operation.ts";

/** More rows than one dispatch of a graphics card has work groups. */
const MANY = 70_001;

function manyRows(op: (x: t.Tensor) => t.Tensor): Case {
  return call(`of ${MANY} rows`, () => op(upload(signed([MANY, 3]))));
}

/** Operations that combine the values along axes. */
export const REDUCTIONS = {
  softmax: smooth(
    2e-6,
    over(
      (x, mask) => t.softmax(x!, mask),
      ...SIZES.map((n) => [signed([3, n])]),
      [signed([17])],
      [signed([2, 3, 4, 5])],
      [signed([2, 1, 3, 2, 5])],
      [signed([2, 3, 17]), signed([3, 1], 1)],
      [signed([2, 3, 17]), signed([17], 1)],
      [signed([0, 3])],
      [signed([3, 0])],
      [signed([4, 1100])],
    ),
    [
      manyRows(t.softmax),
      call("dropped entries", (x) => t.softmax(x!, t.tensor([0, 0, -1e9, 0], [4])), signed([3, 4])),
      call("large scores", () => t.softmax(t.tensor([1e4, 1e4 - 1, -1e4, -1e30, 0, 1], [2, 3]))),
    ],
  ),
  logSumExp: smooth(
    2e-6,
    over((x) => t.logSumExp(x!), ...SIZES.map((n) => [signed([3, n])]), [signed([2, 3, 17])], [signed([0, 3])]),
    [call("large scores", () => t.logSumExp(t.tensor([1e4, 1e4 - 1, -1e4, 0, 0, 1], [2, 3])))],
  ),
  layerNorm: smooth(
    2e-6,
    over(
      (x, gamma, beta) => t.layerNorm(x!, gamma!, beta!, 1e-2),
      ...SIZES.map((n) => [signed([3, n]), signed([n], 1), signed([n], 2)]),
      [signed([2, 17, 3]), signed([3], 1), signed([3], 2)],
      [signed([0, 3]), signed([3], 1), signed([3], 2)],
      [signed([2, 520]), signed([520], 1), signed([520], 2)],
    ),
    [call("far from 0", () => t.layerNorm(t.tensor([1000, 1001, 1003, 1000.5]), t.ones([4]), t.zeros([4]), 1e-2))],
  ),
  squaredDistance: smooth(
    3e-6,
    over(
      (points, x) => t.squaredDistance(points!, x!),
      ...SIZES.map((n) => [signed([3, 5, n]), signed([3, n], 1)]),
      [signed([17, 1, 4]), signed([17, 4], 1)],
      [signed([0, 3, 2]), signed([0, 2], 1)],
      [signed([2, 0, 3]), signed([2, 3], 1)],
      [signed([2, 3, 0]), signed([2, 0], 1)],
    ),
  ),
  groupNorm: smooth(
    2e-6,
    over(
      (x, gamma, beta) => t.groupNorm(x!, 2, gamma!, beta!, 1e-2),
      [signed([2, 17, 4]), signed([4], 1), signed([4], 2)],
      [signed([2, 3, 5, 6]), signed([6], 1), signed([6], 2)],
      [signed([3, 8]), signed([8], 1), signed([8], 2)],
    ),
    over(
      (x, gamma, beta) => t.groupNorm(x!, 1, gamma!, beta!, 1e-2),
      ...SIZES.map((n) => [signed([1, n, 3]), signed([3], 1), signed([3], 2)]),
    ),
  ),
  sum: smooth(
    2e-6,
    over((x) => t.sum(x!), [signed([])], ...SIZES.map((n) => [signed([n])]), [signed([17, 65])], [signed([0])]),
    over((x) => t.sum(x!, 0), ...SIZES.map((n) => [signed([n, 3])]), [signed([0, 3])], [signed([3, 0])], [
      signed([500, 8]),
    ]),
    over((x) => t.sum(x!, -1, true), ...SIZES.map((n) => [signed([3, n])]), [signed([0, 3])], [signed([2, 5000])]),
    [manyRows((x) => t.sum(x, 1)), manyRows((x) => t.sum(x))],
    over((x) => t.sum(x!, 1), [signed([3, 17, 5])], [signed([2, 0, 5])]),
    over((x) => t.sum(x!, [0, 2], true), [signed([3, 17, 5])]),
    over((x) => t.sum(x!, [1, 3]), [signed([2, 3, 4, 5])], [signed([2, 3, 4, 5, 3])]),
    over((x) => t.sum(x!, []), [signed([3, 4])]),
  ),
  mean: smooth(
    2e-6,
    over((x) => t.mean(x!), ...SIZES.map((n) => [signed([n])]), [signed([17, 65])]),
    over((x) => t.mean(x!, 0), [signed([17, 3])], [signed([3, 0])]),
    over((x) => t.mean(x!, -1, true), [signed([17, 65])], [signed([0, 3])]),
  ),
  sumTo: smooth(
    2e-6,
    over((x) => t.sumTo(x!, [3, 1]), [signed([17, 3, 5])], [signed([3, 5])], [signed([3, 1])], [signed([0, 3, 5])]),
    over((x) => t.sumTo(x!, []), [signed([17, 3])]),
    over((x) => t.sumTo(x!, [1, 5]), [signed([0, 5])], [signed([63, 5])]),
  ),
  max: smooth(
    0,
    over((x) => t.max(x!), [apart([])], ...SIZES.map((n) => [apart([n])]), [apart([17, 65])]),
    over((x) => t.max(x!, 0), [apart([17, 3])], [apart([65, 4])], [apart([3, 0])]),
    over((x) => t.max(x!, -1, true), [apart([17, 65])], [apart([0, 3])]),
    over((x) => t.max(x!, [0, 2]), [apart([3, 17, 5])], [apart([2, 3, 2, 1, 4])]),
  ),
  min: smooth(
    0,
    over((x) => t.min(x!), [apart([])], ...SIZES.map((n) => [apart([n])]), [apart([17, 65])]),
    over((x) => t.min(x!, 0), [apart([17, 3])], [apart([65, 4])], [apart([3, 0])]),
    over((x) => t.min(x!, -1, true), [apart([17, 65])], [apart([0, 3])]),
    over((x) => t.min(x!, [0, 2]), [apart([3, 17, 5])]),
  ),
} satisfies Record<string, Operation>;
