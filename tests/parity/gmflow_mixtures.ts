import {
  div,
  expandLike,
  mul,
  ones,
  reshape,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrads,
} from "../../core/mod.ts";
import { guidanceBias, guidedMoments } from "../../plugins/gmflow/guidance.ts";
import {
  logSoftmax,
  type Mixture,
  mixtureMean,
  mixtureMoments,
  mixtureNll,
  mixturePoint,
  temper,
  tilt,
} from "../../plugins/gmflow/mixture.ts";
import {
  forwardTransition,
  rebase,
  reverseTransition,
  reverseWeights,
  velocityToEnd,
} from "../../plugins/gmflow/transitions.ts";
import type { Check } from "./compare.ts";
import { type Fixture, floats, integers, setting } from "./fixture.ts";
import { checkImageOnly } from "./gmflow_images.ts";
import { imagesOf, meansOf, perImage, pixelsOf, upMixture, upPixels, upRows } from "./gmflow_layout.ts";
import { read, upload } from "./tensors.ts";

/** One Gaussian per row as a mixture. */
function single(mean: Tensor, variance: Tensor): Mixture {
  const [rows, width] = mean.shape as [number, number];
  return {
    means: reshape(mean, [rows, 1, width]),
    logStd: mul(variance.log(), 0.5),
    logWeights: tensor(new Float32Array(rows), [rows, 1]),
  };
}

/** Multiply by a Gaussian to a power, relative to the mixture's own. */
function times(mixture: Mixture, mean: Tensor, variance: Tensor, ratio: number): Mixture {
  return tilt(
    mixture,
    div(mul(mean, ratio), expandLike(variance, mean)),
    div(mul(ones(variance.shape), ratio), variance),
  );
}

interface Sizes {
  readonly components: number;
  readonly channels: number;
  readonly pixels: number;
}

function sizesOf(fixture: Fixture, prefix: string): Sizes {
  const { shape } = floats(fixture, `${prefix}/means`);
  return { components: shape[1]!, channels: shape[2]!, pixels: pixelsOf(shape) };
}

/** A mixture as the fixture stores it. */
async function stored(name: string, sizes: Sizes, make: () => Mixture): Promise<Record<string, Float32Array>> {
  const { components, channels, pixels } = sizes;
  const { means, logStd, logWeights } = await read(() => ({ ...make() }));
  return {
    [`${name}/means`]: meansOf(means!, components, channels, pixels),
    [`${name}/logstds`]: perImage(logStd!, pixels),
    [`${name}/logweights`]: imagesOf(logWeights!, components, pixels),
  };
}

/** Products of two mixtures, the first one's components outermost. */
function productOf(a: Mixture, b: Mixture): Mixture {
  const [rows, second, width] = b.means.shape as [number, number, number];
  const first = a.means.shape[1]!;
  const [va, vb] = [a.logStd.mul(2).exp(), b.logStd.mul(2).exp()];
  const both: { means: Tensor; logits: Tensor }[] = [];
  for (let j = 0; j < second; j++) {
    const mean = reshape(slice(b.means, [0, j], [rows, 1]), [rows, width]);
    const gap = sum(square(sub(a.means, reshape(mean, [rows, 1, width]))), 2);
    const weight = slice(b.logWeights, [0, j], [rows, 1]);
    const logits = a.logWeights.add(weight).sub(div(gap, expandLike(va.add(vb).mul(2), gap)));
    both.push({ means: times(a, mean, vb, 1).means, logits });
  }
  const means = both.map((each) => reshape(each.means, [rows, first, 1, width]));
  const logits = both.map((each) => reshape(each.logits, [rows, first, 1]));
  const joined = (parts: Tensor[], shape: number[]): Tensor => reshape(parts.reduce((x, y) => x.concat(y, 2)), shape);
  return {
    means: joined(means, [rows, first * second, width]),
    logStd: times(a, reshape(slice(b.means, [0, 0], [rows, 1]), [rows, width]), vb, 1).logStd,
    logWeights: logSoftmax(joined(logits, [rows, first * second])),
  };
}

