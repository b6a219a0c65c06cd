/**
 * Flow matching on a table of cells with a residual network: a small complete plugin to start from.
 *
 * Title, authors, venue and link of the paper go here, with a list of what differs from it.
 *
 * @module
 */
import type { Plugin } from "../../core/mod.ts";
import { checkTemplate, TEMPLATE_DEFAULTS, type TemplateConfig } from "./config.ts";
import { buildTemplate } from "./model.ts";

export * from "./config.ts";
export * from "./model.ts";
export * from "./network.ts";

/** The plugin. */
export const plugin: Plugin<TemplateConfig> = Object.freeze({
  name: "template",
  contract: 1,
  paper: {
    title: "Title of the paper",
    authors: "Its authors",
    year: 2026,
    url: "https://example.org",
  },
  defaults: TEMPLATE_DEFAULTS,
  check: checkTemplate,
  build: buildTemplate,
});
