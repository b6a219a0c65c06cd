import { chooseBackend } from "../../../core/backend/mod.ts";
import {
  type Data,
  DataError,
  dataOf,
  type HostArray,
  hostArray,
  type ImageFeatures,
  inMemory,
  type LabelImage,
  mergeConfig,
  type Metric,
  rng,
  type RowAddress,
  rowsOf,
  type Section,
  type Trained,
} from "../../../core/mod.ts";
import type { GeneFlowConfig } from "../../../plugins/geneflow/config.ts";
import { evaluatePictures } from "../../../plugins/geneflow/evaluate.ts";
import { anchorsOf, halvesOfRows } from "../../../plugins/geneflow/evaluation/sets.ts";
import { exchanged, imageAt, meanImage, scrambled } from "../../../plugins/geneflow/evaluation/references.ts";
import type { GeneFlowHooks } from "../../../plugins/geneflow/hooks.ts";
import { readMasks } from "../../../plugins/geneflow/masks.ts";
import { geneflowPlugin, plugin } from "../../../plugins/geneflow/mod.ts";
import { pictureMethod } from "../../../plugins/geneflow/method.ts";
import { segmentNuclei } from "../../../plugins/geneflow/nuclei.ts";
import { readPictures } from "../../../plugins/geneflow/rows.ts";
import type { PictureSamples } from "../../../plugins/geneflow/samples.ts";
import { nucleusWindows } from "../../../plugins/geneflow/spatial/nucleus_windows.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { assertNoLeak } from "../../core/backends.ts";
import { PICTURES, TINY_CONFIG } from "./pictures.ts";

function configOf(changes: Record<string, unknown> = {}): GeneFlowConfig {
  return mergeConfig(mergeConfig(plugin.defaults, TINY_CONFIG, "test"), changes, "test");
}

/** Real images of both sections, and drawn ones that are the training images turned about. */
async function samplesOf(data: Data, config: GeneFlowConfig): Promise<PictureSamples> {
  const [rows, trainingRows] = [rowsOf(data, "test"), rowsOf(data, "train")];
  const read = async (own: readonly RowAddress[]): Promise<HostArray> => (await readPictures(data, config, own)).images;
  const [real, training] = [await read(rows), await read(trainingRows)];
  const empty = { index: [], columns: {} };
  return {
    rows,
    trainingRows,
    real,
    training,
    generated: exchanged(training),
    way: [],
    evaluations: 0,
    heldOut: true,
    table: { obs: empty, var: empty, layers: {}, obsm: {}, varm: {}, obsp: {}, uns: {} },
  };
}

async function metricsOf(
  data: Data,
  hooks: GeneFlowHooks = {},
  config: GeneFlowConfig = configOf(),
): Promise<Readonly<Record<string, Metric>>> {
  const trained: Trained = { params: {}, data, rng: rng(4), progress: () => {}, note: () => {} };
  const metrics = await evaluatePictures(await samplesOf(data, config), config, trained, hooks);
  assert(metrics.every(({ value, anchors }) => [value, ...Object.values(anchors)].every(Number.isFinite)));
  return Object.fromEntries(metrics.map((metric) => [metric.name, metric]));
}

Deno.test("every measure has its references, and the best of them is where nothing differs", async () => {
  const metrics = await metricsOf(PICTURES);
  const shapes = ["area", "circularity", "eccentricity", "solidity"].map((name) => `nuclear-${name}-similarity`);
  const others = ["texture-energy-similarity", "colour-mean-similarity", "colour-deviation-similarity"];
  for (const name of ["fd-handcrafted", "fd-colour", "fd-texture", "kernel-distance", ...shapes, ...others]) {
    assertEquals(Object.keys(metrics[name]!.anchors), ["identity", "training", "scrambled"], name);
  }
  for (const name of ["fd-texture", "kernel-distance", "fd-handcrafted"]) {
    const { value, anchors } = metrics[name]!;
    assert(anchors["scrambled"]! > 3 * value, `${name}: ${value} of real images, ${anchors["scrambled"]} of noise`);
  }
  const { value, anchors } = metrics["texture-energy-similarity"]!;
  assert(value > anchors["scrambled"]!, `${value}, ${anchors["scrambled"]}`);
  assertEquals(Object.keys(metrics["ssim"]!.anchors), ["exchanged", "mean image", "scrambled"]);
});

