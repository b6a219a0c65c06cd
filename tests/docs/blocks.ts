/** A fenced block of a page. */
export interface Block {
  /** Language, for example `ts`. */
  readonly language: string;
  /** File name beside the language; empty if there is none. */
  readonly file: string;
  /** What it holds. */
  readonly text: string;
}

/**
 * List the fenced blocks of a page in order.
 *
 * @param page Markdown.
 */
export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```(\w+)(?: ([^\n]+))?\n([\s\S]*?)^```$/gm)].map(([, language, file, text]) => ({
    language: language!,
    file: file?.trim() ?? "",
    text: text!,
  }));
}
