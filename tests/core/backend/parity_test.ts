import { chooseBackend } from "../../../core/backend/mod.ts";
import { startWasm } from "../../../core/backend/wasm.ts";
import * as t from "../../../core/tensor/mod.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertNoLeak } from "../backends.ts";
import { COMPARED_BACKENDS } from "./parity/backends.ts";
import { assertAgree, assertNumerical, assertStopped, evaluate, type Value } from "./parity/evaluate.ts";
import type { Case, Operation } from "./parity/operation.ts";
import { NOT_COMPARED, OPERATIONS } from "./parity/table.ts";

const TABLE: readonly (readonly [name: string, operation: Operation])[] = Object.entries(OPERATIONS);

/** Check all cases of an operation and fail with all that is wrong. */
async function each({ cases }: Operation, check: (one: Case) => Promise<void>): Promise<void> {
  const failures: string[] = [];
  // Together, since WebGPU takes 11 ms under Deno to answer a read, however many there are.
  await Promise.all(cases.map((one) => check(one).catch((error) => failures.push(`${one.name}: ${error.message}`))));
  assert(failures.length === 0, failures.join("\n"));
}

const references = new Map<Operation, Map<Case, readonly Value[]>>();

/** What the cpu backend makes of all cases; it is current afterwards if it had to be asked. */
async function referenceOf(operation: Operation): Promise<Map<Case, readonly Value[]>> {
  const known = references.get(operation);
  if (known !== undefined) return known;
  await chooseBackend("cpu");
  const made = new Map<Case, readonly Value[]>();
  await each(operation, async (one) => void made.set(one, await evaluate(operation, one)));
  references.set(operation, made);
  return made;
}

Deno.test("every exported operation is in the table of comparisons", () => {
  const known: readonly string[] = [...NOT_COMPARED, ...Object.keys(OPERATIONS)];
  assertEquals(Object.keys(t).filter((name) => !known.includes(name)), []);
  for (const [name, { cases }] of TABLE) assert(cases.length > 0, `${name} is never called`);
});

for (const [name, operation] of TABLE) {
  Deno.test(`${name} on cpu has the gradient that finite differences give`, async () => {
    await assertNoLeak(async () => {
      const expected = await referenceOf(operation);
      await chooseBackend("cpu");
      await each(operation, async (one) => {
        if (operation.gradient === "numerical") await assertNumerical(one, expected.get(one)!);
        if (operation.gradient === "zero") assertStopped(expected.get(one)!);
      });
    });
  });
}

for (const backend of COMPARED_BACKENDS) {
  for (const [name, operation] of TABLE) {
    Deno.test(`${name} on ${backend} agrees with cpu, forward and gradient`, async () => {
      const expected = await referenceOf(operation);
      await chooseBackend(backend);
      await assertNoLeak(() =>
        each(operation, async (one) => {
          assertAgree(one, await evaluate(operation, one), expected.get(one)!, operation.tolerance);
        })
      );
    });
  }
}

/** Allocate until the heap has grown, which moves it or at least detaches every view of it. */
async function grownHeap(): Promise<readonly t.Tensor[]> {
  const { backend } = await startWasm();
  const before = backend.wasm.HEAPU8.buffer;
  const ballast: t.Tensor[] = [];
  while (backend.wasm.HEAPU8.buffer === before) ballast.push(t.zeros([2 ** 22]));
  return ballast;
}

for (const backend of COMPARED_BACKENDS.filter((name) => name !== "webgpu")) {
  Deno.test(`every operation on ${backend} agrees with cpu after the heap has grown`, async () => {
    for (const [, operation] of TABLE) await referenceOf(operation);
    await assertNoLeak(async () => {
      const ballast = await grownHeap();
      await chooseBackend(backend);
      for (const [, operation] of TABLE) {
        const expected = await referenceOf(operation);
        await each(operation, async (one) => {
          assertAgree(one, await evaluate(operation, one), expected.get(one)!, operation.tolerance);
        });
      }
      t.dispose(ballast);
    });
  });
}
