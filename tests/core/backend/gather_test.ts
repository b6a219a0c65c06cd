import { chooseBackend } from "../../../core/backend/mod.ts";
import { dataOf, gatherRows, intTensor, tensor, tidy } from "../../../core/tensor/mod.ts";
import { tf } from "../../../core/tensor/tf.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../backends.ts";

const HEAP = BACKENDS.filter((name) => name === "wasm" || name === "native");

for (const backend of HEAP) {
  Deno.test(`rows are gathered whole, of both types and by an index of any shape, on ${backend}`, async () => {
    await chooseBackend(backend);
    await assertNoLeak(async () => {
      const made = tidy(() => {
        const x = tensor(Float32Array.from({ length: 24 }, (_, i) => i), [4, 2, 3]);
        return {
          rows: gatherRows(x, intTensor([3, 0, 3, 1], [2, 2])),
          whole: gatherRows(intTensor([5, 6, 7], [3, 1]), intTensor([2, 2])),
          none: gatherRows(x, intTensor([], [0])),
          // Along another axis tfjs' own kernel stays in place.
          inner: tf.gather(x, tf.tensor1d([2, 0], "int32"), 2),
        };
      });
      assertEquals(made.rows.shape, [2, 2, 2, 3]);
      const values = [...await dataOf(made.rows)];
      assertEquals(values.slice(0, 7), [18, 19, 20, 21, 22, 23, 0]);
      assertEquals([...await made.whole.data()], [7, 7]);
      assertEquals([made.whole.dtype, made.none.shape], ["int32", [0, 2, 3]]);
      assertEquals([...await dataOf(made.inner)].slice(0, 4), [2, 0, 5, 3]);
      tf.dispose(made);
    });
  });

  Deno.test(`rows outside of the tensor are refused on ${backend}`, async () => {
    await chooseBackend(backend);
    const outside = (row: number) => () => tidy(() => gatherRows(tensor([1, 2], [2, 1]), intTensor([row])));
    assertThrows(outside(2), RangeError, "Cannot gather row 2 of a tensor with 2 rows");
    assertThrows(outside(-1), RangeError, "Cannot gather row -1");
  });
}
