const NARROW = /[iljtfrI.,:;'|!()[\] ]/;
const WIDE = /[mwMW@%—…]/;
const UPPER = /[A-Z0-9+±=<>~#&]/;

/**
 * Estimate how wide a line of text is set; drawings are made without a browser that could measure it.
 *
 * @param text The text.
 * @param size Font size in pixels.
 * @returns Pixels, on the generous side for the typefaces of `FONT_STACK`.
 */
export function textWidth(text: string, size: number): number {
  let em = 0;
  for (const char of text) {
    em += NARROW.test(char) ? 0.34 : WIDE.test(char) ? 0.92 : UPPER.test(char) ? 0.66 : char > "\u2e80" ? 1 : 0.57;
  }
  return em * size;
}

/**
 * Shorten text with an ellipsis until it fits.
 *
 * @param text The text.
 * @param size Font size in pixels.
 * @param width Pixels that there are.
 * @returns The text, or its beginning and an ellipsis.
 */
export function fitText(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  const chars = [...text];
  while (chars.length > 1 && textWidth(chars.join("") + "…", size) > width) chars.pop();
  return chars.join("").trimEnd() + "…";
}
