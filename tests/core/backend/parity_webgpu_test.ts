import { chooseBackend } from "../../../core/backend/mod.ts";
import { BackendError } from "../../../core/errors.ts";
import { add, dataOf, dispose, matMul, ones, tensor, tidy, zeros } from "../../../core/tensor/mod.ts";
import { tf } from "../../../core/tensor/tf.ts";
import { assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertNoLeak } from "../backends.ts";
import { spread } from "../tensor/finite_differences.ts";
import { COMPARED_BACKENDS } from "./parity/backends.ts";

const ignore = !COMPARED_BACKENDS.includes("webgpu");

function device(): GPUDevice {
  return (tf.backend() as unknown as { readonly device: GPUDevice }).device;
}

Deno.test({ name: "webgpu refuses a tensor that no kernel could bind", ignore }, async () => {
  await chooseBackend("webgpu");
  await assertNoLeak(() => {
    const { maxStorageBufferBindingSize, maxBufferSize } = device().limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize) / 4;
    assertThrows(() => tidy(() => zeros([Math.floor(most) + 1])), RangeError, "train.accumulate");
  });
});

Deno.test({ name: "webgpu tells at the next read what failed out of sight", ignore }, async () => {
  await chooseBackend("webgpu");
  await assertNoLeak(async () => {
    const x = ones([3]);
    const first = add(x, 1);
    const second = add(x, 2);
    // More bytes than any buffer may have, as when memory runs out.
    device().createBuffer({ size: device().limits.maxBufferSize + 4, usage: GPUBufferUsage.STORAGE });
    await assertRejects(() => dataOf(first), BackendError, "Cannot go on with the webgpu backend");
    assertEquals(Array.from(await dataOf(second)), [3, 3, 3]);
    dispose([x, first, second]);
  });
});

Deno.test({ name: "webgpu repeats long products to the bit", ignore }, async () => {
  await chooseBackend("webgpu");
  await assertNoLeak(async () => {
    const [x, dy] = [tensor(spread(8192 * 24), [8192, 24]), tensor(spread(8192 * 20, 1), [8192, 20])];
    const product = async (): Promise<Float32Array> => {
      const out = matMul(x, dy, true);
      const data = await dataOf(out);
      dispose([out]);
      return data;
    };
    const first = await product();
    for (let i = 0; i < 5; i++) assertEquals(await product(), first);
    dispose([x, dy]);
  });
});
