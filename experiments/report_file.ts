import { seal } from "../core/config/seal.ts";
import { CheckpointError, type Figure, type Metric, RUN_FORMAT } from "../core/mod.ts";
import { replaceFolderAtomic, writeFileAtomic } from "../core/io/atomic.ts";
import { renderReport, type ReportInput } from "../core/report/mod.ts";
import { readVersioned, requireKnownFormat } from "../core/run/record.ts";

/** `report.json`: what the report shows, with its drawings in `figures/`. */
interface ReportDocument extends Omit<ReportInput, "figures"> {
  readonly format: number;
  readonly figures: readonly FigureEntry[];
}

interface FigureEntry extends Omit<Figure, "frames"> {
  readonly frames: readonly { readonly label: string; readonly file: string }[];
}

function entryOf({ frames, ...figure }: Figure): FigureEntry {
  const digits = String(frames.length).length;
  const fileOf = (i: number): string =>
    frames.length === 1 ? `${figure.id}.svg` : `${figure.id}-${String(i + 1).padStart(Math.max(2, digits), "0")}.svg`;
  return { ...figure, frames: frames.map(({ label }, i) => ({ label, file: fileOf(i) })) };
}

async function writeFigures(folder: string, figures: readonly Figure[]): Promise<readonly FigureEntry[]> {
  const entries = figures.map(entryOf);
  await replaceFolderAtomic(`${folder}/figures`, async (partial) => {
    for (const [i, { frames }] of entries.entries()) {
      for (const [j, { file }] of frames.entries()) {
        await Deno.writeTextFile(`${partial}/${file}`, figures[i]!.frames[j]!.svg);
      }
    }
  });
  return entries;
}

/**
 * Write `figures/*.svg`, `report.json` and `report.html` of a run.
 *
 * @param folder The run folder.
 * @param input What the report shows.
 * @throws {CheckpointError} If they cannot be written.
 */
export async function writeReport(folder: string, input: ReportInput): Promise<void> {
  const figures = await writeFigures(folder, input.figures);
  const document: ReportDocument = { format: RUN_FORMAT, ...input, figures };
  await writeFileAtomic(`${folder}/report.json`, `${JSON.stringify(await seal({ ...document }), null, 2)}\n`);
  await writeFileAtomic(`${folder}/report.html`, renderReport(input));
}

/** JSON has no NaN: a value that is not finite was written as null. */
function restored({ value, anchors, ...metric }: Metric): Metric {
  const number = (found: number | null): number => found ?? NaN;
  return {
    ...metric,
    value: number(value),
    anchors: Object.fromEntries(Object.entries(anchors).map(([name, anchor]) => [name, number(anchor)])),
  };
}

/**
 * Read what the report of a run shows.
 *
 * @param folder The run folder.
 * @returns The content of the report, with the drawings of `figures/` as they are now.
 * @throws {CheckpointError} If the run has no report, a drawing is missing, or a newer version wrote it.
 */
export async function readReport(folder: string): Promise<ReportInput> {
  const path = `${folder}/report.json`;
  const fail = (what: string, cause?: unknown): never => {
    throw new CheckpointError(
      `Cannot read the report of run "${folder}": ${what}; write it anew with "deno task eval ${folder}"`,
      { cause },
    );
  };
  const found = await readVersioned(path, "report") ?? fail("it has no report.json");
  requireKnownFormat(found, path);
  const { format: _, figures, ...rest } = found as unknown as ReportDocument;
  if (!Array.isArray(figures) || !Array.isArray(rest.metrics)) return fail("report.json is incomplete");
  const read = async ({ frames, ...figure }: FigureEntry): Promise<Figure> => ({
    ...figure,
    frames: await Promise.all(frames.map(async ({ label, file }) => ({
      label,
      svg: await Deno.readTextFile(`${folder}/figures/${file}`).catch((cause) => fail(`${file} is missing`, cause)),
    }))),
  });
  return { ...rest, metrics: rest.metrics.map(restored), figures: await Promise.all(figures.map(read)) };
}
