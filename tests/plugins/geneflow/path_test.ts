import { linearPath, type Path, perturbedPath, sinusoidalPath } from "../../../core/mod.ts";
import { fill, type Tensor } from "../../../core/tensor/mod.ts";
import { releasedNoiseLevel } from "../../../plugins/geneflow/noise_schedule.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read } from "../../parity/tensors.ts";
import { assertClose } from "../../vectors/arrays.ts";
import { givenNormal, TOLERANCE, upload, vectors } from "./setup.ts";

const { x1, noise, z, sigma, rows, mean_interp_dot_squared } = vectors.path;

type Kind = "omit" | "exact" | "printed";

const VELOCITY = {
  omit: "velocity_code",
  exact: "velocity_true_derivative",
  printed: "velocity_paper_eq9",
} as const;

function pathOf(velocity: Kind): Path {
  return perturbedPath(sinusoidalPath(), { width: sigma, velocity });
}

forEachBackend("the path, its velocity and the end estimates are those of the vectors", () =>
  assertNoLeak(async () => {
    for (const row of rows) {
      for (const velocity of ["omit", "exact", "printed"] as const) {
        const got = await read(() => {
          const [start, end] = [{ img: upload([noise]) }, { img: upload([x1]) }];
          const t: Tensor = fill([1], row.t);
          const path = pathOf(velocity);
          const { xt, dxt } = path.at(start, end, t, givenNormal(() => upload([z])));
          const code = { img: upload([row.velocity_code]) };
          return {
            xt: xt["img"]!,
            dxt: dxt["img"]!,
            sine: path.toTarget("velocity", code, xt, t)["img"]!,
            linear: linearPath().toTarget("velocity", code, xt, t)["img"]!,
          };
        });
        assertClose(got.xt, row.x_t, TOLERANCE);
        assertClose(got.dxt, row[VELOCITY[velocity]], TOLERANCE);
        // At t = 1 the estimate is the state itself.
        assertClose(got.sine, row.endpoint_sine ?? row.x_t, TOLERANCE);
        assertClose(got.linear, row.endpoint_linear, TOLERANCE);
      }
      assertClose([releasedNoiseLevel(row.t)], [row.sigma_schedule], 1e-6);
    }
  }));

forEachBackend("the mean squared speed of the path is π² / 8", async () => {
  const steps = 1000;
  const { dxt } = await read(() => {
    const t = upload(Array.from({ length: steps }, (_, i) => (i + 0.5) / steps));
    const [start, end] = [{ img: fill([steps, 1], 0) }, { img: fill([steps, 1], 1) }];
    const point = sinusoidalPath().at(start, end, t, givenNormal(() => fill([steps, 1], 0)));
    return { dxt: point.dxt["img"]! };
  });
  assertClose([dxt.reduce((sum, v) => sum + v * v, 0) / steps], [mean_interp_dot_squared], TOLERANCE);
});