Deno.test("references keep what they should and change the rest", () => {
  const images = hostArray(Float32Array.from({ length: 4 * 4 * 2 }, (_, i) => i), [4, 2, 2, 2]);
  const mixed = scrambled(images, rng(1));
  assertEquals([...mixed.data].sort((a, b) => a - b), [...images.data]);
  assert(mixed.data.some((value, i) => value !== images.data[i]));
  // Channels of a pixel stay together.
  assert(mixed.data.every((value, i) => i % 2 === 0 || value === mixed.data[i - 1]! + 1));
  assertEquals([...imageAt(exchanged(images), 0).data], [...imageAt(images, 2).data]);
  assertEquals([...imageAt(meanImage(images, images), 3).data], [12, 13, 14, 15, 16, 17, 18, 19]);
  const vectors = hostArray(Float64Array.of(1, 2, 3, 4), [4, 1]);
  const sum = (a: HostArray<Float64Array>, b: HostArray<Float64Array>): number => a.data[0]! * 10 + b.data[0]!;
  assertEquals(anchorsOf({ generated: vectors, real: vectors, references: { own: vectors } }, halvesOfRows, sum), {
    identity: 12,
    own: 11,
  });
  const few = hostArray(Float64Array.of(1, 2), [2, 1]);
  assertEquals(anchorsOf({ generated: few, real: few, references: {} }, halvesOfRows, sum), {});
});

/** Means of each channel, as a network that sees colour alone. */
const meansOfColour: ImageFeatures = ({ data, shape: [count, height, width, channels] }) => {
  const size = height! * width!;
  const out = new Float32Array(count! * channels!);
  for (let i = 0; i < data.length; i++) {
    out[Math.floor(i / (size * channels!)) * channels! + i % channels!]! += data[i]! / size;
  }
  return Promise.resolve(hostArray(out, [count!, channels!]));
};

Deno.test("a network of one's own is given images from 0 to 255, and gets metrics of its name", async () => {
  let largest = 0;
  const network: ImageFeatures = (images) => {
    largest = Math.max(largest, ...images.data);
    return meansOfColour(images);
  };
  const metrics = await metricsOf(PICTURES, { features: { colours: network } });
  assert(largest > 200 && largest <= 255, `${largest}`);
  const names = [
    "fd-colours",
    "kernel-distance-colours",
    "paired-distance-colours",
    "colours-embedding-similarity",
    "colours-complexity-similarity",
    "colours-magnitude-similarity",
  ];
  assertEquals(Object.keys(metrics).slice(0, 6), names);
  // Scrambled pixels have the mean colour of all images, without its spread.
  const { anchors } = metrics["fd-colours"]!;
  assert(anchors["scrambled"]! > anchors["training"]!);
  assertEquals(Object.keys(metrics["paired-distance-colours"]!.anchors), ["exchanged"]);
});

Deno.test("networks that make no vectors, and names that are taken, are refused", async () => {
  const giving = (change: (found: HostArray) => HostArray): GeneFlowHooks => ({
    features: { mine: async (images) => change(await meansOfColour(images)) },
  });
  const flat = giving(({ data }) => hostArray(data, [data.length]));
  await assertRejects(() => metricsOf(PICTURES, flat), DataError, "expected one vector each");
  const broken = giving(({ data, shape }) => hostArray(data.map(() => NaN), shape));
  await assertRejects(() => metricsOf(PICTURES, broken), DataError, "they hold NaN");
  assertThrows(() => geneflowPlugin({ features: { colour: meansOfColour } }), Error, 'Cannot call features "colour"');
  assertThrows(() => geneflowPlugin({ features: { "UNI 2": meansOfColour } }), Error, "lower-case letters");
  assertEquals(geneflowPlugin({ features: { "uni2-h": meansOfColour } }).name, "geneflow");
});

type Change = (image: LabelImage) => ArrayLike<number>;

/** The data with label images: those of the segmentation, changed. */
async function withMasks(change: Change, config = configOf()): Promise<Data> {
  const { stain, masks: _, ...rest } = config.nuclei;
  const sections = await Promise.all(PICTURES.sections.map(async (section): Promise<Section> => {
    const rows = Array.from({ length: section.rows }, (_, row) => ({ section, row }));
    const { images } = await readPictures(PICTURES, config, rows);
    const labels = rows.flatMap((
      _,
      i,
    ) => [...Array.from(change(segmentNuclei(imageAt(images, i), { ...rest, nuclei: stain })))]);
    const nuclei = inMemory(hostArray(Uint16Array.from(labels), [section.rows, 8, 8]));
    return { ...section, parts: { ...section.parts, nuclei } };
  }));
  const nuclei = { shape: [8, 8], unit: "label" };
  return { ...PICTURES, spec: { ...PICTURES.spec, parts: { ...PICTURES.spec.parts, nuclei } }, sections };
}

Deno.test("masks that the data carry say where nuclei of real images are; the segmentation stands beside them", async () => {
  const plain = await metricsOf(PICTURES);
  const same = await metricsOf(
    await withMasks(({ labels }) => labels.map((label) => label === 0 ? 0 : 1000 + 7 * label)),
  );
  const corner = await metricsOf(await withMasks(({ labels }) => labels.map((_, at) => at % 8 < 2 && at < 16 ? 3 : 0)));
  const off = await metricsOf(
    await withMasks(({ labels }) => labels.map(() => 0)),
    {},
    configOf({ nuclei: { masks: false } }),
  );
  for (const feature of ["area", "circularity", "eccentricity", "solidity"]) {
    const name = `nuclear-${feature}-similarity`;
    assertEquals(same[name]!.value, plain[name]!.value);
    assertEquals(same[name]!.anchors["segmented again"], 1);
    assertEquals(off[name], plain[name]);
  }
  const { value, anchors } = corner["nuclear-area-similarity"]!;
  assertEquals(anchors["training"], 1);
  assert(anchors["segmented again"]! < 1 && value < 1);
  // Features of all images are measured in one way.
  assertEquals(corner["fd-handcrafted"], plain["fd-handcrafted"]);
  assert(!("segmented again" in plain["nuclear-area-similarity"]!.anchors));
});

