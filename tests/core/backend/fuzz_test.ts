import { chooseBackend } from "../../../core/backend/mod.ts";
import { rng } from "../../../core/rng/stream.ts";
import { dataOf, dispose, tensor, tidy } from "../../../core/tensor/mod.ts";
import { assert, assertEquals } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../backends.ts";
import { type Draw, type FuzzCase, KINDS } from "./fuzz/cases.ts";

const CASES = 10_000;

/** Numbers that one case may draw. */
const DRAWS = 64;

function caseOf(index: number): FuzzCase {
  const numbers = rng(2025).fold("fuzz").fold(index).host.uniform(DRAWS);
  let next = 0;
  const draw: Draw = (below) => Math.floor(numbers[next++ % DRAWS]! * below);
  return KINDS[draw(KINDS.length)]!(draw);
}

async function check(index: number): Promise<void> {
  const { inputs, run, expected, tolerance } = caseOf(index);
  const given = inputs.map(({ data, shape }) => tensor(data, shape));
  const made = tidy(() => run(...given));
  const wanted = expected();
  const context = `case ${index}, inputs ${inputs.map(({ shape }) => `[${shape}]`).join(" ")}`;
  assertEquals(made.map(({ shape }) => [...shape]), wanted.map(({ shape }) => [...shape]), context);
  for (const [i, { data }] of wanted.entries()) {
    const actual = await dataOf(made[i]!);
    const wrong = data.findIndex((value, j) => !(Math.abs(actual[j]! - value) <= tolerance));
    assert(wrong === -1, `${context}, output ${i}, entry ${wrong}: ${actual[wrong]} instead of ${data[wrong]}`);
  }
  dispose([...given, ...made]);
}

for (const backend of BACKENDS.filter((name) => name === "wasm" || name === "native")) {
  Deno.test(`${CASES} random shapes of products and rows agree with plain arithmetic on ${backend}`, async () => {
    await chooseBackend(backend);
    await assertNoLeak(async () => {
      for (let index = 0; index < CASES; index++) await check(index);
    });
  });
}
