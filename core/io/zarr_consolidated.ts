import type { ZarrFormat } from "./zarr_array_document.ts";
import type { ZarrDocument } from "./zarr_metadata.ts";

/** User attributes of a group or array. */
export type ZarrAttributes = Readonly<Record<string, unknown>>;

/** Metadata of an array or group. */
export interface NodeMetadata {
  /** What the format prescribes. */
  readonly document: ZarrDocument;
  /** User attributes. */
  readonly attributes: ZarrAttributes;
}

/**
 * The metadata documents of an array or group.
 *
 * @param format Version of the Zarr format.
 * @param node Its metadata.
 * @returns Documents by file name.
 */
export function nodeDocuments(format: ZarrFormat, node: NodeMetadata): Readonly<Record<string, ZarrDocument>> {
  const { document, attributes } = node;
  if (format === 3) return { "zarr.json": { ...document, attributes } };
  const name = "shape" in document ? ".zarray" : ".zgroup";
  return Object.keys(attributes).length === 0 ? { [name]: document } : { [name]: document, ".zattrs": attributes };
}

/**
 * The document that repeats the metadata of all nodes, for readers that cannot list folders.
 *
 * @param format Version of the Zarr format.
 * @param nodes Metadata by path without outer slashes; the root, with an empty path, among them.
 * @returns File name and content; in format 3 it takes the place of the root's own document.
 */
export function consolidatedDocument(
  format: ZarrFormat,
  nodes: ReadonlyMap<string, NodeMetadata>,
): readonly [name: string, document: ZarrDocument] {
  return format === 2 ? [".zmetadata", consolidatedV2(nodes)] : ["zarr.json", consolidatedV3(nodes)];
}

function consolidatedV2(nodes: ReadonlyMap<string, NodeMetadata>): ZarrDocument {
  const metadata = [...nodes].flatMap(([path, node]) =>
    Object.entries(nodeDocuments(2, node)).map(([name, document]) => [path === "" ? name : `${path}/${name}`, document])
  );
  return { metadata: Object.fromEntries(metadata), zarr_consolidated_format: 1 };
}

function inline(metadata: ZarrDocument): ZarrDocument {
  return { kind: "inline", must_understand: false, metadata };
}

function depth(path: string): number {
  return path.split("/").length;
}

function consolidatedV3(nodes: ReadonlyMap<string, NodeMetadata>): ZarrDocument {
  // zarr-python expects parents before children, siblings side by side, and groups that promise to be complete.
  const members = [...nodes].filter(([path]) => path !== "");
  members.sort(([a], [b]) => depth(a) - depth(b) || (a < b ? -1 : 1));
  const metadata = members.map(([path, { document, attributes }]) => {
    const full = { ...document, attributes };
    return [path, "shape" in document ? full : { ...full, consolidated_metadata: inline({}) }];
  });
  const root = nodes.get("")!;
  return {
    ...root.document,
    attributes: root.attributes,
    consolidated_metadata: inline(Object.fromEntries(metadata)),
  };
}
