import { chooseBackend } from "../../../core/backend/mod.ts";
import { startWasm } from "../../../core/backend/wasm.ts";
import { offsetOf } from "../../../core/backend/wasm_heap.ts";
import * as t from "../../../core/tensor/mod.ts";
import { assert } from "../../assert.ts";
import { assertNoLeak } from "../backends.ts";
import { spread } from "../tensor/finite_differences.ts";
import { COMPARED_BACKENDS } from "./parity/backends.ts";

const SIDE = 256;
const BYTES = 4 * SIDE * SIDE;

/** Room that the allocator may need beside the values. */
const SLACK = 1024;

/** Operations on a matrix `[SIDE, SIDE]` with a result of at least its size. */
const OPERATIONS: Readonly<Record<string, (x: t.Tensor) => t.Tensor>> = {
  matMul: (x) => t.matMul(x, x, true, true),
  linear: (x) => t.linear(x, x, t.ones([SIDE])),
  layerNorm: (x) => t.layerNorm(x, t.ones([SIDE]), t.ones([SIDE]), 1e-5),
  multiHeadAttention: (x) => {
    const tokens = t.reshape(x, [1, SIDE, SIDE]);
    return t.multiHeadAttention(tokens, tokens, tokens, 1);
  },
  softmax: (x) => t.softmax(x),
  leakyRelu: (x) => t.leakyRelu(x, 0.1),
  concat: (x) => t.concat([x, x], 1),
  broadcastTo: (x) => t.broadcastTo(t.reshape(x, [1, SIDE, SIDE]), [2, SIDE, SIDE]),
  gelu: (x) => t.gelu(x),
};

/** Fill the heap until the next matrix cannot be allocated without growing it. */
async function filledHeap(): Promise<readonly t.Tensor[]> {
  const { backend } = await startWasm();
  const ballast: t.Tensor[] = [];
  let end = 0;
  // Gaps between tensors are filled first; then tensors are taken from the end.
  while (end + BYTES + SLACK <= backend.wasm.HEAPU8.byteLength) {
    const tensor = t.zeros([SIDE, SIDE]);
    ballast.push(tensor);
    end = Math.max(end, offsetOf(backend, tensor) + BYTES);
  }
  return ballast;
}

async function valuesOf(op: (x: t.Tensor) => t.Tensor, x: t.Tensor): Promise<Float32Array> {
  const out = t.tidy(() => op(x));
  const data = await t.dataOf(out);
  t.dispose([out]);
  return data;
}

for (const backend of COMPARED_BACKENDS.filter((name) => name !== "webgpu")) {
  for (const [name, op] of Object.entries(OPERATIONS)) {
    Deno.test(`${name} on ${backend} is right while its own result makes the heap grow`, async () => {
      const { backend: { wasm } } = await startWasm();
      await chooseBackend(backend);
      await assertNoLeak(async () => {
        const x = t.tensor(spread(SIDE * SIDE), [SIDE, SIDE]);
        const expected = await valuesOf(op, x);
        const ballast = await filledHeap();
        await chooseBackend(backend);
        const before = wasm.HEAPU8.buffer;
        const actual = await valuesOf(op, x);
        assert(wasm.HEAPU8.buffer !== before, "the heap did not grow");
        assert(actual.every((value, i) => value === expected[i]), "the values differ");
        t.dispose([x, ...ballast]);
      });
    });
  }
}
