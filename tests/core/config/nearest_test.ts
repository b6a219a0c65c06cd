import { nearest, unknownName } from "../../../core/config/mod.ts";
import { assertEquals } from "../../assert.ts";

const EXPERIMENTS = ["cfm-toy", "nicheflow-med", "nicheflow-abd", "nicheflow-mba"];

Deno.test("nearest() finds the name with the fewest slips", () => {
  assertEquals(nearest("nichflow-med", EXPERIMENTS), "nicheflow-med");
  assertEquals(nearest("nicheflow-adb", EXPERIMENTS), "nicheflow-abd");
  assertEquals(nearest("NicheFlow_MBA", EXPERIMENTS), "nicheflow-mba");
  assertEquals(nearest("cmf-toy", EXPERIMENTS), "cfm-toy");
});

Deno.test("nearest() prefers a dropped letter to a wrong one", () => {
  assertEquals(nearest("--sed", ["--set", "--seed"]), "--seed");
  assertEquals(nearest("cfn", ["cfg", "cfm", "cfnn"]), "cfnn");
});

Deno.test("nearest() gives nothing when nothing is near", () => {
  assertEquals(nearest("geneflow-visium", ["cfm", "stflow"]), undefined);
  assertEquals(nearest("x", ["y"]), undefined);
  assertEquals(nearest("", ["a"]), undefined);
  assertEquals(nearest("lr", []), undefined);
});

Deno.test("unknownName() names the nearest, or all if none is near", () => {
  assertEquals(
    unknownName("experiment", "nichflow-med", EXPERIMENTS).message,
    'Cannot find experiment "nichflow-med", did you mean "nicheflow-med"?',
  );
  assertEquals(
    unknownName("plugin", "zzz", ["cfm", "stflow"]).message,
    'Cannot find plugin "zzz", known are cfm, stflow',
  );
  assertEquals(unknownName("plugin", "zzz", []).message, 'Cannot find plugin "zzz", known are none');
});
