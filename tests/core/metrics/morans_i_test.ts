import { hostArray } from "../../../core/host_array.ts";
import { moransI } from "../../../core/metrics/morans_i.ts";
import { rng } from "../../../core/rng/stream.ts";
import { kNearest } from "../../../core/spatial/knn.ts";
import { assert, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

const N = 200;
const K = 6;
const POINTS = hostArray(rng(1).host.normal(2 * N), [N, 2]);
const NEIGHBOURS = kNearest(POINTS, POINTS, K + 1).index.filter((_, at) => at % (K + 1) > 0);

Deno.test({
  name: "moransI() equals the formula over a dense weight matrix",
  ignore: !hasPython("numpy"),
  fn: () => {
    const noise = rng(2).host.normal(3 * N);
    const x = hostArray(
      noise.map((e, at) => at % 3 === 0 ? e : 0.3 * e + POINTS.data[2 * Math.floor(at / 3)]! * (at % 3)),
      [N, 3],
    );
    const expected = askPython(
      `
x, near = d["x"], np.array(d["near"]).reshape(len(d["x"]), -1)
w = np.zeros((len(x), len(x)))
for i, row in enumerate(near): w[i, row] = 1
z = x - x.mean(0)
out = len(x) / w.sum() * np.einsum("ij,ig,jg->g", w, z, z) / (z ** 2).sum(0)`,
      { x, near: Array.from(NEIGHBOURS) },
    ) as number[];
    const found = moransI(x, NEIGHBOURS, K);
    assertClose(found, expected, 1e-12);
    assert(Math.abs(found[0]!) < 0.15 && found[2]! > 0.7);
  },
});

Deno.test("moransI() is NaN for a constant column and refuses neighbours that do not fit", () => {
  const flat = hostArray(new Float32Array(N).fill(2), [N, 1]);
  assert(Number.isNaN(moransI(flat, NEIGHBOURS, K)[0]!));
  assertThrows(() => moransI(flat, NEIGHBOURS, K - 1), RangeError, "need 1000 neighbours, got 1200");
  assertThrows(() => moransI(hostArray(new Float32Array(1), [1, 1]), Int32Array.of(4), 1), RangeError, "neighbour 4");
});
