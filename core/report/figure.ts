/** A picture of a report; the SVG stands alone (own size, no outside references, no scripts). */
export interface Figure {
  /** File name without extension, unique in a run, kebab-case. */
  readonly id: string;
  /** Heading, sentence case. */
  readonly title: string;
  /** What is seen, on which data, in which unit; one or two sentences. */
  readonly caption: string;
  /** Drawings in reading order; more than one are frames that the report lets the reader step through. */
  readonly frames: readonly Frame[];
}

/** One drawing of a figure. */
export interface Frame {
  /** Short label, for example `"t = 0.35"`; empty if the figure has one frame. */
  readonly label: string;
  /** An `<svg>` element with `viewBox`, `role="img"` and a `<title>`. */
  readonly svg: string;
}
