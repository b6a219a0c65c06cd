import { concatRows, type HostArray, hostArray, type NumericArray } from "../../../core/host_array.ts";
import { classification } from "../../../core/metrics/classification.ts";
import { pointToShape, poolDistances, shapeToPoint } from "../../../core/metrics/psd_spd.ts";
import { meanAbsoluteError, meanSquaredError } from "../../../core/metrics/regression.ts";
import { nearest } from "../../../core/spatial/knn.ts";
import { hasShared } from "../../shared.ts";
import { openFixture } from "../../vectors/fixture.ts";

Deno.test({
  name: "the evaluation metrics reproduce the fixture classifier_metrics",
  ignore: !hasShared,
  fn: () => {
    const fixture = openFixture("nicheflow/classifier_metrics");
    const classes = fixture.config["output_dim"] as number;
    const slides = new Map<number, { generated: HostArray<NumericArray>[]; real: HostArray<NumericArray> }>();
    for (const item of ["item0", "item1", "item2"]) {
      for (const part of ["x", "pos"]) {
        const [predicted, expected] = [fixture.get(`in/${item}/${part}_pred`), fixture.get(`in/${item}/${part}_true`)];
        fixture.check(`out/${item}/${part}/mse`, [meanSquaredError(predicted, expected)]);
        fixture.check(`out/${item}/${part}/mae`, [meanAbsoluteError(predicted, expected)]);
      }
      const generated = hostArray(fixture.get(`in/${item}/pos_pred`).data, [8, 2]);
      const real = fixture.get(`in/${item}/slide_pos`);
      const { index, distance } = nearest(real, generated);
      fixture.check(`out/${item}/nn_index`, index);
      fixture.check(`out/${item}/nn_distance`, distance);
      const psd = pointToShape(generated, real);
      fixture.check(`out/${item}/psd/mean`, [psd.mean]);
      fixture.check(`out/${item}/psd/max`, [psd.max]);
      const types = fixture.get(`in/${item}/slide_cell_type`).data;
      const reference = index.map((row) => types[row]!);
      const scores = classification(reference, fixture.get(`out/${item}/pred_class`).data, classes);
      fixture.check(`out/${item}/nn_class/accuracy`, [scores.accuracy]);
      fixture.check(`out/${item}/nn_class/f1`, [scores.weighted.f1]);
      fixture.check(`out/${item}/nn_class/precision`, [scores.weighted.precision]);
      fixture.check(`out/${item}/nn_class/recall`, [scores.weighted.recall]);
      const time = fixture.scalar(`in/${item}/timepoint`);
      const slide = slides.get(time) ?? { generated: [], real };
      slide.generated.push(generated);
      slides.set(time, slide);
    }
    const spd = poolDistances(
      Array.from(slides.values(), ({ generated, real }) => shapeToPoint(concatRows(generated), real)),
    );
    fixture.check("out/spd/mean", [spd.mean]);
    fixture.check("out/spd/max", [spd.max]);
  },
});
