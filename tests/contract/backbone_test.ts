import type { Batch } from "../../core/mod.ts";
import { backboneContract } from "./backbone.ts";
import { cfmMethod, clusters } from "./methods/cfm.ts";
import { geneMethod, pictures } from "./methods/geneflow.ts";
import { gmMethod, stages } from "./methods/gmflow.ts";
import { spatiaMethod, transitions } from "./methods/spatia.ts";
import { regions, stMethod } from "./methods/stflow.ts";

const later = (make: (step: number) => Batch) => (step: number): Promise<Batch> => Promise.resolve(make(step));

backboneContract({ name: "a perceptron", ...cfmMethod, batch: later(clusters) });
backboneContract({ name: "a mixture head", ...gmMethod, batch: later(stages) });
backboneContract({ name: "local attention over neighbours", ...stMethod, batch: later(regions) });
backboneContract({ name: "an image network with a gene encoder", ...geneMethod, batch: later(pictures) });
backboneContract({ name: "a network with a null condition", ...spatiaMethod, batch: transitions });