Deno.test("readMasks() numbers nuclei from 1 on, and refuses what is no mask of these images", async () => {
  const data = await withMasks(({ labels }) => labels.map((_, at) => [0, 9, 4, 9][at % 4]!));
  const rows = [{ section: data.sections[1]!, row: 3 }, { section: data.sections[0]!, row: 0 }];
  const [first] = (await readMasks(data, configOf(), rows))!;
  assertEquals([...first!.labels.subarray(0, 4)], [0, 1, 2, 1]);
  assertEquals(await readMasks(PICTURES, configOf(), rows), undefined);
  const small = {
    ...data,
    spec: { ...data.spec, parts: { ...data.spec.parts, nuclei: { shape: [4, 4], unit: "label" } } },
  };
  await assertRejects(() => readMasks(small, configOf(), rows), DataError, "beside images of shape [8,8,3]");
  const shares = inMemory(hostArray(new Float32Array(24 * 64).fill(0.5), [24, 8, 8]));
  const sections = data.sections.map((section) => ({ ...section, parts: { ...section.parts, nuclei: shares } }));
  await assertRejects(
    () => readMasks({ ...data, sections }, configOf(), [{ section: sections[0]!, row: 2 }]),
    DataError,
    'row 2 of section "a": it holds 0.5',
  );
});

Deno.test("a segmentation of one's own finds the nuclei of all images", async () => {
  const seen: number[] = [];
  const segment = (images: HostArray): Promise<readonly LabelImage[]> => {
    seen.push(images.shape[0]!);
    const labels = Int32Array.from({ length: 64 }, (_, at) => at < 20 ? 1 : 0);
    return Promise.resolve(Array.from({ length: images.shape[0]! }, () => ({ height: 8, width: 8, labels })));
  };
  const metrics = await metricsOf(PICTURES, { segment });
  assertEquals(seen, [24, 24, 24, 24]);
  assertEquals(metrics["nuclear-solidity-similarity"]!.value, 1);
  const image = { height: 8, width: 4, labels: new Int32Array(32) };
  await assertRejects(() => metricsOf(PICTURES, { segment: () => Promise.resolve([]) }), DataError, "0 label images");
  const narrow = (images: HostArray): Promise<readonly LabelImage[]> =>
    Promise.resolve(new Array<LabelImage>(images.shape[0]!).fill(image));
  await assertRejects(() => metricsOf(PICTURES, { segment: narrow }), DataError, "label image of [8, 4]");
});

Deno.test("the segmentation loss is told by masks where nuclei are", async () => {
  await chooseBackend("cpu");
  await assertNoLeak(async () => {
    const config = configOf({ spatial: { kind: "segmentation", nuclei: 2 } });
    const data = await withMasks(({ labels }) => labels.map((_, at) => at === 9 ? 5 : 0));
    const nuclei = async (of: Data, given: GeneFlowConfig): Promise<Float32Array> => {
      using batch = await (await pictureMethod(given, of.spec).batches(of, rng(1))).at(0);
      return await dataOf(batch.cond["nuclei"]!);
    };
    const found = await nuclei(data, config);
    assertEquals([...found], Array.from({ length: 16 }, (_, i) => i % 2 === 0 ? 1 : 0));
    const own = await nuclei(PICTURES, config);
    assertEquals(await nuclei(data, configOf({ ...config, nuclei: { masks: false } })), own);
  });
});

Deno.test("nucleusWindows() takes nuclei from masks where they are known", () => {
  const side = 16;
  const image = hostArray(new Float32Array(side * side).map((_, at) => at % side < 8 ? 0.2 : 0.9), [1, side, side, 1]);
  const labels = Int32Array.from(
    { length: side * side },
    (_, at) => Math.floor(at / side) < 4 && at % side < 4 ? 1 : 0,
  );
  const options = {
    nuclei: "dark" as const,
    channel: 0,
    leastArea: 4,
    leastHole: 4,
    split: 3,
    most: 2,
    reach: 0,
    neighbours: 1,
  };
  const areaOf = (masks?: readonly LabelImage[]): number =>
    nucleusWindows(image, options, masks).windows.data.subarray(0, side * side).reduce((a, b) => a + b, 0);
  assertEquals([areaOf(), areaOf([{ height: side, width: side, labels }])], [128, 16]);
});
