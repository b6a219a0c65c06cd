import type { Column, DataFrame } from "../../core/mod.ts";
import { uniqueNames } from "./text_columns.ts";

/** Features of a 10x file. */
export interface Features {
  /** Identifiers, for example of Ensembl. */
  readonly ids: readonly string[];
  /** Names, for example gene symbols; they may repeat. */
  readonly names: readonly string[];
  /** Further columns, for example `feature_types`. */
  readonly columns: Readonly<Record<string, Column>>;
}

/**
 * Make the table of features as scanpy does: symbols name the rows, identifiers stand in `gene_ids`.
 *
 * @param features The features.
 * @param note Receives what was changed.
 * @returns The table; symbols that repeat get a number, as `var_names_make_unique` gives them.
 */
export function featureTable({ ids, names, columns }: Features, note: (sentence: string) => void): DataFrame {
  const index = uniqueNames(names);
  const changed = index.filter((name, i) => name !== names[i]).length;
  if (changed > 0) {
    note(
      `${changed} features share their name with another one and got a number, for example "${
        index.find((name, i) => name !== names[i])
      }"; their identifiers are in var/gene_ids`,
    );
  }
  return { index, columns: { gene_ids: ids, ...columns } };
}

/** Texts as categories in order of name, as pandas makes them. */
export function categoriesOf(texts: readonly string[]): Column {
  const categories = [...new Set(texts)].sort();
  const codeOf = new Map(categories.map((name, code) => [name, code]));
  return {
    kind: "categorical",
    codes: Int32Array.from(texts, (text) => codeOf.get(text)!),
    categories,
    ordered: false,
  };
}
