/** One piece of the U-Net. */
export type Piece =
  | { readonly kind: "convolution"; readonly inputs: number; readonly outputs: number }
  | { readonly kind: "residual"; readonly inputs: number; readonly outputs: number; readonly resample: Resample }
  | { readonly kind: "resample"; readonly resample: Resample }
  | { readonly kind: "attention"; readonly channels: number; readonly heads: number };

/** Whether a piece halves or doubles the sides of its images. */
export type Resample = "none" | "down" | "up";

/** Form of a U-Net. */
export interface UNetShape {
  /** Channels of the images. */
  readonly channels: number;
  /** Width of the first level (d). */
  readonly base: number;
  /** Width of each level in units of the first; each level halves the sides of the one before. */
  readonly multipliers: readonly number[];
  /** Residual blocks of a level of the encoder; the decoder has one more. */
  readonly blocks: number;
  /** Factors of reduction, 1, 2, 4, ..., of levels that have attention; the middle always has it. */
  readonly attentionAt: readonly number[];
  /** Channels of an attention head; divides the widths where there is attention, or exceeds them for a single head. */
  readonly headChannels: number;
  /** What changes the sides of images between levels: `residual` blocks, or pooling and repeating without parameters. */
  readonly resampling: "residual" | "plain";
}

/** The pieces of a U-Net; each entry is evaluated in one go. */
export interface UNetLayout {
  /** Entries of the encoder; the output of each is kept for the decoder. */
  readonly input: readonly (readonly Piece[])[];
  /** The middle. */
  readonly middle: readonly Piece[];
  /** Entries of the decoder; the input of each is joined to what the encoder kept, last first. */
  readonly output: readonly (readonly Piece[])[];
  /** Width of the last entry. */
  readonly last: number;
}

/**
 * Lay out the U-Net of Dhariwal and Nichol (2021).
 *
 * @param shape Form.
 * @returns Its pieces.
 */
export function unetLayout(shape: UNetShape): UNetLayout {
  const { channels, base, multipliers, blocks, attentionAt, headChannels, resampling } = shape;
  const residual = (inputs: number, outputs: number, resample: Resample = "none"): Piece => (
    { kind: "residual", inputs, outputs, resample }
  );
  const attention = (width: number): Piece => ({
    kind: "attention",
    channels: width,
    heads: Math.max(1, Math.floor(width / headChannels)),
  });
  const between = (width: number, resample: Resample): Piece =>
    resampling === "residual" ? residual(width, width, resample) : { kind: "resample", resample };
  const attends = (level: number, width: number): readonly Piece[] =>
    attentionAt.includes(2 ** level) ? [attention(width)] : [];

  const first = multipliers[0]! * base;
  const input: (readonly Piece[])[] = [[{ kind: "convolution", inputs: channels, outputs: first }]];
  const kept = [first];
  let width = first;
  for (const [level, multiplier] of multipliers.entries()) {
    for (let i = 0; i < blocks; i++) {
      input.push([residual(width, multiplier * base), ...attends(level, multiplier * base)]);
      width = multiplier * base;
      kept.push(width);
    }
    if (level === multipliers.length - 1) break;
    input.push([between(width, "down")]);
    kept.push(width);
  }
  const middle = [residual(width, width), attention(width), residual(width, width)];
  const output: (readonly Piece[])[] = [];
  for (let level = multipliers.length - 1; level >= 0; level--) {
    const next = multipliers[level]! * base;
    for (let i = 0; i <= blocks; i++) {
      const joined = width + kept.pop()!;
      width = next;
      const grow = level > 0 && i === blocks ? [between(width, "up")] : [];
      output.push([residual(joined, width), ...attends(level, width), ...grow]);
    }
  }
  return { input, middle, output, last: width };
}
