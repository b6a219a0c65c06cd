import {
  averagePool2d,
  dataOf,
  dispose,
  memory,
  tensor,
  tidy,
  upsampleNearest2d,
  zeros,
} from "../../../core/tensor/mod.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";
import { assertGradient } from "./finite_differences.ts";

forEachBackend("averagePool2d() and upsampleNearest2d() on an image of two channels", async () => {
  await assertNoLeak(async () => {
    const x = tensor([1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60, 7, 70, 8, 80], [1, 2, 4, 2]);
    const small = averagePool2d(x, 2);
    const large = upsampleNearest2d(small, 2);
    assertEquals([[...small.shape], [...large.shape]], [[1, 1, 2, 2], [1, 2, 4, 2]]);
    assertEquals([...await dataOf(small)], [3.5, 35, 5.5, 55]);
    const row = [3.5, 35, 3.5, 35, 5.5, 55, 5.5, 55];
    assertEquals([...await dataOf(large)], [...row, ...row]);
    dispose([x, small, large]);
  });
});

forEachBackend("resampling a batch without images gives one", () => {
  const x = zeros([0, 4, 6, 3]);
  const [small, large] = [averagePool2d(x, 2), upsampleNearest2d(x, 2)];
  assertEquals([[...small.shape], [...large.shape]], [[0, 2, 3, 3], [0, 8, 12, 3]]);
  dispose([x, small, large]);
});

for (const factor of [1, 2, 3]) {
  forEachBackend(`resampling by ${factor}: gradients equal finite differences`, () =>
    assertNoLeak(async () => {
      await assertGradient((x) => averagePool2d(x!, factor), [{ shape: [2, 2 * factor, factor, 3] }]);
      await assertGradient((x) => upsampleNearest2d(x!, factor), [{ shape: [2, 3, 1, 2] }]);
    }));
}

forEachBackend("resampling refuses what does not fit, and leaves nothing behind", () => {
  const x = zeros([1, 4, 6, 3]);
  const before = memory();
  assertThrows(() => tidy(() => averagePool2d(x, 3)), RangeError, "squares of 3 in images of 4 x 6");
  assertThrows(() => tidy(() => averagePool2d(x, 0)), RangeError, "factor of 0");
  assertThrows(() => tidy(() => upsampleNearest2d(x, 1.5)), RangeError, "factor of 1.5");
  assertThrows(() => tidy(() => upsampleNearest2d(zeros([4, 6, 3]), 2)), TypeError, "[4,6,3]");
  assertEquals(memory(), before);
  dispose([x]);
});
