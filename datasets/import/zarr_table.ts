import { type Column, DataError, type DataFrame, hostArray, openZarr, type Uns } from "../../core/mod.ts";
import type { ZarrGroup } from "../../core/io/zarr.ts";
import { annDataSource } from "./anndata_source.ts";
import { SPATIAL } from "./check_table.ts";
import { type ImportSource, type SourceOptions, tableSource } from "./source.ts";
import { type Places, placesOf } from "./spatialdata_places.ts";

/**
 * Open an AnnData-Zarr store, or the table of a SpatialData store, of Zarr format 2 or 3.
 *
 * The cells of a SpatialData table get the centroids of the shapes, points or labels that it annotates, in the
 * coordinates of these, unless the table has coordinates itself.
 *
 * @param location Path of a folder or of a .zip of one, or an http(s) address.
 * @param options Which matrix becomes `X`.
 * @returns The table.
 * @throws {DataError} If there is no table or it cannot be read.
 */
export async function openZarrTable(location: string, options: SourceOptions): Promise<ImportSource> {
  const root = await openZarr(location);
  if (root.kind === "array") throw new DataError(`Cannot read ${root.name} as a table: it is a single array`);
  if (await root.member("obs") !== undefined) {
    return await annDataSource({ format: "AnnData-Zarr", location, root }, options);
  }
  const tables = await root.member("tables") ?? await root.member("table");
  if (tables?.kind !== "group") {
    const names = (await root.members().catch(() => [])).slice(0, 8).join(", ");
    throw new DataError(
      `Cannot read ${root.name} as a table: it has no "obs" and no "tables", it holds ${names || "nothing"}`,
    );
  }
  return await spatialDataTable(location, root, tables, options);
}

async function spatialDataTable(
  location: string,
  root: ZarrGroup,
  tables: ZarrGroup,
  options: SourceOptions,
): Promise<ImportSource> {
  const names = await tables.members();
  const name = options.table ?? (names.includes("table") ? "table" : names[0]);
  if (name !== undefined && !names.includes(name)) {
    throw new DataError(`Cannot find table "${name}" in ${tables.name}: there are ${names.join(", ") || "none"}`);
  }
  const table = name === undefined ? undefined : await tables.member(name);
  if (table?.kind !== "group") throw new DataError(`Cannot read ${tables.name}: it holds no table`);
  const source = await annDataSource({ format: "SpatialData-Zarr", location, root: table }, options);
  const others = names.filter((other) => other !== name);
  const notes = [
    ...source.notes,
    ...(others.length === 0 ? [] : [`Took table "${name}"; --table takes another one (${others.join(", ")})`]),
  ];
  if (Object.hasOwn(source.obsm, SPATIAL)) return tableSource({ ...source, notes });
  const found = /^https?:/i.test(location) ? undefined : await annotatedPlaces(location, root, source);
  if (found === undefined) return tableSource({ ...source, notes });
  if (typeof found === "string") return tableSource({ ...source, notes: [...notes, found] });
  return tableSource({
    ...source,
    obsm: { ...source.obsm, spatial: hostArray(found.places, [source.obs.index.length, 2]) },
    notes: [...notes, `Coordinates are centroids of ${found.regions.join(", ")}, in the coordinates of these`],
  });
}

function textOf(uns: Uns | undefined, key: string): string | undefined {
  const value = typeof uns === "object" && uns !== null && key in uns
    ? (uns as { readonly [key: string]: Uns })[key]
    : undefined;
  return typeof value === "string" ? value : undefined;
}

function textsOf(column: Column | undefined): readonly string[] | undefined {
  if (column === undefined) return undefined;
  if (!("kind" in column)) return Array.from(column as ArrayLike<unknown>, String);
  if (column.kind === "categorical") return Array.from(column.codes, (code) => column.categories[code] ?? "");
  return Array.from(column.values, String);
}

function columnIn({ columns }: DataFrame, name: string | undefined): readonly string[] | undefined {
  return name !== undefined && Object.hasOwn(columns, name) ? textsOf(columns[name]) : undefined;
}

/** Places of all rows, or why there are none. */
async function annotatedPlaces(
  folder: string,
  root: ZarrGroup,
  { obs, uns }: ImportSource,
): Promise<{ readonly places: Float64Array; readonly regions: readonly string[] } | string | undefined> {
  const attributes = uns["spatialdata_attrs"];
  const instance = textOf(attributes, "instance_key");
  const [regionOf, idOf] = [columnIn(obs, textOf(attributes, "region_key")), columnIn(obs, instance)];
  if (instance === undefined || regionOf === undefined || idOf === undefined) return undefined;
  const regions = [...new Set(regionOf)];
  const byRegion = new Map<string, Places>();
  for (const region of regions) {
    const places = await placesOf(folder, root, region, instance);
    if (places === undefined) return undefined;
    byRegion.set(region, places);
  }
  const places = new Float64Array(2 * obs.index.length);
  for (const [row, id] of idOf.entries()) {
    const place = byRegion.get(regionOf[row]!)!.get(id);
    if (place === undefined) {
      return `Left out the places of ${regionOf[row]}: it has no instance ${id}, which row ${row} of obs names`;
    }
    places.set(place, 2 * row);
  }
  return { places, regions };
}
