import { backwards } from "./backwards.ts";
import { batchNorm } from "./batch_norm.ts";
import { cfm } from "./cfm.ts";
import { geneflow } from "./geneflow.ts";
import { gmflow } from "./gmflow.ts";
import { spatia } from "./spatia.ts";
import { stflow } from "./stflow.ts";
import type { Tiny } from "./tiny.ts";

/** Every shape of method that the interfaces of core have to carry; a new one is a file and a line here. */
export const TINY: readonly Tiny[] = [cfm, gmflow, stflow, geneflow, spatia, batchNorm, backwards];
