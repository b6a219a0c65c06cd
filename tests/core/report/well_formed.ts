/** An element of a parsed document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
}

const TOKEN = /<([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|<\/([A-Za-z][\w:-]*)>|([^<]+)/y;
const ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i;

function decode(text: string): string {
  if (ENTITY.test(text)) throw new SyntaxError(`Stray ampersand in ${JSON.stringify(text.slice(0, 60))}`);
  const names: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(
    /&(?:#(\d+)|(\w+));/g,
    (_, code, name) => code ? String.fromCodePoint(+code) : names[name] ?? "?",
  );
}

/**
 * Parse the XML that drawings consist of, strictly; throws on anything that is not well-formed.
 *
 * @param text One element.
 * @returns The element.
 */
export function parseXml(text: string): XmlElement {
  const top: XmlElement = { name: "", attributes: {}, children: [] };
  const open: XmlElement[] = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new SyntaxError(`Unreadable markup at ${JSON.stringify(text.slice(at, at + 60))}`);
    const [, name, written, empty, closing, content] = match;
    const parent = open.at(-1)!.children as (XmlElement | string)[];
    if (content !== undefined) parent.push(decode(content));
    else if (closing !== undefined) {
      if (open.pop()!.name !== closing) throw new SyntaxError(`Unexpected </${closing}>`);
    } else {
      const attributes: Record<string, string> = {};
      for (const [, key, value] of written!.matchAll(/\s+([\w:-]+)="([^"]*)"/g)) {
        if (key! in attributes) throw new SyntaxError(`Attribute ${key} of <${name}> is given twice`);
        attributes[key!] = decode(value!);
      }
      const element = { name: name!, attributes, children: [] };
      parent.push(element);
      if (empty === "") open.push(element);
    }
  }
  const [root] = top.children;
  if (open.length !== 1 || top.children.length !== 1 || typeof root !== "object") {
    throw new SyntaxError("Not exactly one closed element");
  }
  return root;
}

/**
 * All elements of a name, in document order.
 *
 * @param root Where to start.
 * @param name Tag.
 * @returns The elements, `root` included.
 */
export function elements(root: XmlElement, name: string): readonly XmlElement[] {
  const below = root.children.flatMap((child) => typeof child === "string" ? [] : elements(child, name));
  return root.name === name ? [root, ...below] : below;
}

/**
 * The text of all `<text>` elements.
 *
 * @param root The drawing.
 * @returns One entry per line of text.
 */
export function texts(root: XmlElement): readonly string[] {
  return elements(root, "text").map(({ children }) => children.join(""));
}
