import { barChart, type Figure } from "../../../core/mod.ts";
import { type Enrichment, PASSING } from "./enrichment.ts";
import type { GeneFindings } from "./findings.ts";

/** Genes or sets in a chart. */
const SHOWN = 25;

function topGenesFigure({ scores, listed }: GeneFindings): Figure {
  const groups = listed.slice(0, SHOWN);
  const place = new Map(scores.names.map((name, i) => [name, i]));
  const relative = (values: Float64Array): Float64Array => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Float64Array.from(groups, (name) => values[place.get(name)!]! / (mean || 1));
  };
  return {
    id: "top-genes",
    title: "Genes that move the images most",
    caption:
      `Mean absolute gradient of the squared output for each gene, as multiples of the mean over all ${scores.names.length} ` +
      "genes (line), for two halves of the images that were asked about: where the halves differ, the order is of the images.",
    frames: [{
      label: "",
      svg: barChart({
        title: "Sensitivity of the network to genes",
        valueLabel: "sensitivity, multiples of the mean over genes",
        groups,
        series: [
          { name: "even images", values: relative(scores.halves[0]) },
          { name: "odd images", values: relative(scores.halves[1]) },
        ],
        references: [{ label: "mean gene", value: 1 }],
      }),
    }],
  };
}

function geneSetsFigure({ sets, randomSets }: Enrichment): Figure {
  const shown = sets.slice(0, SHOWN);
  return {
    id: "gene-sets",
    title: "Gene sets that the top genes are rich in",
    caption:
      "One-sided exact test of Fisher against the panel, adjusted for false discoveries; beside the name the genes " +
      "of the set in the list and in the panel. Lines: what counts as enriched, and the best of sets of the same sizes " +
      "drawn at random.",
    frames: [{
      label: "",
      svg: barChart({
        title: "Enrichment of gene sets",
        valueLabel: "-log10 of the adjusted probability",
        groups: shown.map(({ name, shared, size }) => `${name} (${shared.length} of ${size})`),
        series: [{ name: "gene sets", values: shown.map(({ adjusted }) => -Math.log10(adjusted)) }],
        references: [
          { label: `p = ${PASSING}`, value: -Math.log10(PASSING) },
          { label: "random sets", value: -Math.log10(randomSets.smallest) },
        ],
      }),
    }],
  };
}

/**
 * Draw what was found about genes.
 *
 * @param findings What was found.
 * @returns Figures in the order of the report.
 */
export function geneFigures(findings: GeneFindings): readonly Figure[] {
  return [topGenesFigure(findings), ...(findings.sets === undefined ? [] : [geneSetsFigure(findings.sets)])];
}
