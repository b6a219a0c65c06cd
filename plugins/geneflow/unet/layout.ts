/** One piece of the U-Net. */
export type Piece =
  | { readonly kind: "convolution"; readonly inputs: number; readonly outputs: number }
  | { readonly kind: "residual"; readonly inputs: number; readonly outputs: number; readonly resample: Resample }
  | { readonly kind: "attention"; readonly channels: number; readonly heads: number };

/** Whether a residual block halves or doubles the sides of its images. */
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
  /** Channels of an attention head; divides the widths where there is attention. */
  readonly headChannels: number;
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
 * Lay out the U-Net of Dhariwal and Nichol (2021) with residual blocks that resample.
 *
 * @param shape Form.
 * @returns Its pieces.
 */
export function unetLayout(shape: UNetShape): UNetLayout {
  const { channels, base, multipliers, blocks, attentionAt, headChannels } = shape;
  const residual = (inputs: number, outputs: number, resample: Resample = "none"): Piece => (
    { kind: "residual", inputs, outputs, resample }
  );
  const attention = (width: number): Piece => ({ kind: "attention", channels: width, heads: width / headChannels });
  const attends = (level: number, width: number): readonly Piece[] =>
    attentionAt.includes(2 ** level) ? [attention(width)] : [];

  const input: (readonly Piece[])[] = [[{ kind: "convolution", inputs: channels, outputs: base }]];
  const kept = [base];
  let width = base;
  for (const [level, multiplier] of multipliers.entries()) {
    for (let i = 0; i < blocks; i++) {
      input.push([residual(width, multiplier * base), ...attends(level, multiplier * base)]);
      width = multiplier * base;
      kept.push(width);
    }
    if (level === multipliers.length - 1) break;
    input.push([residual(width, width, "down")]);
    kept.push(width);
  }
  const middle = [residual(width, width), attention(width), residual(width, width)];
  const output: (readonly Piece[])[] = [];
  for (let level = multipliers.length - 1; level >= 0; level--) {
    const next = multipliers[level]! * base;
    for (let i = 0; i <= blocks; i++) {
      const joined = width + kept.pop()!;
      width = next;
      const grow = level > 0 && i === blocks ? [residual(width, width, "up")] : [];
      output.push([residual(joined, width), ...attends(level, width), ...grow]);
    }
  }
  return { input, middle, output, last: width };
}
