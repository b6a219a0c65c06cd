import { chooseBackend } from "../../../core/backend/mod.ts";
import { rng } from "../../../core/rng/stream.ts";
import { dataOf, dispose, intTensor, tensor, tidy } from "../../../core/tensor/mod.ts";
import { tf } from "../../../core/tensor/tf.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, BACKENDS, forEachBackend } from "../backends.ts";

const HEAP_BACKENDS = BACKENDS.filter((name) => name === "wasm" || name === "native");

/** Sums of rows by their numbers; rows with a number of no segment count nowhere. */
function sums(x: Float32Array, ids: Int32Array, size: number, segments: number): Float64Array {
  const out = new Float64Array(segments * size);
  ids.forEach((id, row) => {
    if (id < 0 || id >= segments) return;
    for (let i = 0; i < size; i++) out[id * size + i]! += x[row * size + i]!;
  });
  return out;
}

for (const backend of HEAP_BACKENDS) {
  Deno.test(`sums of segments on ${backend} are right for odd sizes and any numbers`, async () => {
    await chooseBackend(backend);
    await assertNoLeak(async () => {
      for (const [rows, size, segments] of [[1, 1, 1], [3, 17, 5], [65, 3, 63], [300, 65, 7], [0, 3, 4], [17, 4, 0]]) {
        const stream = rng(1).fold(`${rows} ${size} ${segments}`);
        const x = stream.host.uniform(rows! * size!);
        // Numbers from -2 to segments + 1.
        const ids = Int32Array.from(stream.fold("ids").host.uniform(rows!), (u) => Math.floor(u * (segments! + 4)) - 2);
        const [values, numbers] = [tensor(x, [rows!, size!]), intTensor(ids, [rows!])];
        const made = tidy(() => [
          tf.unsortedSegmentSum(values, numbers as tf.Tensor1D, segments!),
          tf.scatterND(tf.reshape(numbers, [rows!, 1]), values, [segments!, size!]),
        ]);
        const expected = sums(x, ids, size!, segments!);
        for (const out of made) {
          const actual = await dataOf(out);
          assertEquals(out.shape, [segments, size]);
          const wrong = expected.findIndex((value, i) =>
            !(Math.abs(actual[i]! - value) <= 1e-5 * (1 + Math.abs(value)))
          );
          assert(wrong === -1, `${rows} rows of ${size}: entry ${wrong} is ${actual[wrong]}, not ${expected[wrong]}`);
        }
        dispose([values, numbers, ...made]);
      }
    });
  });

  Deno.test(`scattering on ${backend} still puts down parts of rows and whole numbers`, async () => {
    await chooseBackend(backend);
    await assertNoLeak(async () => {
      const [parts, whole] = tidy(() => [
        tf.scatterND(tf.tensor2d([0, 1, 1, 0, 0, 1], [3, 2], "int32"), tf.tensor1d([1, 2, 3]), [2, 2]),
        tf.scatterND(tf.tensor2d([2, 0, 2], [3, 1], "int32"), tf.tensor1d([1, 2, 3], "int32"), [3]),
      ]);
      assertEquals([[...await parts!.data()], [...await whole!.data()]], [[0, 4, 2, 0], [2, 0, 4]]);
      dispose([parts!, whole!]);
    });
  });

  Deno.test(`sums of segments on ${backend} refuse what does not fit`, async () => {
    await chooseBackend(backend);
    await assertNoLeak(() => {
      const refused = (x: tf.Tensor, segmentIds: tf.Tensor): void => {
        const call = (): tf.Tensor =>
          tf.engine().runKernel("UnsortedSegmentSum", { x, segmentIds }, { numSegments: 3 });
        assertThrows(call, TypeError, "Cannot sum rows");
      };
      tidy(() => {
        refused(tf.ones([4, 2]), tf.zeros([5], "int32"));
        refused(tf.ones([4, 2]), tf.zeros([4], "float32"));
        refused(tf.ones([4, 2], "int32"), tf.zeros([4], "int32"));
        refused(tf.ones([4, 2]), tf.zeros([4, 1], "int32"));
      });
    });
  });
}

forEachBackend("the gradient of tfjs' own gather adds up what was taken more than once", async () => {
  await assertNoLeak(async () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [3, 2]);
    const index = intTensor([2, 0, 2, 2], [4]);
    const [rows, columns] = tidy(() => {
      const weights = tensor([1, 10, 2, 20, 3, 30, 4, 40], [4, 2]);
      const across = intTensor([1, 1, 0], [3]) as tf.Tensor1D;
      return [
        tf.grad((x) => tf.sum(tf.mul(tf.gather(x, index as tf.Tensor1D), weights)))(x),
        tf.grad((x) => tf.sum(tf.mul(tf.gather(x, across, 1), tensor([1, 2, 4], [1, 3]))))(x),
      ];
    });
    assertEquals([...await dataOf(rows!)], [2, 20, 0, 0, 8, 80]);
    assertEquals([...await dataOf(columns!)], [4, 3, 4, 3, 4, 3]);
    dispose([x, index, rows!, columns!]);
  });
});
