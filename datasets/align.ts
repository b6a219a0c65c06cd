import { applyRigid, dropFragments, looksUnaligned, registerByLabels } from "../core/mod.ts";
import { selectCells, type Tissue, type TissueSection } from "./tissue.ts";

/** A training section to compare each section with: the one before it, or for test sections the nearest in time. */
function reference(sections: readonly TissueSection[], at: number): number | undefined {
  const section = sections[at]!;
  const training = sections.flatMap(({ split }, i) => split === "train" ? [i] : []);
  if (section.split === "train") return training.findLast((i) => i < at);
  const distance = (i: number): number => Math.abs(sections[i]!.time - section.time);
  return training.reduce((best, i) => distance(i) < distance(best) ? i : best, training[0]!);
}

function canCompare(tissue: Tissue): boolean {
  return tissue.labels.length > 1 && tissue.sections.every(({ pos }) => pos.shape[1] === 2);
}

const labelled = ({ pos, label }: TissueSection): { points: TissueSection["pos"]; label: Int32Array } => ({
  points: pos,
  label,
});

/**
 * Leave out pieces that are linked to no tissue.
 *
 * @param tissue The tissue.
 * @param note Told how many cells were left out of which section.
 * @returns The tissue without stray cells.
 */
export function withoutFragments(tissue: Tissue, note: (message: string) => void): Tissue {
  return selectCells(tissue, ({ name, pos }) => {
    const kept = dropFragments(pos);
    const dropped = pos.shape[0]! - kept.length;
    if (dropped > 0) note(`Left out ${dropped} stray cells of section "${name}"`);
    return kept;
  });
}

/**
 * Bring all sections into the frame of the first one by rigid maps, mirrors allowed.
 *
 * A training section is laid onto the training section before it, a test section onto the training section nearest in
 * time, so that no training section depends on a test section.
 *
 * @param tissue The tissue, with labels and two coordinates.
 * @param note Told what was done with each section.
 * @returns The tissue in one frame; unchanged if it has no labels or three coordinates.
 */
export function registerSections(tissue: Tissue, note: (message: string) => void): Tissue {
  if (!canCompare(tissue)) {
    note("Sections were not registered, since that needs labels and two coordinates");
    return tissue;
  }
  const moved = [...tissue.sections];
  const order = moved.map((_, i) => i).sort((a, b) =>
    Number(moved[a]!.split === "test") - Number(moved[b]!.split === "test")
  );
  for (const at of order) {
    const to = reference(tissue.sections, at);
    if (to === undefined) continue;
    const { map, agreement } = registerByLabels(labelled(moved[at]!), labelled(moved[to]!));
    moved[at] = { ...moved[at]!, pos: applyRigid(map, moved[at]!.pos) };
    const how = map.reflected ? "mirrored and turned" : "turned";
    note(
      `Section "${moved[at]!.name}" ${how} onto "${moved[to]!.name}": ${percent(agreement)} of nearest labels agree`,
    );
  }
  return { ...tissue, sections: moved };
}

/**
 * Warn of sections that look turned or mirrored against each other.
 *
 * @param tissue The tissue; without labels or with three coordinates nothing is checked.
 * @param warn Told of each pair, with the fix.
 */
export function warnUnaligned(tissue: Tissue, warn: (message: string) => void): void {
  if (!canCompare(tissue)) return;
  tissue.sections.forEach((section, at) => {
    const to = reference(tissue.sections, at);
    const found = to === undefined ? undefined : looksUnaligned(labelled(section), labelled(tissue.sections[to]!));
    if (found === undefined) return;
    const parts = [found.mirrored ? "mirrored" : "", found.degrees === 0 ? "" : `turned by ${found.degrees} degrees`];
    const turn = parts.filter((part) => part !== "").join(" and ");
    warn(
      `Sections "${section.name}" and "${tissue.sections[to!]!.name}" look unaligned: ${percent(found.asGiven)} of ` +
        `nearest labels agree, ${percent(found.better)} if ${turn}; set dataset.config.register=labels`,
    );
  });
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
