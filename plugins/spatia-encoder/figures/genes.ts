import { barChart, dotMap, type Figure } from "../../../core/mod.ts";
import type { SpatiaEncoderSamples } from "../samples.ts";
import { GENES_ALONE, IMAGES_ALONE, OWN } from "../tasks/representations.ts";
import type { TaskResults } from "../tasks/results.ts";
import { type MapStyle, pattern, planar, SECTIONS } from "./style.ts";

/** Genes that are mapped, and genes in the chart. */
const [MAPPED, LISTED] = [4, 40];

/**
 * Draw how well hidden genes are predicted: a chart of all, maps of the best.
 *
 * @param samples Sections.
 * @param results What the tasks found.
 * @param names Names of the hidden genes.
 * @param style How maps are drawn.
 * @returns The figures; none if no gene is hidden.
 */
export function imputationFigures(
  { sections }: SpatiaEncoderSamples,
  { imputed, split }: TaskResults,
  names: readonly string[],
  style: MapStyle,
): readonly Figure[] {
  const own = imputed[OWN];
  if (own === undefined) return [];
  const average = (of: readonly Float64Array[]): Float64Array =>
    of[0]!.map((_, g) => of.reduce((sum, each) => sum + each[g]!, 0) / of.length);
  const r = average(own.perGene);
  const order = [...r.keys()].sort((a, b) => r[b]! - r[a]!);
  const listed = order.slice(0, LISTED);
  const beside = [GENES_ALONE, IMAGES_ALONE, "expression PCs"].filter((name) => imputed[name] !== undefined);
  const mapped = order.slice(0, MAPPED);
  return [{
    id: "imputation-by-gene",
    title: "Genes that the network never saw",
    caption: `Pearson correlation over the cells of held-out sections${
      names.length > LISTED ? `, the ${LISTED} best of ${names.length} genes` : ""
    }, predicted by ridge regression from frozen vectors.`,
    frames: [{
      label: "",
      svg: barChart({
        title: "Correlation of hidden genes",
        valueLabel: "Pearson correlation",
        groups: listed.map((g) => names[g]!),
        series: [OWN, ...beside].map((name) => {
          const values = average(imputed[name]!.perGene);
          return { name, values: listed.map((g) => values[g]!) };
        }),
      }),
    }],
  }, {
    id: "imputed-genes",
    title: "Hidden genes, measured and predicted",
    caption:
      "The genes that are predicted best, each map in its own standard deviations, since predictions vary less " +
      "than noisy counts do.",
    frames: split.measured.slice(0, SECTIONS).flatMap((i, at) =>
      mapped.map((g) => {
        const points = planar(sections[i]!.positions);
        return {
          label: `${sections[i]!.name}, ${names[g]}`,
          svg: dotMap({
            title: `${names[g]} in ${sections[i]!.name}, measured and predicted`,
            panels: [
              { title: `${names[g]}, measured`, points, value: pattern(sections[i]!.hidden, g) },
              ...[OWN, ...beside].map((name) => ({
                title: `${name}, r = ${imputed[name]!.perGene[at]![g]!.toFixed(2)}`,
                points,
                value: pattern(imputed[name]!.predicted[at]!, g),
              })),
            ],
            columns: 3,
            valueUnit: "standard deviations within the section",
            ...style,
          }),
        };
      })
    ),
  }];
}
