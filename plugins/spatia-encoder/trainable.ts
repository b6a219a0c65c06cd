import {
  add,
  gatherRows,
  mean,
  mul,
  type Params,
  type Rng,
  sum,
  type Tensor,
  type Trainable,
  type TrainableLoss,
  type TrainContext,
} from "../../core/mod.ts";
import { SPATIA_ROWS, type SpatiaBatch } from "./batch.ts";
import type { EncodedCells } from "./cell.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import { rowContrast } from "./contrast.ts";
import { type CountLaw, negativeBinomialLoss, zeroInflatedLoss } from "./count_likelihood.ts";
import { maskedTokenError } from "./masked_error.ts";
import type { EmbeddedLevels, SpatiaNetwork } from "./network.ts";
import { type Pass, passOf } from "./transformer.ts";

/**
 * Embed the cells of a batch at all levels.
 *
 * @param params Parameters.
 * @param network The network.
 * @param cells Embeddings of the cells, `[B, E]`.
 * @param batch Neighbours and places.
 * @param pass Training or not.
 * @returns Embeddings.
 */
export function embedBatch(
  params: Params,
  network: SpatiaNetwork,
  cells: Tensor,
  { niches, places }: Pick<SpatiaBatch, "niches" | "places">,
  pass: Pass,
): EmbeddedLevels {
  const { levels } = network.sizes.context;
  const niche = levels.includes("niche") ? network.niches(params, cells, niches, passOf(pass, "niche")) : undefined;
  const tissue = levels.includes("tissue")
    ? network.tissue(params, { niches: niche ?? cells, places }, undefined, passOf(pass, "tissue"))
    : undefined;
  const around = [niche, tissue].filter((each) => each !== undefined);
  return {
    ...(niche === undefined ? {} : { niche }),
    ...(tissue === undefined ? {} : { tissue }),
    z: network.join(params, [cells, ...around]),
  };
}

/** Weighted terms of the loss. */
type Terms = Readonly<Record<string, Tensor>>;

/** Likelihood of a distribution, entry by entry. */
function countLoss(counts: Tensor, law: CountLaw, form: SpatiaEncoderConfig["loss"]["counts"]): Tensor {
  return form === "nb" ? negativeBinomialLoss(counts, law) : zeroInflatedLoss(counts, law);
}

function geneTerms(
  params: Params,
  network: SpatiaNetwork,
  { inputs, genes }: SpatiaBatch,
  { geneTokens }: EncodedCells,
  z: Tensor,
  { loss }: SpatiaEncoderConfig,
): Terms {
  if (genes === undefined || inputs.genes === undefined) return {};
  const { counts, totals, seen } = genes;
  const made: Record<string, Tensor> = {};
  if (loss.denoise > 0 && seen > 0) {
    // Tokens of cells whose counts are not seen say nothing.
    const errors = countLoss(counts, network.denoise(params, geneTokens!, totals), loss.counts);
    made["denoise"] = mul(sum(mul(errors, inputs.genes.present)), loss.denoise / (seen * counts.shape[1]!));
  }
  if (loss.generate > 0) {
    const law = network.generate(params, inputs.genes, z, totals);
    made["generate"] = mul(mean(countLoss(counts, law, loss.counts)), loss.generate);
  }
  return made;
}

function imageTerms(
  params: Params,
  network: SpatiaNetwork,
  { inputs, image }: SpatiaBatch,
  { imageTokens }: EncodedCells,
  z: Tensor,
  { loss }: SpatiaEncoderConfig,
  pass: Pass,
): Terms {
  if (image === undefined || inputs.image === undefined || loss.image === 0) return {};
  const made = network.images(params, { tokens: imageTokens!, back: image.back, z }, passOf(pass, "decoder"));
  return { image: mul(maskedTokenError(inputs.image.tokens, made, image.hidden), loss.image) };
}

function contrastTerms({ both }: SpatiaBatch, { image, genes }: EncodedCells, { loss }: SpatiaEncoderConfig): Terms {
  if (both === undefined || loss.contrast === 0) return {};
  const rows = (x: Tensor): Tensor => gatherRows(x, both);
  return { contrast: mul(rowContrast(rows(image!), rows(genes!), loss.temperature).loss, loss.contrast) };
}

/**
 * SPATIA's representation model as something the training loop can fit.
 *
 * @param network The network.
 * @param config Weights of the loss.
 * @returns The trainable.
 */
export function spatiaTrainable(network: SpatiaNetwork, config: SpatiaEncoderConfig): Trainable<SpatiaBatch> {
  return Object.freeze({
    init: (rng: Rng): Params => network.init(rng),
    rows: SPATIA_ROWS,
    loss(params: Params, batch: SpatiaBatch, { rng }: TrainContext): TrainableLoss {
      const pass: Pass = { train: true, rng };
      const cells = network.cells(params, batch.inputs, passOf(pass, "cells"));
      const { z } = embedBatch(params, network, cells.z, batch, pass);
      const parts = {
        ...geneTerms(params, network, batch, cells, z, config),
        ...imageTerms(params, network, batch, cells, z, config, pass),
        ...contrastTerms(batch, cells, config),
      };
      const total = Object.values<Tensor>(parts).reduce((a, b) => add(a, b), mul(mean(z), 0));
      return { total, parts };
    },
  });
}
