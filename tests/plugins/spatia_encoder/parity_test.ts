import { chooseBackend } from "../../../core/backend/mod.ts";
import { assertEquals } from "../../assert.ts";
import { assertNoLeak, BACKENDS } from "../../core/backends.ts";
import { runCheck } from "../../parity/compare.ts";
import { parseFixture } from "../../parity/fixture.ts";
import { checkExpressionLosses } from "../../parity/spatia_expression.ts";
import { hasShared, sharedPath } from "../../shared.ts";

for (const backend of BACKENDS) {
  Deno.test({
    name: `losses and decoder of expression agree with the authors' program on ${backend}`,
    ignore: !hasShared,
    fn: async () => {
      await chooseBackend(backend);
      await assertNoLeak(async () => {
        const fixture = parseFixture(
          await Deno.readFile(sharedPath("fixtures/spatia/expression_losses.safetensors")),
        );
        const lines = await runCheck(fixture, checkExpressionLosses);
        assertEquals(lines.length, 14);
        assertEquals(lines.filter(({ ok }) => !ok), []);
      });
    },
  });
}
