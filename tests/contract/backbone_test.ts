import { type Backbone, type Batch, type Cond, gaussianPrior, ownBatch, type State } from "../../core/mod.ts";
import { backboneChecks } from "../../core/testing/backbone.ts";
import { cfmMethod, clusters } from "./methods/cfm.ts";
import { geneMethod, pictures } from "./methods/geneflow.ts";
import { gmMethod, stages } from "./methods/gmflow.ts";
import { spatiaMethod, transitions } from "./methods/spatia.ts";
import { regions, stMethod } from "./methods/stflow.ts";
import { nicheTransformer } from "../../plugins/nicheflow/transformer.ts";
import { stateOf } from "./numbers.ts";
import { contractTests } from "./register.ts";

const later = (make: (step: number) => Batch) => (step: number): Promise<Batch> => Promise.resolve(make(step));

contractTests(backboneChecks({ name: "a perceptron", ...cfmMethod, parameters: 98, batch: later(clusters) }));
contractTests(backboneChecks({ name: "a mixture head", ...gmMethod, batch: later(stages) }));
contractTests(backboneChecks({ name: "local attention over neighbours", ...stMethod, batch: later(regions) }));
contractTests(backboneChecks({ name: "an image network with a gene encoder", ...geneMethod, batch: later(pictures) }));
contractTests(backboneChecks({ name: "a network with a null condition", ...spatiaMethod, batch: transitions }));

/** Two niches of five cells, whose source niche has four. */
function niches(rows: number): Promise<Batch> {
  const cond = stateOf({
    sourceX: [rows, 4, 3],
    sourcePos: [rows, 4, 2],
    sourceTime: [rows, 2],
    targetTime: [rows, 2],
  });
  return Promise.resolve(ownBatch<State, Cond>({ target: stateOf({ x: [rows, 5, 3], pos: [rows, 5, 2] }, 3), cond }));
}

contractTests(backboneChecks({
  name: "a transformer of niches",
  backbone: nicheTransformer({
    features: 3,
    coordinates: 2,
    times: 2,
    embed: 12,
    feedForward: 8,
    heads: 2,
    encoders: 1,
    decoders: 1,
    dropout: 0,
  }) as Backbone,
  prior: gaussianPrior(),
  permutes: { output: "equivariant" },
  batch: () => niches(2),
  single: () => niches(1),
}));
