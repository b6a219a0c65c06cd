import { entries, hostArray, oneHot, rng, type Tensor, tidy, toHost } from "../../../core/mod.ts";
import { disposeTree } from "../../../core/tree.ts";
import { classifierLogits, classifierTrainable, classify } from "../../../plugins/nicheflow/classifier.ts";
import { fromStateDict } from "../../../plugins/nicheflow/state_dict.ts";
import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { assertNoLeak, forEachBackend } from "../../core/backends.ts";
import { read, tensorOf } from "../../parity/tensors.ts";
import { array, assertClose, flat } from "../../vectors/arrays.ts";
import { FLOAT32, formulaParams, formulaStateDict, LINES, vectors } from "./tiny.ts";

const { config, x, labels, logits, argmax, cross_entropy_mean } = vectors.classifier_tiny;
const SIZES = { features: config.input, hidden: config.hidden, classes: config.classes };

forEachBackend("classifierTrainable() and classifierLogits() reproduce classifier_tiny", async () => {
  await assertNoLeak(async () => {
    const params = formulaParams(LINES.classifier);
    const got = await read(() => {
      const batch = { x: tensorOf(x), truth: oneHot(labels, config.classes), [Symbol.dispose]: () => {} };
      return {
        logits: classifierLogits(params, batch.x),
        loss: classifierTrainable(SIZES).loss(params, batch, { step: 0, rng: rng(0) }).total,
      };
    });
    disposeTree(params);
    assertClose(got.logits, flat(logits), FLOAT32);
    assertAlmostEquals(got.loss[0]!, cross_entropy_mean, FLOAT32);
  });
});

Deno.test("classify() picks the classes of classifier_tiny", () => {
  const features = array(x);
  const params = fromStateDict(formulaStateDict(LINES.classifier));
  assertEquals([...classify(params, hostArray(Float32Array.from(features.data), features.shape))], argmax);
});

forEachBackend("classifierTrainable().init() makes the parameters of classifier_tiny", async () => {
  const params = tidy(() => classifierTrainable(SIZES).init(rng(1)));
  const shapes = await Promise.all(
    entries<Tensor>(params).map(async ([path, leaf]) =>
      [path.replaceAll("/", "."), (await toHost(leaf)).shape] as const
    ),
  );
  disposeTree(params);
  const transposed = LINES.classifier.map(([name, shape]) => [name, shape.toReversed()] as const);
  assertEquals(new Map(shapes), new Map(transposed.toSorted()));
});