/** Densities, products and samples of mixtures. */
export const checkOps: Check = async (fixture) => {
  const sizes = sizesOf(fixture, "in/gm");
  const { components, channels, pixels } = sizes;
  const gm = (): Mixture => upMixture(fixture, "in/gm");
  const constant = channels / 2 * Math.log(2 * Math.PI);
  const samples = floats(fixture, "in/samples");
  const [images, count] = samples.shape as [number, number];
  const sampleRows = (s: number): Tensor => {
    const size = channels * pixels;
    const data = Float32Array.from({ length: images * size }, (_, i) => {
      return samples.data[(Math.floor(i / size) * count + s) * size + i % size]!;
    });
    const flat = Float32Array.from({ length: data.length }, (_, i) => {
      const [row, c] = [Math.floor(i / channels), i % channels];
      return data[(Math.floor(row / pixels) * channels + c) * pixels + row % pixels]!;
    });
    return tensor(flat, [images * pixels, channels]);
  };
  /** Puts values of one sample, `[B * P]`, at their place in `[B, S, ..., P]`. */
  const placed = (perSample: readonly Float32Array[], width: number): Float32Array => {
    const out = new Float32Array(images * count * width * pixels);
    perSample.forEach((values, s) =>
      imagesOf(values, width, pixels).forEach((value, i) => {
        const image = Math.floor(i / (width * pixels));
        out[(image * count + s) * width * pixels + i % (width * pixels)] = value;
      })
    );
    return out;
  };
  const logprob: Float32Array[] = [];
  const parts: Float32Array[] = [];
  const isoLogprob: Float32Array[] = [];
  const a = (): Mixture =>
    single(upRows(fixture, "in/gaussian_a/mean"), upPixels(fixture, "in/gaussian_a/var", pixels));
  for (let s = 0; s < count; s++) {
    const got = await read(() => {
      const mixture = gm();
      const x = sampleRows(s);
      const rows = x.shape[0]!;
      const one = (k: number): Tensor => {
        const means = slice(mixture.means, [0, k], [rows, 1]);
        return reshape(mixtureNll({ ...mixture, means, logWeights: tensor(new Float32Array(rows), [rows, 1]) }, x), [
          rows,
          1,
        ]);
      };
      const each = Array.from({ length: components }, (_, k) => one(k)).reduce((left, right) => left.concat(right, 1));
      return {
        all: mixtureNll(mixture, x).neg().sub(constant),
        each: each.neg().sub(constant),
        iso: mixtureNll(a(), x).neg().sub(constant),
      };
    });
    logprob.push(got.all);
    parts.push(got.each);
    isoLogprob.push(got.iso);
  }
  const powers: Record<string, Float32Array> = {};
  for (const power of [1, 0.5, 2]) {
    const { mean } = await read(() => ({ mean: mixtureMean(temper(gm(), power)) }));
    powers[`out/mean_power${power}`] = imagesOf(mean, channels, pixels);
  }
  const iso = await read(() => ({ ...mixtureMoments(gm()) }));
  const products: Record<string, Float32Array> = {};
  for (const power of [1, -1]) {
    const got = await read(() => {
      const { means, logStd } = times(
        a(),
        upRows(fixture, "in/gaussian_b/mean"),
        upPixels(fixture, "in/gaussian_b/var", pixels),
        power,
      );
      return { means, variance: logStd.mul(2).exp() };
    });
    products[`out/iso_product_1_${power}/mean`] = imagesOf(got.means, channels, pixels);
    products[`out/iso_product_1_${power}/var`] = perImage(got.variance, pixels);
  }
  for (const [mixturePower, power] of [[1, 1], [2, 1], [1, 0.5]] as const) {
    const name = `out/gm_times_iso_${mixturePower}_${power}`;
    Object.assign(
      products,
      await stored(name, sizes, () =>
        times(
          gm(),
          upRows(fixture, "in/gaussian_a/mean"),
          upPixels(fixture, "in/gaussian_a/var", pixels),
          power / mixturePower,
        )),
    );
  }
  const second = sizesOf(fixture, "in/gm2").components;
  const product = await stored(
    "out/gm_times_gm",
    { ...sizes, components: components * second },
    () => productOf(gm(), upMixture(fixture, "in/gm2")),
  );
  const drawn = await checkSamples(fixture, sizes, gm);
  return {
    "out/logprob": placed(logprob, 1),
    "out/component_logprob": placed(parts, components),
    "out/iso_logprob": placed(isoLogprob, 1),
    ...powers,
    "out/iso_gaussian/mean": imagesOf(iso.mean!, channels, pixels),
    "out/iso_gaussian/var": iso.variance!,
    ...products,
    ...product,
    "out/sample": drawn,
    ...checkImageOnly(fixture),
  };
};

