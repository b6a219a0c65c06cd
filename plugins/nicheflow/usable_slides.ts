import { type Data, DataError } from "../../core/mod.ts";
import type { NicheFlowConfig } from "./config.ts";
import { evaluationCentres } from "./journeys.ts";
import { makeSlides, type Slide } from "./slides.ts";

/**
 * Cut sections into niches and refuse, before anything is trained, what evaluation could not use.
 *
 * @param data The data set.
 * @param config The method's configuration.
 * @returns Slides in the order of the sections.
 * @throws {DataError} If a section has fewer cells than the niches of another, or no room for evaluation centres.
 */
export async function usableSlides(data: Data, config: NicheFlowConfig): Promise<readonly Slide[]> {
  const slides = await makeSlides(data, config);
  const largest = slides.reduce((best, slide) => slide.size > best.size ? slide : best);
  for (const slide of slides) {
    const cells = slide.pos.shape[0]!;
    if (cells < largest.size) {
      throw new DataError(
        `Cannot use section "${slide.name}": it has ${cells} cells, and the niches of section "${largest.name}" have ` +
          `${largest.size}; leave it out, or lower plugin.config.niche.radius`,
      );
    }
    try {
      evaluationCentres(slide, config.niche);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(
        `Cannot use section "${slide.name}": ${error.message}; lower plugin.config.niche.dx and dy`,
        { cause: error },
      );
    }
  }
  return slides;
}
