import { isMorphogenError } from "../errors.ts";
import type { AnnData } from "../io/anndata.ts";
import type { Metric, Plugin, Trained } from "../plugin.ts";
import { rng } from "../rng/stream.ts";
import { tf } from "../tensor/tf.ts";
import type { Snapshot, StepReport } from "../train.ts";
import { assert, assertEquals } from "./assert.ts";
import { assertNoLeak, onEveryBackend, usableBackends } from "./backends.ts";
import { type Check, check, runChecks } from "./check.ts";
import { assertFinite, hostValues, relativeDistance } from "./numbers.ts";
import { type PluginCase, pluginCase, type PluginOptions, trainerOf, withModel } from "./plugin_session.ts";
import { throughFileOnHost } from "./through_file.ts";

const [SEED, STEPS] = [3, 2];

/** Graphics cards add in an order of their own, so that equal bits are not promised there. */
const ROUNDING = 1e-3;

function assertSame(actual: Snapshot, expected: Snapshot, what: string): void {
  assertEquals(Object.keys(actual.trees).sort(), Object.keys(expected.trees).sort(), `trees of ${what}`);
  if (tf.getBackend() !== "webgpu") {
    assertEquals(hostValues(actual.trees), hostValues(expected.trees), what);
    return;
  }
  const distance = relativeDistance(actual.trees["params"]!, expected.trees["params"]!);
  assert(distance < ROUNDING, `${what} differ by ${distance} of their norm, expected less than ${ROUNDING}`);
}

function checkDeclaration<Cfg>(plugin: Plugin<Cfg>): void {
  const { name, contract, paper, defaults } = plugin;
  assertEquals(contract, 1, `contract of "${name}"`);
  assert(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name), `name "${name}" is not kebab-case, expected one like "my-method"`);
  for (const key of ["title", "authors", "url"] as const) {
    assert(paper[key].trim() !== "", `paper.${key} is empty, expected what is to be cited`);
  }
  assertEquals(JSON.parse(JSON.stringify(defaults)), defaults, "defaults written as JSON and read back");
  assertEquals(plugin.check(defaults), [], "problems of the defaults");
}

async function checkRefusal<Cfg>({ plugin, data, config }: PluginCase<Cfg>): Promise<void> {
  const none = {
    ...data,
    spec: { ...data.spec, parts: {} },
    sections: data.sections.map((one) => ({ ...one, parts: {} })),
  };
  let thrown: unknown;
  try {
    await withModel({ plugin, data: none, config }, () => Promise.resolve());
  } catch (error) {
    thrown = error;
  }
  assert(thrown !== undefined, `"${plugin.name}" builds on data without a single part, expected a DataError`);
  assert(
    isMorphogenError(thrown, "DataError"),
    `data without parts throw ${thrown}, expected a DataError that says what is needed`,
  );
}

async function train<Cfg>(
  { data }: PluginCase<Cfg>,
  model: Parameters<typeof trainerOf>[0],
  seed: number,
): Promise<Snapshot> {
  using trainer = await trainerOf(model, data, seed);
  let report: StepReport | undefined;
  while (trainer.step < STEPS) report = await trainer.advance();
  assertFinite(Object.fromEntries(Object.entries(report!.scalars).map(([name, value]) => [name, [value]])), "loss");
  const snapshot = await trainer.snapshot();
  assertFinite(hostValues(snapshot.trees["params"]!), "parameters");
  return snapshot;
}

async function checkResumption<Cfg>(row: PluginCase<Cfg>): Promise<void> {
  await withModel(row, async (model) => {
    using whole = await trainerOf(model, row.data, SEED);
    await whole.advance();
    const { step, trees } = await whole.snapshot();
    const stored = Object.entries(trees).map(([name, tree]) => [name, throughFileOnHost(tree)] as const);
    using rest = await trainerOf(model, row.data, SEED, { step, trees: Object.fromEntries(stored) });
    const reports = [await whole.advance(), await rest.advance()];
    if (tf.getBackend() !== "webgpu") assertEquals(reports[1], reports[0], "report of the step after a checkpoint");
    assertSame(await rest.snapshot(), await whole.snapshot(), "parameters after going on from a checkpoint");
  });
}

function tableValues({ X, obsm }: AnnData): Record<string, ArrayLike<number>> {
  const arrays = Object.entries({ ...obsm, ...(X === undefined ? {} : { X }) });
  return Object.fromEntries(arrays.map(([name, { data }]) => [name, Array.from(data, Number)]));
}