async function checkSamples(
  fixture: Fixture,
  { components, channels, pixels }: Sizes,
  gm: () => Mixture,
): Promise<Float32Array> {
  const chosen = floats(fixture, "rng/sample_component");
  const noise = floats(fixture, "rng/sample_noise");
  const [images, count] = chosen.shape as [number, number];
  const index = integers(fixture, "rng/sample_component");
  const out = new Float32Array(noise.data.length);
  for (let s = 0; s < count; s++) {
    const { points } = await read(() => {
      const oneHot = new Float32Array(images * pixels * components);
      const epsilon = new Float32Array(images * pixels * channels);
      for (let row = 0; row < images * pixels; row++) {
        const [image, p] = [Math.floor(row / pixels), row % pixels];
        oneHot[row * components + index[(image * count + s) * pixels + p]!] = 1;
        for (let c = 0; c < channels; c++) {
          epsilon[row * channels + c] = noise.data[((image * count + s) * channels + c) * pixels + p]!;
        }
      }
      const rows = images * pixels;
      return { points: mixturePoint(gm(), tensor(oneHot, [rows, components]), tensor(epsilon, [rows, channels])) };
    });
    imagesOf(points, channels, pixels).forEach((value, i) => {
      const size = channels * pixels;
      out[(Math.floor(i / size) * count + s) * size + i % size] = value;
    });
  }
  return out;
}

/** Likelihoods with their gradients. */
export const checkLosses: Check = async (fixture) => {
  const { components, channels, pixels } = sizesOf(fixture, "in/gm");
  const got = await read(() => {
    const mixture = upMixture(fixture, "in/gm");
    const target = upRows(fixture, "in/target");
    const map = (): Tensor => mixtureNll(mixture, target);
    const { value, grads } = valueAndGrads(
      () => ({ value: map().mean() }),
      [mixture.means, mixture.logStd, mixture.logWeights],
    );
    const toy = mixtureNll({
      means: upload(floats(fixture, "in/toy/means")),
      logStd: reshape(upload(floats(fixture, "in/toy/logstds")), [6]),
      logWeights: reshape(upload(floats(fixture, "in/toy/logweights")), [6, 4]),
    }, upload(floats(fixture, "in/toy_sample")));
    const size = target.size;
    const flat = mixtureNll({
      means: reshape(upRows(fixture, "in/gaussian_mean"), [size, 1, 1]),
      logStd: upPixels(fixture, "in/gaussian_logstd", size / 2),
      logWeights: tensor(new Float32Array(size), [size, 1]),
    }, reshape(target, [size, 1]));
    return {
      map: map(),
      value,
      means: grads[0]!,
      logStd: sum(reshape(grads[1]!, [2, pixels]), 1),
      logWeights: grads[2]!,
      toy,
      flat,
    };
  });
  return {
    "out/nll_map": got.map,
    "out/nll": got.value,
    "out/grad/means": meansOf(got.means, components, channels, pixels),
    "out/grad/logstds": got.logStd,
    "out/grad/logweights": imagesOf(got.logWeights, components, pixels),
    "out/toy_nll": got.toy,
    "out/gaussian_nll_map": imagesOf(got.flat, channels, pixels),
  };
};

