import { components } from "./components.ts";
import { coordinates } from "./coordinates.ts";
import { neighbours, spatialNeighbours } from "./neighbours.ts";
import { niches } from "./niches.ts";
import { keep, logarithm, normalize } from "./normalize.ts";
import { quality } from "./quality.ts";
import { regions, sample } from "./regions.ts";
import { split } from "./split.ts";
import type { StepKind } from "./step.ts";
import { variableGenes } from "./variable_genes.ts";

/** All steps by the name that the command line and the records use. */
export const STEPS: Readonly<Record<string, StepKind>> = Object.freeze({
  qc: quality,
  split,
  keep,
  normalize,
  log1p: logarithm,
  hvg: variableGenes,
  pca: components,
  coordinates,
  neighbors: neighbours,
  spatial_neighbors: spatialNeighbours,
  niches,
  regions,
  sample,
});
