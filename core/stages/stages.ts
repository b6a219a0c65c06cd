import { type Data, readPart, type Section } from "../data.ts";
import { DataError } from "../errors.ts";
import { concatRows, type HostArray } from "../host_array.ts";

/** All cells of one time point that belong to one split. */
export interface Stage {
  /** Index into the data's time points. */
  readonly time: number;
  /** Name as shown. */
  readonly name: string;
  /** Position on the time axis. */
  readonly value: number;
  /** Features of its cells, `[N, G]`, section by section. */
  readonly x: HostArray;
  /** Sections that its cells are of, in the order of `x`. */
  readonly sections: readonly { readonly name: string; readonly rows: number }[];
  /** Category of each cell by label, `[N]`; -1 where it is missing. */
  readonly labels: Readonly<Record<string, Int32Array>>;
}

/** Stages that are trained on, and stages (or other cells of them) that are not. */
export interface StageSplit {
  /** Stages with training sections, in order of time. */
  readonly trained: readonly Stage[];
  /** Cells of test sections by stage, in order of time. */
  readonly heldOut: readonly Stage[];
}

function requireFinite({ data, shape }: HostArray, section: string): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const width = shape[1]!;
  throw new DataError(
    `Cannot use the features of section "${section}": cell ${Math.floor(bad / width)} has ${data[bad]} in column ${
      bad % width
    }, expected finite numbers; leave such cells out`,
  );
}

function labelOf(sections: readonly Section[], name: string): Int32Array {
  return Int32Array.from(sections.flatMap(({ labels, rows }) => [...labels[name] ?? new Int32Array(rows).fill(-1)]));
}

async function stagesOf({ spec, sections }: Data, split: Section["split"]): Promise<readonly Stage[]> {
  const stages: Stage[] = [];
  for (const [time, { name, value }] of spec.times.entries()) {
    const own = sections.filter((section) => section.split === split && section.time === time && section.rows > 0);
    if (own.length === 0) continue;
    const parts: HostArray[] = [];
    for (const section of own) {
      const x = await readPart(section, "x");
      requireFinite(x, section.name);
      parts.push(x);
    }
    const labels = Object.fromEntries(Object.keys(spec.labels).map((label) => [label, labelOf(own, label)]));
    const from = own.map(({ name, rows }) => ({ name, rows }));
    stages.push({ time, name, value, x: concatRows(parts), sections: from, labels });
  }
  return stages;
}

/**
 * Read the cells of a data set stage by stage.
 *
 * @param data The data set, with time points and features `x`.
 * @returns Stages of training and of test sections.
 * @throws {DataError} If there are no time points or no training cells, or a value is not finite.
 */
export async function readStages(data: Data): Promise<StageSplit> {
  const { name, times } = data.spec;
  if (times.length === 0) {
    throw new DataError(`Cannot tell the stages of "${name}" apart: the data have no time points, expected at least 1`);
  }
  const [trained, heldOut] = [await stagesOf(data, "train"), await stagesOf(data, "test")];
  if (trained.length > 0) return { trained, heldOut };
  throw new DataError(`Cannot train on "${name}": all of its stages are held out, leave at least one to train on`);
}