/** Conversions between velocity, clean image and states at two noise levels, and guidance. */
export const checkTransitions: Check = async (fixture) => {
  const sizes = sizesOf(fixture, "in/gm_u");
  const { channels, pixels } = sizes;
  const scale = setting(fixture, "guidance_scale");
  const level = (name: string): Tensor => mul(upPixels(fixture, `in/${name}`, pixels), 1e-3);
  const x = (): Tensor => upRows(fixture, "in/x_t");
  const end = (): Mixture => velocityToEnd(upMixture(fixture, "in/gm_u"), x(), level("t_high"));
  const back = (): Mixture => reverseTransition(end(), x(), level("t_low"), level("t_high"));
  const fromEnd = (): Mixture =>
    reverseTransition(upMixture(fixture, "out/x0_gm"), x(), level("t_low"), level("t_high"));
  const images = (values: Float32Array): Float32Array => imagesOf(values, channels, pixels);
  const got = await read(() => {
    const [low, high] = [level("t_low"), level("t_high")];
    const mean = upRows(fixture, "in/gaussian_u_mean");
    const gaussian = velocityToEnd(single(mean, upPixels(fixture, "in/gaussian_u_var", pixels)), x(), high);
    const point = sub(x(), mul(mean, expandLike(high, mean)));
    const { c1, c2, c3 } = reverseWeights(low, high);
    const by = (weight: number | Tensor, vector: Tensor): Tensor => mul(vector, expandLike(weight as Tensor, vector));
    const noise = upRows(fixture, "rng/reverse_noise");
    const below = forwardTransition(x(), mul(low, 0), low, upRows(fixture, "in/forward_noise_low"));
    return {
      gaussianMean: gaussian.means,
      gaussianVariance: gaussian.logStd.mul(2).exp(),
      point,
      sample: by(c1, x()).add(by(c2, point)).add(by((c3 as Tensor).sqrt(), noise)),
      below,
      above: forwardTransition(below, low, high, upRows(fixture, "in/forward_noise_high")),
      posterior: mixtureMean(
        rebase(upMixture(fixture, "out/x0_gm"), { x: x(), sigma: high }, {
          x: upRows(fixture, "in/x_tgt"),
          sigma: level("t_tgt"),
        }),
      ),
    };
  });
  const guided: Record<string, Float32Array> = {};
  for (const [name, orthogonal] of [["orthogonal", 1], ["plain", 0]] as const) {
    const { bias, mean, variance } = await read(() => {
      const moments = {
        mean: upRows(fixture, "in/guide_cond_mean"),
        variance: upPixels(fixture, "in/guide_var", pixels),
      };
      const none = upRows(fixture, "in/guide_uncond_mean");
      const bias = guidanceBias(moments, none, { scale, orthogonal, itemRows: pixels });
      return { bias, ...guidedMoments(moments, bias, scale) };
    });
    guided[`out/guided_${name}/mean`] = images(mean!);
    guided[`out/guided_${name}/var`] = perImage(variance!, pixels);
    guided[`out/guided_${name}/bias`] = images(bias!);
  }
  return {
    ...await stored("out/x0_gm", sizes, end),
    "out/x0_gaussian/mean": images(got.gaussianMean),
    "out/x0_gaussian/var": perImage(got.gaussianVariance, pixels),
    "out/x0_from_sample": images(got.point),
    ...await stored("out/reverse_u", sizes, back),
    ...await stored("out/reverse_x0", sizes, fromEnd),
    "out/reverse_sample": images(got.sample),
    "out/forward_x_low": images(got.below),
    "out/forward_x_high": images(got.above),
    "out/posterior_mean_at": images(got.posterior),
    ...guided,
  };
};
