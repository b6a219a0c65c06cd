import {
  add,
  checkpoint,
  dataOf,
  dispose,
  matMul,
  memory,
  mul,
  silu,
  sin,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGrads,
} from "../../../core/mod.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { assertGradient, spread } from "./finite_differences.ts";

function block([x, weight]: readonly Tensor[]): Tensor {
  return add(x!, silu(sin(matMul(x!, weight!))));
}

const SHAPES = { x: [3, 4], weight: [4, 4] } as const;

async function gradients(make: (x: Tensor, weight: Tensor) => Tensor): Promise<readonly number[][]> {
  const [x, weight] = [tensor(spread(12), SHAPES.x), tensor(spread(16, 1), SHAPES.weight)];
  const { value, grads } = tidy(() => valueAndGrads(() => ({ value: sum(mul(make(x, weight), x)) }), [x, weight]));
  const out = await Promise.all([value, ...grads].map(async (tensor) => [...await dataOf(tensor)]));
  dispose([x, weight, value, ...grads]);
  return out;
}

forEachBackend("checkpoint() has the gradient of the function", () =>
  assertNoLeak(async () => {
    const twice = (f: (inputs: readonly Tensor[]) => Tensor) => (x: Tensor, w: Tensor): Tensor => f([f([x, w]), w]);
    const plain = await gradients(twice(block));
    // Derivatives are added up in another order.
    const compare = (made: readonly number[][]): void => made.forEach((row, i) => assertClose(row, plain[i]!, 1e-5));
    compare(await gradients(twice((inputs) => checkpoint(block, inputs))));
    // A piece within a piece.
    const inner = (inputs: readonly Tensor[]): Tensor => checkpoint(block, inputs);
    const nested = (inputs: readonly Tensor[]): Tensor => checkpoint(([x, w]) => inner([inner([x!, w!]), w!]), inputs);
    compare(await gradients((x, w) => nested([x, w])));
  }));

forEachBackend(
  "checkpoint(): gradient equals finite differences",
  () =>
    assertNoLeak(() =>
      assertGradient((x, w) => checkpoint(block, [x!, w!]), [{ shape: SHAPES.x }, { shape: SHAPES.weight }])
    ),
);

forEachBackend("checkpoint() keeps no intermediate values for the derivative", () =>
  assertNoLeak(() => {
    const [x, weight] = [tensor(spread(400), [20, 20]), tensor(spread(400, 1), [20, 20])];
    const deep = (piece: (inputs: readonly Tensor[]) => Tensor): number => {
      let held = 0;
      const { value, grads } = tidy(() =>
        valueAndGrads(() => {
          let h = x;
          const before = memory().numBytes;
          for (let i = 0; i < 5; i++) h = tidy(() => piece([h, weight]));
          held = memory().numBytes - before;
          return { value: sum(h) };
        }, [x, weight])
      );
      dispose([value, ...grads]);
      return held;
    };
    const layers = (inputs: readonly Tensor[]): Tensor => block([block([block(inputs), inputs[1]!]), inputs[1]!]);
    const [plain, lean] = [deep(layers), deep((inputs) => checkpoint(layers, inputs))];
    assert(3 * lean < plain, `${lean} bytes, ${plain} without`);
    dispose([x, weight]);
  }));

forEachBackend("checkpoint() passes errors on and leaves nothing behind", () =>
  assertNoLeak(() => {
    const x = tensor([1, 2]);
    let calls = 0;
    const broken = ([a]: readonly Tensor[]): Tensor => {
      const out = sin(a!);
      if (++calls === 2) throw new RangeError("broken");
      return out;
    };
    assertThrows(
      () => tidy(() => valueAndGrads(() => ({ value: sum(mul(sin(x), checkpoint(broken, [x]))) }), [x])),
      RangeError,
      "broken",
    );
    assertEquals(calls, 2);
    dispose([x]);
  }));
