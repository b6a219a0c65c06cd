import type { SettingsPatch } from "./experiment.ts";

/**
 * The three networks of GMFlow that are compared.
 *
 * `plain` is the paper's, whose hidden layer of 16 units confines what depends on the cell; `skip` adds a linear map past
 * it, `wide` has 128 units.
 */
export const GMFLOW_PRESETS: Readonly<Record<string, SettingsPatch>> = {
  plain: {},
  skip: { plugin: { network: { skip: true } } },
  wide: { plugin: { network: { hidden: 128 } } },
};
