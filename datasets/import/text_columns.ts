import type { Column } from "../../core/mod.ts";

/**
 * Turn texts into the column that pandas would make of them.
 *
 * @param texts One text per row; an empty one is missing.
 * @returns Whole numbers as int32, other numbers as float64, True and False as truth values, else texts.
 */
export function columnOf(texts: readonly string[]): Column {
  if (texts.every((text) => /^(true|false)$/i.test(text))) return texts.map((text) => /^true$/i.test(text));
  const numbers = Float64Array.from(texts, (text) => text.trim() === "" || text === "NA" ? NaN : Number(text));
  const isText = numbers.some((value, i) => Number.isNaN(value) && !/^(\s*|NA|nan)$/i.test(texts[i]!));
  if (isText || (texts.length > 0 && texts.every((text) => text.trim() === ""))) return texts;
  return numbers.every((value) => value === (value | 0)) ? Int32Array.from(numbers) : numbers;
}

/**
 * Make names unique as AnnData's `var_names_make_unique` does: the second `A` becomes `A-1`.
 *
 * @param names Names.
 * @returns Names of which none repeats.
 */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set(names);
  const next = new Map<string, number>();
  return names.map((name) => {
    const count = next.get(name);
    if (count === undefined) {
      next.set(name, 1);
      return name;
    }
    let number = count;
    while (taken.has(`${name}-${number}`)) number++;
    next.set(name, number + 1);
    taken.add(`${name}-${number}`);
    return `${name}-${number}`;
  });
}
