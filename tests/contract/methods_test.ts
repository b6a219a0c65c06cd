import { methodContract } from "./method.ts";
import { TINY } from "./methods/all.ts";

for (const tiny of TINY) methodContract(tiny);