function checkMetrics(metrics: readonly Metric[]): void {
  const names = metrics.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  assert(twice === undefined, `metric "${twice}" is given twice, expected each once`);
  for (const { name, value, anchors, description } of metrics) {
    assertFinite({ [name]: [value], ...Object.fromEntries(Object.entries(anchors).map(([a, v]) => [a, [v]])) }, name);
    assert(description.trim() !== "", `metric "${name}" has no description, expected what it measures and the unit`);
  }
}

async function checkResults<Cfg>(row: PluginCase<Cfg>): Promise<void> {
  await withModel(row, async (model) => {
    using trainer = await trainerOf(model, row.data, SEED);
    await trainer.advance();
    const { params, state } = trainer;
    const trained: Trained = { params, state, data: row.data, rng: rng(SEED), progress: () => {}, note: () => {} };
    const samples = await model.sample(trained);
    const values = tableValues(samples.table);
    assert(samples.table.obs.index.length > 0, "the table of samples has no rows");
    assertFinite(values, "samples");
    if (tf.getBackend() !== "webgpu") {
      assertEquals(tableValues((await model.sample(trained)).table), values, "samples of an equal stream");
    }
    checkMetrics(await model.evaluate(trained, samples));
    const figures = await model.figures(trained, samples);
    const ids = figures.map(({ id }) => id);
    assertEquals([...new Set(ids)], ids, "names of figures");
    for (const { id, frames } of figures) {
      assert(frames.length > 0 && frames.every(({ svg }) => svg.includes("<svg")), `figure "${id}" holds no SVG`);
    }
  });
}

/**
 * What every plugin promises: a declaration that fits the contract, defaults that pass its own check, an error that says
 * what it needs, two training steps with finite loss, numbers that only the seed decides, checkpoints to go on from,
 * finite samples, metrics and figures, and nothing left on the device.
 *
 * @param plugin The plugin.
 * @param options Data and configuration to try it with.
 * @returns The checks, for any test runner.
 * @throws {ConfigError} If the configuration has a key that the defaults have not, or a value of another type.
 */
export function pluginChecks<Cfg>(plugin: Plugin<Cfg>, options: PluginOptions = {}): readonly Check[] {
  const row = pluginCase(plugin, options);
  const { name } = plugin;
  const clean = (work: () => Promise<void>) => (): Promise<void> => assertNoLeak(work);
  return [
    check(`${name} declares what the contract asks for`, () => checkDeclaration(plugin)),
    check(`${name} accepts the configuration it is tried with`, () => {
      assertEquals(plugin.check(row.config), [], "problems of the configuration");
    }),
    check(`${name} says what is missing in data without parts`, clean(() => checkRefusal(row))),
    check(
      `${name} trains ${STEPS} steps that only the seed decides`,
      clean(() =>
        withModel(row, async (model) => {
          const first = await train(row, model, SEED);
          assertSame(await train(row, model, SEED), first, "parameters of an equal seed");
          const distance = relativeDistance(
            first.trees["params"]!,
            (await train(row, model, SEED + 1)).trees["params"]!,
          );
          assert(distance > 0, "another seed leads to the same parameters, expected others");
        })
      ),
    ),
    check(`${name} goes on from a checkpoint`, clean(() => checkResumption(row))),
    check(`${name} samples, evaluates and draws figures`, clean(() => checkResults(row))),
  ];
}

/**
 * Hold a plugin to {@linkcode pluginChecks} on every backend of this machine.
 *
 * @example Usage
 * ```ts
 * import { plugin } from "@morphogen/morphogen/plugins/cfm";
 * import { checkPlugin } from "@morphogen/morphogen/testing";
 *
 * const network = { hidden: 8, layers: 1, timeDim: 4 };
 * await checkPlugin(plugin, { config: { batch: 8, network, sampling: { points: 3, cells: 16 } } });
 * ```
 *
 * @param plugin The plugin.
 * @param options Data and configuration to try it with.
 * @throws {ConfigError} If the configuration has a key that the defaults have not, or a value of another type.
 * @throws {ContractError} At the first promise that is not kept.
 */
export async function checkPlugin<Cfg>(plugin: Plugin<Cfg>, options: PluginOptions = {}): Promise<void> {
  await runChecks(onEveryBackend(pluginChecks(plugin, options), await usableBackends()));
}
