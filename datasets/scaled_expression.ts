import type { AnnData, HostArray, PartSpec } from "../core/mod.ts";
import { checkChoice, checkWhole } from "../core/config/check.ts";
import { type ExpressionConfig, expressionOf } from "./expression.ts";
import { standardizeByTraining } from "./features.ts";
import type { Tissue } from "./tissue.ts";

/** How counts become features, z-scores included. */
export interface ScaledExpressionConfig extends ExpressionConfig {
  /** `"training"` for standard deviations of the training rows, `"none"` for values as they are (counts, ln(1 + x)). */
  readonly scale: "training" | "none";
}

/**
 * Check how counts become features.
 *
 * @param config Merged configuration.
 * @param genes Genes in the data.
 * @returns One message per problem, empty if fine.
 */
export function checkExpression(config: ScaledExpressionConfig, genes: number): readonly string[] {
  return [
    ...checkChoice("normalize", config.normalize, ["none", "log1p-median"]),
    ...checkWhole("highlyVariable", config.highlyVariable, 0, genes),
    ...checkWhole("components", config.components, 0, genes),
    ...checkChoice("scale", config.scale, ["training", "none"]),
  ];
}

/** Features of each section and what they are. */
export interface ScaledExpression {
  /** Values of each section, `[N, C]`. */
  readonly features: readonly HostArray[];
  /** Shape, unit and names. */
  readonly spec: PartSpec;
}

/** Unit of features that are not z-scored. */
function plainUnit({ normalize, components }: ExpressionConfig): string {
  const unit = normalize === "none" ? "as in the table" : "ln(1 + counts at the median total)";
  return components === 0 ? unit : `principal components of ${unit}`;
}

/**
 * Features from the expression matrix; whatever is fitted is fitted on training sections.
 *
 * @param table The table.
 * @param tissue Its sections.
 * @param config How genes become features.
 * @returns Features of each section, and their specification.
 * @throws {DataError} If there is no `X`, it is not finite, or it has too few genes or rows.
 */
export function scaledExpression(table: AnnData, tissue: Tissue, config: ScaledExpressionConfig): ScaledExpression {
  const { features, names } = expressionOf(table, tissue, config);
  const shape = [names.length];
  if (config.scale === "none") return { features, spec: { shape, names, unit: plainUnit(config) } };
  const scaled = standardizeByTraining(features, tissue.sections.map(({ split }) => split));
  return { features: scaled, spec: { shape, names, unit: "standard deviations of the training rows" } };
}
