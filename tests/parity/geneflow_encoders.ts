import { cellMask } from "../../plugins/geneflow/encoder/cell_mask.ts";
import { geneWeights } from "../../plugins/geneflow/encoder/gene_attention.ts";
import { type CellExpression, rnaEncoder } from "../../plugins/geneflow/encoder/rna_encoder.ts";
import { fill, fromHost, type HostArray, hostArray, type Tensor } from "../../core/mod.ts";
import type { Check } from "./compare.ts";
import { type Fixture, floats, integers } from "./fixture.ts";
import { encoderSizes, PLAIN, withParams } from "./geneflow_setup.ts";
import { read, upload } from "./tensors.ts";

function maskOf(fixture: Fixture, shape: readonly number[]): { readonly measured?: Tensor } {
  if (fixture.tensors["in/gene_mask"] === undefined) return {};
  return { measured: upload(hostArray(floats(fixture, "in/gene_mask").data, shape)) };
}

/** The single-cell encoder: embedding, gene weights, and expression after the relations. */
export const checkSingle: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const sizes = encoderSizes(fixture, "single");
    const encoder = rnaEncoder(sizes);
    const { data, shape } = floats(fixture, "in/gene_expr");
    const [rows, genes] = shape as [number, number];
    const grouped = [rows, 1, genes];
    const made = await read(() => {
      const cells: CellExpression = {
        x: upload(hostArray(data, grouped)),
        real: fill([rows, 1], 1),
        ...maskOf(fixture, grouped),
      };
      const weights = sizes.geneAttention ? geneWeights(params, "softmax") : fill([genes], 1 / genes);
      const [first] = encoder.genes;
      const related: Record<string, Tensor> = fixture.tensors["out/after_gene_relations"] === undefined
        ? {}
        : { "out/after_gene_relations": first!.apply(params, upload(hostArray(data, shape)), PLAIN) };
      return {
        "out/embedding": encoder.apply(params, cells, PLAIN),
        "out/gene_importance": weights,
        ...related,
      } as Record<string, Tensor>;
    });
    return made;
  });

/** The multi-cell encoder, with padding and with every row a cell. */
export const checkMulti: Check = (fixture) =>
  withParams(fixture, async (params) => {
    const encoder = rnaEncoder(encoderSizes(fixture, "multi"));
    const x = floats(fixture, "in/gene_expr");
    const [images, count] = x.shape as [number, number];
    const embed = (real: HostArray): Tensor =>
      encoder.apply(params, { x: upload(x), real: fromHost(real), ...maskOf(fixture, x.shape) }, PLAIN);
    return await read(() => ({
      "out/embedding": embed(cellMask(integers(fixture, "in/num_cells"), count)),
      "out/embedding_all_cells": embed(cellMask(new Int32Array(images).fill(count), count)),
    }));
  });
