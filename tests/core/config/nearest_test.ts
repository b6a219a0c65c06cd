import { nearestName, unknownName } from "../../../core/config/mod.ts";
import { assertEquals } from "../../assert.ts";

const EXPERIMENTS = ["cfm-toy", "nicheflow-med", "nicheflow-abd", "nicheflow-mba"];

Deno.test("nearestName() finds the name with the fewest slips", () => {
  assertEquals(nearestName("nichflow-med", EXPERIMENTS), "nicheflow-med");
  assertEquals(nearestName("nicheflow-adb", EXPERIMENTS), "nicheflow-abd");
  assertEquals(nearestName("NicheFlow_MBA", EXPERIMENTS), "nicheflow-mba");
  assertEquals(nearestName("cmf-toy", EXPERIMENTS), "cfm-toy");
});

Deno.test("nearestName() prefers a dropped letter to a wrong one", () => {
  assertEquals(nearestName("--sed", ["--set", "--seed"]), "--seed");
  assertEquals(nearestName("cfn", ["cfg", "cfm", "cfnn"]), "cfnn");
});

Deno.test("nearestName() gives nothing when nothing is near", () => {
  assertEquals(nearestName("geneflow-visium", ["cfm", "stflow"]), undefined);
  assertEquals(nearestName("x", ["y"]), undefined);
  assertEquals(nearestName("", ["a"]), undefined);
  assertEquals(nearestName("lr", []), undefined);
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
