import {
  concatRows,
  type DataSpec,
  dotMapFrames,
  type Figure,
  fitPca,
  type HostArray,
  hostArray,
  projectPca,
  type Rng,
  scatterPlot,
  takeRows,
  type Trained,
} from "../../core/mod.ts";
import { findDomains, namedDomains } from "./domains.ts";
import { componentsOf } from "./expression.ts";
import { domainStream, type SectionSample, type SedrSamples } from "./samples.ts";

/** Most sections whose domains are drawn, and most cells of the embedding in all. */
const [SECTIONS, CELLS] = [6, 6000];

/** The first two columns. */
function planar({ data, shape }: { readonly data: ArrayLike<number>; readonly shape: readonly number[] }): HostArray {
  const [rows, width] = shape as [number, number];
  return hostArray(Float32Array.from({ length: 2 * rows }, (_, i) => data[(i >> 1) * width + (i & 1)]!), [rows, 2]);
}

async function domainMaps(
  { sections, embedder: { fitted, config } }: SedrSamples,
  { parts, labels }: DataSpec,
  label: string | undefined,
  trained: Trained,
): Promise<readonly Figure[]> {
  const shown = sections.filter(({ domain }) => domain !== undefined).slice(0, SECTIONS);
  if (shown.length === 0) return [];
  const categories = label === undefined ? [] : labels[label]!;
  let most = categories.length;
  const called = ({ section }: SectionSample, domain: Int32Array): Int32Array => {
    const measured = label === undefined ? new Int32Array(domain.length).fill(-1) : section.labels[label]!;
    const named = namedDomains(domain, measured, categories.length);
    most = named.reduce((top, each) => Math.max(top, each + 1), most);
    return named;
  };
  const frames = [];
  for (const sample of shown) {
    const { section, domain } = sample;
    const points = planar(section.positions);
    const count = domain!.reduce((top, each) => Math.max(top, each), 0) + 1;
    const stream = domainStream(trained, section.name, 0);
    const plain = await findDomains(await componentsOf(fitted, section), count, config.domains.starts, stream);
    frames.push({
      label: `${section.name} (${section.heldOut ? "held out" : "fitted"})`,
      panels: [
        ...(label === undefined ? [] : [{ title: `Measured: ${label}`, points, category: section.labels[label]! }]),
        { title: "Domains found in SEDR", points, category: called(sample, domain!) },
        { title: "Domains found in components", points, category: called(sample, plain) },
      ],
    });
  }
  const unit = parts["pos"]!.unit;
  const names = Array.from({ length: most }, (_, i) => categories[i] ?? `domain ${i + 1 - categories.length}`);
  return [{
    id: "domains",
    title: "Domains of tissue",
    caption: `Clusters of k-means${
      label === undefined ? "" : `, as many as ${label} has, in the colour of the category that they overlap most with`
    }; positions in ${unit}.`,
    frames: dotMapFrames({
      title: "Domains of tissue",
      frames,
      categories: names,
      columns: 3,
      ...(unit === "µm" ? { unit } : {}),
    }),
  }];
}

function embeddingMap(
  { sections }: SedrSamples,
  { labels }: DataSpec,
  label: string | undefined,
  rng: Rng,
): readonly Figure[] {
  const z = concatRows(sections.map((sample) => sample.z));
  const cells = z.shape[0]!;
  if (cells < 3) return [];
  const some = cells <= CELLS ? Int32Array.from({ length: cells }, (_, i) => i) : rng.host.choice(cells, CELLS).sort();
  const points = takeRows(z, some);
  const plane = projectPca(fitPca(points, 2), points);
  const names = label === undefined ? sections.map(({ section }) => section.name) : labels[label]!;
  const kind = sections.flatMap(({ section, z }, at) =>
    label === undefined ? Array<number>(z.shape[0]!).fill(at) : [...section.labels[label]!]
  );
  const series = names.map((name, code) => {
    const rows = Int32Array.from(some.keys()).filter((at) => kind[some[at]!] === code);
    return { name, points: takeRows(plane, rows) };
  }).filter(({ points }) => points.shape[0]! > 0);
  return [{
    id: "embedding",
    title: "Embedding",
    caption: `First two principal components of ${some.length} embedded cells of all sections, by ${
      label ?? "section"
    }.`,
    frames: [{
      label: "",
      svg: scatterPlot({
        title: "Embedded cells",
        xLabel: "PC1 of the embedding",
        yLabel: "PC2 of the embedding",
        series,
      }),
    }],
  }];
}

/**
 * Draw domains where they lie, measured and found, and the embedding.
 *
 * @param samples Embedded sections.
 * @param label Label that domains are compared with; absent if there is none.
 * @param trained Data and stream.
 * @returns Figures in the order of the report.
 */
export async function sedrFigures(
  samples: SedrSamples,
  label: string | undefined,
  trained: Trained,
): Promise<readonly Figure[]> {
  const { spec } = trained.data;
  return [
    ...await domainMaps(samples, spec, label, trained),
    ...embeddingMap(samples, spec, label, trained.rng.fold("figures")),
  ];
}
