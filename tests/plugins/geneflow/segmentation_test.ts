import { fromHost, hostArray, rng, type Tensor, tidy } from "../../../core/mod.ts";
import { dataOf, dispose, valueAndGrads } from "../../../core/tensor/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { nucleusWindows, type WindowOptions } from "../../../plugins/geneflow/spatial/nucleus_windows.ts";
import { segmentationLoss, type WindowTensors } from "../../../plugins/geneflow/spatial/segmentation_loss.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";

const SIDE = 24;
const OPTIONS: WindowOptions = {
  nuclei: "dark",
  channel: 0,
  leastArea: 8,
  leastHole: 4,
  split: 3,
  most: 4,
  reach: 2,
  neighbours: 1,
};

/** Two dark discs; the second one at a column of choice. */
function picture(column: number, radius = 4): Float32Array {
  return Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [r, c] = [Math.floor(at / SIDE), at % SIDE];
    const inside = Math.hypot(r - 6, c - 6) <= 4 || Math.hypot(r - 16, c - column) <= radius;
    return inside ? 0.2 : 0.9;
  });
}

const shape = [1, SIDE, SIDE, 1];

Deno.test("nucleusWindows() finds both nuclei and makes them neighbours", () => {
  const { windows, present, edges } = nucleusWindows(hostArray(picture(16), shape), OPTIONS);
  assertEquals([...present.data], [1, 1, 0, 0]);
  assertEquals([...edges.data.subarray(0, 8)], [0, 1, 0, 0, 1, 0, 0, 0]);
  const size = SIDE * SIDE;
  const areas = [0, 1, 2].map((n) => windows.data.subarray(n * size, (n + 1) * size).reduce((a, b) => a + b, 0));
  assert(areas[0]! > 50 && areas[1]! > 50 && areas[2] === 0, areas.join());
});

async function lossOf(made: Float32Array): Promise<{ readonly loss: number; readonly grad: Float32Array }> {
  const found = nucleusWindows(hostArray(picture(16), shape), OPTIONS);
  const where = Object.fromEntries(Object.entries(found).map(([name, array]) => [name, fromHost(array)]));
  const [x, real] = [fromHost(hostArray(made, shape)), fromHost(hostArray(picture(16), shape))];
  const { value, grads } = tidy(() =>
    valueAndGrads(() => ({ value: segmentationLoss(x, real, where as unknown as WindowTensors, OPTIONS) }), [x])
  );
  const out = { loss: (await dataOf(value))[0]!, grad: await dataOf(grads[0]!) };
  dispose([x, real, value, ...grads]);
  disposeTree(where as Record<string, Tensor>);
  return out;
}

forEachBackend(
  "segmentationLoss() is 0 for the same image, grows with the change, and its gradient leads back",
  () =>
    assertNoLeak(async () => {
      const same = await lossOf(picture(16));
      const moved = await lossOf(picture(17));
      const smaller = await lossOf(picture(16, 2));
      assert(Math.abs(same.loss) < 1e-4, `${same.loss}`);
      assert(moved.loss > 0.01 && smaller.loss > moved.loss, `${moved.loss}, ${smaller.loss}`);
      const start = picture(16, 3).map((value, i) => value + 0.02 * rng(1).host.normal(SIDE * SIDE)[i]!);
      const { loss, grad } = await lossOf(start);
      assert(grad.every(Number.isFinite));
      const step = 1e-3 / Math.max(...grad.map(Math.abs));
      const next = await lossOf(start.map((value, i) => value - step * grad[i]!));
      assert(next.loss < loss, `${loss}, then ${next.loss}`);
    }),
);
