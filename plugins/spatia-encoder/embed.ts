import {
  breathe,
  concatRows,
  dispose,
  farthestPoints,
  fromHost,
  type HostArray,
  intTensor,
  type Params,
  rng as streamOf,
  takeRows,
  type Tensor,
  tensor,
  tidy,
  toHost,
} from "../../core/mod.ts";
import type { SpatiaEncoderConfig } from "./config.ts";
import type { PlacedNiches } from "./context.ts";
import type { ImageLayout } from "./image_layout.ts";
import { cellInputs, tensorsOf, type View } from "./inputs.ts";
import type { SpatiaNetwork } from "./network.ts";
import type { SpatiaSection } from "./sections.ts";
import type { Pass } from "./transformer.ts";

/** Cells that are encoded at a time. */
const CHUNK = 128;

/** Nothing is dropped. */
const STILL: Pass = { train: false, rng: streamOf(0) };

/** What embeds sections. */
export interface SpatiaEmbedder {
  /** The network. */
  readonly network: SpatiaNetwork;
  /** Parameters; borrowed. */
  readonly params: Params;
  /** Configuration. */
  readonly config: SpatiaEncoderConfig;
  /** How images become tokens; absent without images. */
  readonly layout?: ImageLayout;
}

/** Embeddings of the cells of a section. */
export interface SectionEmbedding {
  /** All levels joined, `[N, E]`. */
  readonly z: HostArray;
  /** Cells by themselves, `[N, E]`. */
  readonly cell: HostArray;
  /** Niches, `[N, E]`; absent without that level. */
  readonly niche?: HostArray;
  /** Tissue as each niche sees it, `[N, E]`; absent without that level. */
  readonly tissue?: HostArray;
  /** Mean image token before fusion, which the contrast compares, `[N, E]`; absent without images. */
  readonly image?: HostArray;
  /** Token of the cell among its genes before fusion, `[N, E]`; absent without counts. */
  readonly genes?: HostArray;
}

/** Make tensors from borrowed ones, read them, and leave nothing behind. */
async function readAll<K extends string>(
  borrowed: readonly Tensor[],
  make: () => Readonly<Partial<Record<K, Tensor>>>,
): Promise<Readonly<Partial<Record<K, HostArray>>>> {
  const made = tidy(make) as Readonly<Record<string, Tensor>>;
  try {
    const out: Record<string, HostArray> = {};
    for (const [name, each] of Object.entries(made)) out[name] = await toHost(each);
    return out as Partial<Record<K, HostArray>>;
  } finally {
    dispose([...borrowed, ...Object.values(made)]);
  }
}

function chunksOf(rows: number): Int32Array[] {
  return Array.from({ length: Math.ceil(rows / CHUNK) }, (_, part) => {
    const from = part * CHUNK;
    return Int32Array.from({ length: Math.min(CHUNK, rows - from) }, (_, i) => from + i);
  });
}

/** Join what was made of the chunks, name by name. */
function joined<K extends string>(
  parts: readonly Readonly<Partial<Record<K, HostArray>>>[],
): Partial<Record<K, HostArray>> {
  const names = Object.keys(parts[0]!) as K[];
  return Object.fromEntries(names.map((name) => [name, concatRows(parts.map((part) => part[name]!))])) as Partial<
    Record<K, HostArray>
  >;
}

async function nicheChunk(
  { network, params }: SpatiaEmbedder,
  { niches, places }: SpatiaSection,
  cells: HostArray,
  rows: Int32Array,
): Promise<HostArray> {
  const { size } = niches;
  const from = rows[0]! * size;
  const index = niches.index.subarray(from, from + rows.length * size);
  const offsets = Float32Array.from({ length: 2 * index.length }, (_, at) => {
    const [own, other] = [rows[Math.floor(at / 2 / size)]!, index[at >> 1]!];
    return places.data[2 * other + at % 2]! - places.data[2 * own + at % 2]!;
  });
  const all = fromHost(cells);
  const inputs = {
    index: intTensor(index),
    seen: tensor(niches.seen.slice(from, from + index.length), [rows.length, size]),
    offsets: tensor(offsets, [index.length, 2]),
  };
  const { z } = await readAll<"z">(
    [all, ...Object.values(inputs)],
    () => ({ z: network.niches(params, all, inputs, STILL) }),
  );
  return z!;
}

async function tissueOf(
  { network, params, config }: SpatiaEmbedder,
  { places, rows }: SpatiaSection,
  niches: HostArray,
): Promise<HostArray> {
  const upload = (index: Int32Array): PlacedNiches => ({
    niches: fromHost(takeRows(niches, index)),
    places: fromHost(takeRows(places, index)),
  });
  const most = config.tissueNiches;
  const some = rows <= most ? undefined : farthestPoints(places, most);
  const made: HostArray[] = [];
  for (const chunk of some === undefined ? [Int32Array.from({ length: rows }, (_, i) => i)] : chunksOf(rows)) {
    const own = upload(chunk);
    const others = some === undefined ? undefined : upload(some);
    const borrowed = [own, ...(others === undefined ? [] : [others])].flatMap((each) => [each.niches, each.places]);
    made.push((await readAll<"z">(borrowed, () => ({ z: network.tissue(params, own, others, STILL) }))).z!);
  }
  return concatRows(made);
}

/**
 * Embed the cells of a section: nothing is hidden or dropped, so that equal calls give equal bits.
 *
 * @param embedder What embeds.
 * @param section The section, its counts perhaps with entries that were emptied.
 * @param view Which modalities are seen. @default {both}
 * @returns Embeddings at all levels.
 */
export async function embedSection(
  embedder: SpatiaEmbedder,
  section: SpatiaSection,
  view: View = { image: true, genes: true },
): Promise<SectionEmbedding> {
  const { network, params, config, layout } = embedder;
  const parts: Partial<Record<"z" | "image" | "genes", HostArray>>[] = [];
  for (const rows of chunksOf(section.rows)) {
    await breathe();
    const inputs = cellInputs(section, rows, config, layout, view);
    parts.push(
      await readAll<"z" | "image" | "genes">(tensorsOf(inputs), () => {
        const { z, image, genes } = network.cells(params, inputs, STILL);
        return { z, ...(image === undefined ? {} : { image }), ...(genes === undefined ? {} : { genes }) };
      }),
    );
  }
  const { z: cell, image, genes } = joined(parts);
  const { levels } = network.sizes.context;
  const niche: HostArray[] = [];
  if (levels.includes("niche")) {
    for (const rows of chunksOf(section.rows)) niche.push(await nicheChunk(embedder, section, cell!, rows));
  }
  const niches = niche.length === 0 ? undefined : concatRows(niche);
  const tissue = levels.includes("tissue") ? await tissueOf(embedder, section, niches ?? cell!) : undefined;
  const all = [cell!, ...[niches, tissue].filter((each) => each !== undefined)];
  const tensors = all.map(fromHost) as [Tensor, ...Tensor[]];
  const { z } = await readAll<"z">(tensors, () => ({ z: network.join(params, tensors) }));
  return {
    z: z!,
    cell: cell!,
    ...(niches === undefined ? {} : { niche: niches }),
    ...(tissue === undefined ? {} : { tissue }),
    ...(image === undefined ? {} : { image }),
    ...(genes === undefined ? {} : { genes }),
  };
}
