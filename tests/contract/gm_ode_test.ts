import { integrate, timeGrid } from "../../core/mod.ts";
import { rng } from "../../core/rng/stream.ts";
import { dispose, tensor } from "../../core/tensor/mod.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import { gmOde } from "./methods/gm_ode.ts";
import { gaussianPosterior } from "./methods/gmflow.ts";
import type { Cells } from "./methods/tiny.ts";
import { assertClose, stateOf, takeValues, valuesOf } from "./numbers.ts";

const [MEAN, SPREAD] = [2, 0.5];

async function run(x0: Cells, outer: number, inner: number, from: number, to: number): Promise<Float32Array> {
  const { x } = await integrate({
    sampler: gmOde(inner),
    field: (at: Cells, t) => gaussianPosterior(at, t, MEAN, SPREAD),
    x0,
    rng: rng(0),
  }, timeGrid(outer + 1, from, to));
  return (await takeValues(x))["x"]!;
}

forEachBackend("a sampler of mixtures maps noise to data and back with a mixture for memory", async () => {
  await assertNoLeak(async () => {
    const noise = stateOf({ x: [4, 2] }) as Cells;
    const start = (await valuesOf(noise))["x"]!;
    const data = start.map((value) => MEAN + SPREAD * value);
    for (const [outer, inner] of [[64, 1], [8, 8], [4, 16]] as const) {
      assertClose({ x: await run(noise, outer, inner, 0, 1) }, { x: data }, 0.03, `${outer} x ${inner} steps`);
    }
    const there: Cells = { x: tensor(data, [4, 2]) };
    assertClose({ x: await run(there, 64, 2, 1, 0) }, { x: start }, 0.05, "backwards");
    dispose([noise.x, there.x]);
  });
});
