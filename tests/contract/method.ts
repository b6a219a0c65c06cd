import {
  createTrainer,
  entries,
  fromEntries,
  type GradientTransform,
  type HostArray,
  type Params,
  type Slots,
  type Snapshot,
  type StepReport,
  subtree,
  type Trainable,
} from "../../core/mod.ts";
import { adamW } from "../../core/optim/adamw.ts";
import { chain } from "../../core/optim/chain.ts";
import { clipByGlobalNorm } from "../../core/optim/clip.ts";
import { cosineSchedule } from "../../core/optim/schedule.ts";
import { rng } from "../../core/rng/stream.ts";
import { dataOf, dispose, fromHost, mul, type Tensor, tidy } from "../../core/tensor/mod.ts";
import { mapTree } from "../../core/tree.ts";
import { assert, assertEquals } from "../assert.ts";
import { assertNoLeak, forEachBackend } from "../core/backends.ts";
import type { Tiny } from "./methods/tiny.ts";
import { assertFinite, hostValues, leafList, relativeDistance, takeValues } from "./numbers.ts";
import { repeatedRng } from "./repeated_rng.ts";

const STEPS = 40;

function optimizer(rate: number): GradientTransform {
  const schedule = cosineSchedule({ peak: rate, warmup: 4, steps: STEPS, floor: 0.1 * rate });
  return chain(clipByGlobalNorm(5), adamW({ schedule, weightDecay: 1e-3 }));
}

/** Moves nothing; its slots are the gradient. */
const recordGradient: GradientTransform = {
  init: (params): Slots => mapTree<Tensor, Tensor>((leaf) => mul(leaf, 0), params),
  update: (gradient) => ({
    updates: mapTree<Tensor, Tensor>((leaf) => mul(leaf, 0), gradient),
    slots: mapTree<Tensor, Tensor>((leaf) => mul(leaf, 1), gradient),
  }),
};

/** Loss of one fixed batch with fixed draws at the state of a snapshot. */
async function lossAt(trainable: Trainable<Disposable>, batch: Disposable, { trees }: Snapshot): Promise<number> {
  const upload = (name: string): Params => mapTree<HostArray, Tensor>((leaf) => fromHost(leaf), trees[name]!);
  const total = tidy(() => {
    const state = trees["state"] === undefined ? [] : [upload("state")];
    return trainable.loss(upload("params"), batch, { step: STEPS, rng: rng(77) }, ...state).total;
  });
  const loss = (await dataOf(total))[0]!;
  dispose([total]);
  return loss;
}

/** A snapshot as it comes back from files: trees rebuilt from paths. */
function throughFiles({ step, trees }: Snapshot): Snapshot {
  const rebuilt = Object.entries(trees).map(([name, tree]) => [name, fromEntries(entries<HostArray>(tree))] as const);
  return { step, trees: Object.fromEntries(rebuilt) };
}

/**
 * Register the tests that every method has to pass, whatever its parts.
 *
 * @param tiny The method on toy data.
 */
export function methodContract(tiny: Tiny): void {
  const { name, trainable, rate, falls, rowsInteract } = tiny;
  const batches = { at: (step: number) => tiny.batch(step) };
  const start = (from?: Snapshot) =>
    createTrainer({
      trainable,
      batches,
      optimizer: optimizer(rate),
      rng: rng(2),
      ema: 0.9,
      ...(from === undefined ? {} : { from }),
    });

  forEachBackend(`${name} learns, draws and leaks nothing`, async () => {
    await assertNoLeak(async () => {
      using batch = await tiny.batch(1000);
      using trainer = start();
      const before = await lossAt(trainable, batch, await trainer.snapshot());
      let report: StepReport | undefined;
      while (trainer.step < STEPS) report = await trainer.advance();
      assertFinite({ scalars: Object.values(report!.scalars) }, "report");
      const after = await lossAt(trainable, batch, await trainer.snapshot());
      assert(after < before - falls, `loss ${before} before and ${after} after training, expected to fall by ${falls}`);
      const first = await takeValues(await tiny.draw(trainer.params, rng(3), trainer.state));
      assertFinite(first, "draw");
      assertEquals(
        await takeValues(await tiny.draw(trainer.params, rng(3), trainer.state)),
        first,
        "equal streams draw equal bits",
      );
      assert(Object.values(first).some((values) => new Set(values).size > values.length / 4), "draws are not constant");
    });
  });

  forEachBackend(`${name} goes on from a snapshot bit for bit`, async () => {
    await assertNoLeak(async () => {
      using whole = start();
      while (whole.step < 5) await whole.advance();
      using rest = start(throughFiles(await whole.snapshot()));
      const reports: [StepReport, StepReport][] = [];
      while (whole.step < 9) reports.push([await whole.advance(), await rest.advance()]);
      for (const [a, b] of reports) assertEquals(b, a);
      const [a, b] = [await whole.snapshot(), await rest.snapshot()];
      assertEquals(Object.keys(b.trees).sort(), Object.keys(a.trees).sort());
      assertEquals(hostValues(b.trees), hostValues(a.trees));
    });
  });

  forEachBackend(`${name} takes the same gradient from micro-batches as from one batch`, async () => {
    await assertNoLeak(async () => {
      const micro = { at: (step: number) => tiny.batch(rowsInteract ? 0 : step % 2) };
      const joined = {
        async at(): Promise<Disposable> {
          using a = await micro.at(0);
          using b = await micro.at(1);
          return tiny.join(a, b);
        },
      };
      const init = (): Params => trainable.init(rng(6));
      const options = { trainable: { ...trainable, init }, optimizer: recordGradient };
      using small = createTrainer({ ...options, batches: micro, accumulate: 2, rng: repeatedRng(rng(6), 1) });
      const from = await small.snapshot();
      using large = createTrainer({ ...options, batches: joined, rng: repeatedRng(rng(6), 2), from });
      const [a, b] = [await small.advance(), await large.advance()];
      const gradients = [await small.snapshot(), await large.snapshot()].map(({ trees }) => trees["opt"]!);
      const distance = relativeDistance(gradients[0]!, gradients[1]!);
      assert(distance < 1e-6, `gradients differ by ${distance} of their norm`);
      for (const [part, value] of Object.entries(b.scalars)) {
        assert(
          Math.abs(a.scalars[part]! - value) <= 1e-5 * Math.max(1, Math.abs(value)),
          `${part}: ${a.scalars[part]}, ${value}`,
        );
      }
      for (const [path, leaf] of entries<HostArray>(gradients[0]!)) {
        assert(leaf.data.some((value) => value !== 0), `no gradient reaches "${path}"`);
      }
    });
  });

  forEachBackend(`${name} has parameters that only its stream decides`, async () => {
    await assertNoLeak(async () => {
      const [a, b, other] = [rng(1), rng(1), rng(2)].map((stream) => tidy(() => trainable.init(stream)));
      const values = await takeValues(a!);
      assertEquals(await takeValues(b!), values);
      assert(leafList(other!).length > 0 && subtree(other!, Object.keys(other!)[0]!) !== undefined);
      const others = await takeValues(other!);
      assert(Object.entries(values).some(([path, list]) => list.join() !== others[path]!.join()));
    });
  });
}
