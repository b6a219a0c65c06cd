import { checkNumber, checkWhole } from "../../core/mod.ts";

/** Configuration of template. */
export interface TemplateConfig {
  /** Cells per batch. */
  readonly batch: number;
  /** Sizes of the network. */
  readonly network: {
    /** Width of every block. */
    readonly hidden: number;
    /** Residual blocks. */
    readonly blocks: number;
    /** Width of the time features, even. */
    readonly timeDim: number;
  };
  /** How cells are drawn. */
  readonly sampling: {
    /** Equally spaced path times, ends included. */
    readonly points: number;
    /** Cells to draw. */
    readonly cells: number;
  };
}

/** Defaults for a few thousand cells in a few dozen dimensions. */
export const TEMPLATE_DEFAULTS: TemplateConfig = {
  batch: 256,
  network: { hidden: 64, blocks: 3, timeDim: 16 },
  sampling: { points: 21, cells: 1000 },
};

/**
 * Check what the types of a configuration cannot say.
 *
 * @param config Merged configuration.
 * @returns One message per problem, empty if fine.
 */
export function checkTemplate({ batch, network, sampling }: TemplateConfig): readonly string[] {
  const key = (name: string): string => `plugin.config.${name}`;
  return [
    ...checkWhole(key("batch"), batch, 1),
    ...checkWhole(key("network.hidden"), network.hidden, 1),
    ...checkWhole(key("network.blocks"), network.blocks, 0),
    ...checkWhole(key("network.timeDim"), network.timeDim, 4),
    ...checkNumber(key("network.timeDim"), network.timeDim, (v) => v % 2 === 0, "an even number"),
    ...checkWhole(key("sampling.points"), sampling.points, 2),
    ...checkWhole(key("sampling.cells"), sampling.cells, 2),
  ];
}
