import {
  checkNumber,
  checkText,
  checkWhole,
  countWithin,
  DataError,
  hostArray,
  modalCount,
  nicheMembers,
  takeRows,
} from "../../core/mod.ts";
import { numberIn } from "./fitted.ts";
import { finiteCoordinates, sectionsOf } from "./sections.ts";
import { type Applied, type Fitted, type Params, type StepKind, stepKind } from "./step.ts";
import { NICHES, type StreamTable } from "./stream_table.ts";

/** What a niche is. */
export interface NichesParams extends Params {
  /** Cells of a niche, the centre included; 0 if the radius decides. */
  readonly k: number;
  /** The most frequent number of cells within this radius is the size of all niches; 0 if k decides. */
  readonly radius: number;
  /** Column of `obs` with the section; empty if all cells are one section. */
  readonly section: string;
  /** Entry of `obsm` with the coordinates. */
  readonly key: string;
}

/** One size for all sections, from those that may be fitted on. */
function sizeOf(table: StreamTable, params: NichesParams): Fitted {
  if (params.k > 0) return {};
  const points = finiteCoordinates(table, params.key);
  const counts = sectionsOf(table, params.section).flatMap(({ rows }) => {
    const within = countWithin(takeRows(points, rows), params.radius);
    return Array.from(within).filter((_, i) => table.train === undefined || table.train[rows[i]!] === 1);
  });
  if (counts.length === 0) throw new DataError("Cannot form niches: there are no training cells");
  return { size: modalCount(counts) };
}

function membersOf(table: StreamTable, params: NichesParams, size: number): Applied {
  const points = finiteCoordinates(table, params.key);
  const members = new Int32Array(points.shape[0]! * size);
  for (const { name, rows } of sectionsOf(table, params.section)) {
    if (rows.length < size) {
      const where = name === "" ? "the table" : `section "${name}"`;
      throw new DataError(`Cannot form niches of ${size} cells: ${where} has ${rows.length} cells`);
    }
    const local = nicheMembers(takeRows(points, rows), size);
    rows.forEach((row, i) => {
      for (let j = 0; j < size; j++) members[row * size + j] = rows[local[i * size + j]!]!;
    });
  }
  const niches = hostArray(members, [points.shape[0]!, size]);
  return { table: { ...table, obsm: { ...table.obsm, [NICHES]: niches } }, counts: { niche_size: size } };
}

/** The cells around each cell. */
export const niches: StepKind<NichesParams> = stepKind(
  {
    name: "niches",
    description: "cells of the niche of each cell, by k or radius, the centre first: rows in obsm/niches",
    defaults: { k: 0, radius: 0, section: "", key: "spatial" } as NichesParams,
  },
  ({ k, radius, key }) => [
    ...checkWhole("k", k, 0),
    ...checkNumber("radius", radius, (value) => value >= 0, "a number of at least 0"),
    ...((k > 0) === (radius > 0) ? [`k is ${k} and radius is ${radius}, expected one of them above 0`] : []),
    ...checkText("key", key),
  ],
  {
    fit: (table, params) => Promise.resolve(sizeOf(table, params)),
    apply: (table, params, fitted) => membersOf(table, params, params.k > 0 ? params.k : numberIn(fitted, "size")),
  },
);
