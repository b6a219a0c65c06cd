import {
  concatRows,
  empiricalPrior,
  fitZinb,
  gaussianPrior,
  type HostArray,
  hostArray,
  type Prepared,
  type Prior,
  type Tree,
  zeroPrior,
  zinbFromLogits,
  zinbFromMean,
  zinbPrior,
} from "../../core/mod.ts";
import type { StFlowConfig } from "./config.ts";
import type { Expression } from "./slide.ts";
import type { Slide } from "./slides.ts";

/**
 * Fit what a prior learns from the training slides.
 *
 * @param prior Which prior.
 * @param training Training slides.
 * @returns Trees to keep; empty for priors without parameters.
 */
export function preparePrior({ kind, fit }: StFlowConfig["prior"], training: readonly Pick<Slide, "y">[]): Prepared {
  if (kind !== "empirical" && kind !== "fitted") return {};
  const y = concatRows(training.map((slide) => slide.y));
  if (kind === "empirical") return { prior: { rows: y } };
  // Depth-normalised counts are no whole numbers; the law is of counts, so they are rounded.
  const counts = hostArray(y.data.map((value) => Math.round(Math.expm1(value))), y.shape);
  const laws = fitZinb(counts, fit).flatMap(({ mu, phi, pi }) => [mu, phi, pi]);
  return { prior: { laws: hostArray(Float32Array.from(laws), [laws.length / 3, 3]) } };
}

function stored(prepared: Prepared, name: string, kind: string): HostArray {
  const found = (prepared["prior"] as Readonly<Record<string, Tree<HostArray>>> | undefined)?.[name];
  if (found !== undefined && "data" in found) return found as HostArray;
  throw new TypeError(
    `Cannot start from the prior "${kind}": it was not prepared; give build() what prepare() returned`,
  );
}

/**
 * The start of the flow.
 *
 * @param prior Which prior.
 * @param prepared What {@linkcode preparePrior} made.
 * @returns The prior.
 * @throws {TypeError} If a fitted prior was not prepared.
 */
export function priorOf(prior: StFlowConfig["prior"], prepared: Prepared): Prior<Expression> {
  const { kind, totalCount, logits, zeroLogits } = prior;
  switch (kind) {
    case "zinb":
      return zinbPrior<Expression>([zinbFromLogits(totalCount, logits, zeroLogits)]);
    case "gaussian":
      return gaussianPrior<Expression>();
    case "zero":
      return zeroPrior<Expression>();
    case "empirical":
      return empiricalPrior<Expression>({ y: stored(prepared, "rows", kind) });
    case "fitted": {
      const { data, shape } = stored(prepared, "laws", kind);
      const at = (i: number): number => data[i]!;
      return zinbPrior<Expression>(
        Array.from({ length: shape[0]! }, (_, g) => zinbFromMean(at(3 * g), at(3 * g + 1), at(3 * g + 2))),
      );
    }
  }
}
