import type { Field } from "../../../core/mod.ts";
import { classifierFree } from "../../../core/sampler/guidance.ts";
import { add, dispose, mul, tensor, tidy } from "../../../core/tensor/mod.ts";
import { mapParts } from "../../../core/parts.ts";
import { assertClose, stateOf, takeValues } from "../../contract/numbers.ts";
import { assertNoLeak, forEachBackend } from "../backends.ts";

forEachBackend("classifierFree() extrapolates from the null field through the conditional one", async () => {
  await assertNoLeak(async () => {
    const x = stateOf({ x: [2, 3], pos: [2, 3, 2] });
    const t = tensor([0.25, 0.75]);
    const conditional: Field = (state) => mapParts(([part]) => mul(part, 3), state);
    const none: Field = (state) => mapParts(([part]) => add(part, 1), state);
    const start = await takeValues(mapParts(([part]) => mul(part, 1), x));
    for (const scale of [0, 1, 1.5]) {
      const guided = tidy(() => classifierFree(conditional, none, scale)(x, t));
      const expected = Object.fromEntries(
        Object.entries(start).map(([part, list]) => [
          part,
          list.map((value) => value + 1 + scale * (3 * value - (value + 1))),
        ]),
      );
      assertClose(await takeValues(guided), expected, 1e-6, `scale ${scale}`);
    }
    dispose([...Object.values(x), t]);
  });
});
