import { assignment } from "../coupling/assignment.ts";
import { squaredDistances } from "../coupling/cost.ts";
import type { TimePoint } from "../data.ts";
import { concatRows, type HostArray, hostArray, takeRows } from "../host_array.ts";
import type { Rng } from "../rng/mod.ts";
import { nearestStage, stageNeighbours } from "./stage_condition.ts";
import type { Stage } from "./stages.ts";

/** Exact transport is cubic: neighbouring stages are paired on at most this many cells of each. */
const PAIRED = 1000;

function some(x: HostArray, count: number, stream: Rng): HostArray {
  return x.shape[0]! <= count ? x : takeRows(x, stream.host.choice(x.shape[0]!, count));
}

/** Cells of two stages paired by exact transport, and the point between each pair. */
function interpolated(a: HostArray, b: HostArray, share: number, stream: Rng): HostArray {
  const size = Math.min(a.shape[0]!, b.shape[0]!, PAIRED);
  const [left, right] = [some(a, size, stream.fold("before")), some(b, size, stream.fold("after"))];
  const partner = takeRows(right, assignment(squaredDistances(left, right), size, size));
  return hostArray(left.data.map((value, i) => (1 - share) * value + share * partner.data[i]!), left.shape);
}

/**
 * Cells that need no model, to be compared with in place of generated ones: `noise`, and for a stage that was not trained
 * the trained stages around it: `nearest stage` copied, `both neighbours` mixed in proportion to their nearness, and
 * `interpolation` between cells of both that transport pairs.
 *
 * @param times All time points.
 * @param trained Trained stages in order of time.
 * @param stage The stage that is generated.
 * @param stream Stream of the draws.
 * @returns Cells by name, `[n, G]`.
 */
export function stageAnchors(
  times: readonly TimePoint[],
  trained: readonly Stage[],
  stage: Stage,
  stream: Rng,
): Readonly<Record<string, HostArray>> {
  const width = stage.x.shape[1]!;
  const noise = hostArray(stream.fold("noise").host.normal(PAIRED * width), [PAIRED, width]);
  const known = trained.map(({ time }) => time);
  if (known.includes(stage.time)) return { noise };
  const cellsAt = (time: number): HostArray => trained.find((each) => each.time === time)!.x;
  const nearest = cellsAt(nearestStage(times, known, stage.time));
  const around = stageNeighbours(times, known, stage.time);
  if (around === undefined) return { "nearest stage": nearest, noise };
  const [a, b, { share }] = [cellsAt(around.before), cellsAt(around.after), around];
  const part = (x: HostArray, weight: number, tag: string): HostArray =>
    takeRows(
      x,
      stream.fold(tag).host.choice(x.shape[0]!, Math.round(weight * PAIRED), {
        replace: x.shape[0]! < weight * PAIRED,
      }),
    );
  return {
    "nearest stage": nearest,
    "both neighbours": concatRows([part(a, 1 - share, "first"), part(b, share, "second")]),
    interpolation: interpolated(a, b, share, stream.fold("pairs")),
    noise,
  };
}
