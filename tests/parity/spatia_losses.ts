import {
  add,
  elementMean,
  entries,
  gatherRows,
  hostArray,
  intTensor,
  leaves,
  linearPath,
  mean,
  mul,
  ones,
  type Rng,
  rng,
  squared,
  sub,
  subtree,
  type Tensor,
  tensor,
} from "../../core/mod.ts";
import { dataOf, dispose, valueAndGrads } from "../../core/tensor/mod.ts";
import { slicedDistance } from "../../plugins/spatia/alignment.ts";
import type { Endpoint } from "../../plugins/spatia/change.ts";
import { conditioner } from "../../plugins/spatia/conditioner.ts";
import { contrastHinge, rowErrors } from "../../plugins/spatia/contrast.ts";
import { convolutionFeatures } from "../../plugins/spatia/features/network.ts";
import { measureMorphology } from "../../plugins/spatia/morphology.ts";
import { confidenceWeights } from "../../plugins/spatia/pairing/weights.ts";
import { stateDictEntry } from "../../plugins/spatia/state_dict.ts";
import { edmGrid, skewedTimes } from "../../plugins/spatia/times.ts";
import type { Check } from "./compare.ts";
import { type Fixture, floats, integers, setting } from "./fixture.ts";
import { conditionerSizes, images, PLAIN, transitionRows, velocityNetwork, withParams } from "./spatia_setup.ts";
import { read, upload } from "./tensors.ts";

/** The directions of a fixture as columns of unit length. */
function directionsOf(fixture: Fixture): Tensor {
  const { data, shape } = floats(fixture, "rng/projections");
  const [width, count] = shape as [number, number];
  const lengths = Float64Array.from(
    { length: count },
    (_, c) => Math.hypot(...Array.from({ length: width }, (_, row) => data[row * count + c]!)),
  );
  return upload(hostArray(data.map((value, at) => value / lengths[at % count]!), shape));
}

function weighted(errors: Tensor, confidence: ArrayLike<number>, gamma: number): Tensor {
  const weights = Float32Array.from(confidenceWeights(confidence, { gamma }));
  return elementMean(errors, undefined, tensor(weights)).value;
}

const PATH = linearPath<Endpoint>();
/** A straight line draws nothing. */
const STILL: Rng = rng(0);

/** Path, weighted loss, contrast, sliced distance, times. */
export const checkLosses: Check = async (fixture) => {
  const confidence = floats(fixture, "in/confidence").data;
  const alphas = fixture.config["alphas"] as readonly number[];
  const made = await read(() => {
    const [x0, x1] = [{ x: upload(floats(fixture, "in/x0")) }, { x: upload(floats(fixture, "in/x1")) }];
    const { xt, dxt } = PATH.at(x0, x1, upload(floats(fixture, "in/t")), STILL);
    const v = upload(floats(fixture, "in/v"));
    const errors = squared(sub(v, dxt.x));
    const wrong = rowErrors(upload(floats(fixture, "in/v_negative")), dxt.x, "sum");
    return {
      "out/x_t": xt.x,
      "out/velocity": dxt.x,
      "out/unweighted_fm": elementMean(errors).value,
      "out/contrastive": mean(contrastHinge(rowErrors(v, dxt.x, "sum"), wrong, setting(fixture, "margin"))),
      "out/swd": slicedDistance(
        upload(floats(fixture, "in/features_a")),
        upload(floats(fixture, "in/features_b")),
        directionsOf(fixture),
      ),
      "out/skewed_timesteps": skewedTimes(upload(floats(fixture, "rng/skewed_normal"))),
      ...Object.fromEntries(alphas.map((gamma) => [`weighted ${gamma}`, weighted(errors, confidence, gamma)] as const)),
    };
  });
  const all: Readonly<Record<string, Float32Array>> = made;
  return {
    ...Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith("out/"))),
    "out/weighted_fm": alphas.map((gamma) => all[`weighted ${gamma}`]![0]!),
    "out/edm_time_grid": edmGrid(setting(fixture, "edm_nfe")),
  };
};

/** Profiles of grey images. */
export const checkMorphology: Check = (fixture) => {
  const { data, shape } = fixture.tensors["in/grey"]!;
  const [count, height, width] = shape as [number, number, number];
  const size = height * width;
  const features = Array.from({ length: count }, (_, i) => {
    const values = Uint8Array.from(data.subarray(i * size, (i + 1) * size));
    return Array.from(measureMorphology({ height, width, values }, "bright").values);
  });
  return Promise.resolve({ "out/features": features.flat() });
};

/** One pass of the training loop with all three losses, and its gradient. */
export const checkTraining: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const sizes = conditionerSizes(fixture.config["conditioner"] as Readonly<Record<string, number>>);
    const network = velocityNetwork(fixture);
    const features = convolutionFeatures({
      channels: 3,
      filters: [32, 64, 128],
      pools: 2,
      features: 12,
      morphology: 1,
    });
    const trained = { conditioner: subtree(params, "conditioner"), unet: subtree(params, "unet") };
    const frozen = subtree(params, "features");
    const number = (key: string): number => setting(fixture, key);
    const { value, grads, aux = [] } = valueAndGrads(() => {
      const t = upload(floats(fixture, "rng/t"));
      const [x0, x1] = [{ x: images(fixture, "in/x_control") }, { x: images(fixture, "in/x_target") }];
      const { xt, dxt } = PATH.at(x0, x1, t, STILL);
      const { condition } = conditioner(sizes).apply(trained.conditioner, {
        control: upload(floats(fixture, "in/concat_conditioning")),
        transition: upload(transitionRows(fixture, sizes.transitions)),
        expression: upload(floats(fixture, "in/delta_g")),
        morphology: upload(floats(fixture, "in/delta_m")),
      }, PLAIN);
      const keep = ones([t.size]);
      const under = (given: Tensor): Tensor => network.apply(trained.unet, xt.x, { t, condition: given, keep }, PLAIN);
      const v = under(condition);
      const order = intTensor(integers(fixture, "rng/permutation"), [t.size]);
      const wrong = rowErrors(under(gatherRows(condition, order)), dxt.x, "sum");
      const fm = weighted(squared(sub(v, dxt.x)), floats(fixture, "in/ot_confidence").data, number("ot_alpha"));
      const contrast = mean(contrastHinge(rowErrors(v, dxt.x, "sum"), wrong, number("margin")));
      const end = PATH.toTarget("velocity", { x: v }, xt, t).x;
      const morph = slicedDistance(
        features.features(frozen, end),
        features.features(frozen, x1.x),
        directionsOf(fixture),
      );
      const total = add(fm, add(mul(contrast, number("lambda_contrast")), mul(morph, number("lambda_morph"))));
      return { value: total, aux: [fm, contrast, morph, condition] };
    }, leaves<Tensor>(trained));
    const [fm, contrast, morph, condition] = await Promise.all(aux.map(dataOf));
    const results: Record<string, ArrayLike<number>> = {
      "out/total": await dataOf(value),
      "out/fm": fm!,
      "out/contrast": contrast!,
      "out/morph": morph!,
      "out/z_cond": condition!,
    };
    for (const [i, [path]] of entries<Tensor>(trained).entries()) {
      const gradient = grads[i]!;
      const [name, { data }] = stateDictEntry(path, hostArray(await dataOf(gradient), gradient.shape));
      if (fixture.tensors[`out/grad/${name}`] !== undefined) results[`out/grad/${name}`] = data;
    }
    dispose([value, ...grads, ...aux]);
    return results;
  });
