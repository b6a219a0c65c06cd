import { concatRows, type HostArray, hostArray, kNearest } from "../../../core/mod.ts";
import type { Baseline, FeatureSlide, FittedBaseline } from "./predictor.ts";
import { projectionOf } from "./projection.ts";

/** Numbers of training spots that are averaged; 50 is what retrieval methods use. */
const COUNTS = [5, 10, 20, 50, 100] as const;

/** The mean expression of the training spots whose images look most alike. */
export const nearestSpots: Baseline = Object.freeze({
  name: "knn",
  settings: COUNTS,
  fit(training: readonly FeatureSlide[]): Promise<FittedBaseline> {
    const { training: z, project } = projectionOf(training);
    const y = concatRows(training.map((slide) => slide.y));
    const genes = y.shape[1]!;
    const most = Math.min(Math.max(...COUNTS), z.shape[0]!);
    const known = new WeakMap<FeatureSlide, Int32Array>();
    const nearest = (slide: FeatureSlide): Int32Array => {
      const index = known.get(slide) ?? kNearest(z, project(slide), most).index;
      known.set(slide, index);
      return index;
    };
    return Promise.resolve({
      predict(slide: FeatureSlide, count: number): Promise<HostArray> {
        const index = nearest(slide);
        const rows = slide.features.shape[0]!;
        const used = Math.min(count, most);
        const out = new Float32Array(rows * genes);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < used; j++) {
            const from = index[i * most + j]! * genes;
            for (let g = 0; g < genes; g++) out[i * genes + g]! += y.data[from + g]! / used;
          }
        }
        return Promise.resolve(hostArray(out, [rows, genes]));
      },
    });
  },
});
