import { type HostArray, hostArray } from "../../../core/host_array.ts";
import { rng } from "../../../core/rng/stream.ts";
import { highlyVariable, normalizedDispersion } from "../../../core/spatial/highly_variable.ts";
import { log1p } from "../../../core/spatial/normalize_total.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { hasPython } from "../../python.ts";
import { askPython, assertClose } from "../../vectors/arrays.ts";

function expression(n: number, g: number): HostArray {
  const rate = rng(1).fold("rate").host.gamma(g, 0.6, 2);
  const counts = rng(1).fold("counts").host.poisson(
    n * g,
    Float32Array.from({ length: n * g }, (_, at) => rate[at % g]!),
  );
  // One gene that never varies, one that is never seen, and one far above the others, alone in its bin.
  counts.forEach((_, at) => {
    if (at % g === 3) counts[at] = 2;
    if (at % g === 5) counts[at] = 0;
    if (at % g === 7) counts[at]! += 400;
  });
  return log1p(hostArray(counts, [n, g]));
}

Deno.test({
  name: "normalizedDispersion() equals the rule written with pandas",
  ignore: !hasPython("pandas"),
  fn: () => {
    const x = expression(150, 200);
    const expected = askPython(
      `
import pandas as pd
e = np.expm1(d["x"])
m, v = e.mean(0), e.var(0, ddof=1)
m[m == 0] = 1e-12
disp = v / m
disp[disp < 1e-10] = np.nan  # expm1(log1p(2)) in float32 is constant only up to rounding
f = pd.DataFrame({"m": np.log1p(m), "d": np.log(disp)})
groups = f.groupby(pd.cut(f["m"], bins=20))["d"]
mean, std = groups.transform("mean"), groups.transform(lambda s: s.std(ddof=1))
z = ((f["d"] - mean) / std).where(groups.transform("count") > 1, 1.0)
out = z.where(~f["d"].isna(), -1e300).to_numpy()`,
      { x },
    ) as number[];
    const score = normalizedDispersion(x).map((z) => Math.max(z, -1e300));
    assertClose(score, expected, 1e-9);
    assertEquals([score[3], score[5], score[7]], [-1e300, -1e300, 1]);
    const order = expected.map((_, gene) => gene).sort((a, b) => expected[b]! - expected[a]! || a - b);
    assertEquals(Array.from(highlyVariable(x, 40)), order.slice(0, 40).sort((a, b) => a - b));
  },
});

Deno.test("highlyVariable() refuses too many genes and a single cell", () => {
  assertThrows(() => highlyVariable(expression(10, 20), 21), RangeError, "21 of 20 genes");
  assertThrows(() => highlyVariable(expression(1, 20), 5), RangeError, "over 1 cells");
});
