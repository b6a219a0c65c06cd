import { concatRows, type HostArray, hostArray } from "../../../core/mod.ts";
import type { Baseline, FeatureSlide, FittedBaseline } from "./predictor.ts";
import { projectionOf } from "./projection.ts";

/** Penalties as a share of the number of training spots. */
const PENALTIES = [0.001, 0.01, 0.1, 0.3, 1, 3, 10, 30] as const;

/** Sums of squares of each score, and of its products with the centred expression. */
function crossProducts(
  z: HostArray,
  y: HostArray,
  mean: Float64Array,
): { readonly squares: Float64Array; readonly products: Float64Array } {
  const [rows, scores] = z.shape as [number, number];
  const genes = y.shape[1]!;
  const squares = new Float64Array(scores);
  const products = new Float64Array(scores * genes);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < scores; c++) {
      const score = z.data[i * scores + c]!;
      squares[c]! += score * score;
      for (let g = 0; g < genes; g++) products[c * genes + g]! += score * (y.data[i * genes + g]! - mean[g]!);
    }
  }
  return { squares, products };
}

function columnMeans({ data, shape }: HostArray): Float64Array {
  const [rows, genes] = shape as [number, number];
  const mean = new Float64Array(genes);
  for (let at = 0; at < data.length; at++) mean[at % genes]! += data[at]! / rows;
  return mean;
}

/**
 * Ridge regression on principal components of the z-scored image features. Scores are uncorrelated, so each coefficient
 * is its own division, and all penalties come from one fit.
 */
export const ridge: Baseline = Object.freeze({
  name: "ridge",
  settings: PENALTIES,
  fit(training: readonly FeatureSlide[]): Promise<FittedBaseline> {
    const { training: z, project } = projectionOf(training);
    const y = concatRows(training.map((slide) => slide.y));
    const mean = columnMeans(y);
    const { squares, products } = crossProducts(z, y, mean);
    const genes = y.shape[1]!;
    return Promise.resolve({
      predict(slide: FeatureSlide, penalty: number): Promise<HostArray> {
        const { data, shape } = project(slide);
        const [rows, scores] = shape as [number, number];
        const shrunk = squares.map((sum) => 1 / (sum + penalty * y.shape[0]!));
        const out = new Float32Array(rows * genes);
        const row = new Float64Array(genes);
        for (let i = 0; i < rows; i++) {
          row.set(mean);
          for (let c = 0; c < scores; c++) {
            const weight = data[i * scores + c]! * shrunk[c]!;
            for (let g = 0; g < genes; g++) row[g]! += weight * products[c * genes + g]!;
          }
          out.set(row, i * genes);
        }
        return Promise.resolve(hostArray(out, [rows, genes]));
      },
    });
  },
});
