import type { AnnData, Column, DataFrame, Matrix, Uns } from "../../../core/io/anndata.ts";
import { runPython } from "../../python.ts";

/** JSON that says all there is to say about a table, made by TypeScript or, for a store, by Python's anndata. */
export type Dump = unknown;

function numbers(values: ArrayLike<number>): unknown[] {
  return Array.from(values, (value) => Number.isFinite(value) ? value : String(value).toLowerCase());
}

function dtypeOf(values: object): string {
  return values.constructor.name.replace("Array", "").toLowerCase();
}

function dumpColumn(column: Column): Dump {
  if (ArrayBuffer.isView(column)) return { dtype: dtypeOf(column), values: numbers(column) };
  if (!("kind" in column)) return { dtype: typeof column[0] === "boolean" ? "bool" : "object", values: column };
  if (column.kind === "categorical") return { ...column, codes: [...column.codes] };
  const values = Array.from(column.missing, (missing, i) => missing ? 0 : Number(column.values[i]));
  const dtype = ArrayBuffer.isView(column.values) ? dtypeOf(column.values) : "bool";
  return { kind: "nullable", dtype, values, missing: [...column.missing] };
}

function dumpFrame({ index, columns }: DataFrame): Dump {
  const dumped = Object.entries(columns).map(([name, column]) => [name, dumpColumn(column)]);
  return { index, order: Object.keys(columns), columns: Object.fromEntries(dumped) };
}

function dumpMatrix(matrix: Matrix): Dump {
  const { data, shape } = matrix;
  if (!("kind" in matrix)) return { dtype: dtypeOf(data), shape, values: numbers(data) };
  const { kind, indptr, indices } = matrix;
  return { kind, dtype: dtypeOf(data), shape, indptr: [...indptr], indices: [...indices], values: numbers(data) };
}

function dumpEach(matrices: Readonly<Record<string, Matrix>>): Dump {
  return Object.fromEntries(Object.entries(matrices).map(([name, matrix]) => [name, dumpMatrix(matrix)]));
}

function dumpUns(value: Uns): Dump {
  if (typeof value === "number") return numbers([value])[0];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if ("data" in value && ArrayBuffer.isView(value.data)) return dumpMatrix(value as Matrix);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, dumpUns(member)]));
}

/** Dump a table in memory. */
export function dump(table: AnnData): Dump {
  const { X, layers, obsm, varm, obsp, uns } = table;
  return {
    X: X === undefined ? null : dumpMatrix(X),
    obs: dumpFrame(table.obs),
    var: dumpFrame(table.var),
    layers: dumpEach(layers),
    obsm: dumpEach(obsm),
    varm: dumpEach(varm),
    obsp: dumpEach(obsp),
    uns: dumpUns(uns),
  };
}

const PROGRAM = `
import json, sys, warnings
warnings.simplefilter(sys.argv[1])
warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", message=".*Transforming to str index.*")
import anndata, numpy, pandas, scipy.sparse

def number(value):
    value = value.item() if hasattr(value, "item") else value
    return value if value == value and value not in (float("inf"), float("-inf")) else \\
        {"nan": "nan", "inf": "infinity", "-inf": "-infinity"}[str(value)]

def numbers(values):
    return [number(value) for value in numpy.ravel(values)]

def column(series):
    values = series.array
    if isinstance(values, pandas.Categorical):
        return {"kind": "categorical", "codes": [int(c) for c in values.codes],
                "categories": list(values.categories), "ordered": bool(values.ordered)}
    if hasattr(values, "_mask"):
        data = [0 if m else int(v) for v, m in zip(values._data, values._mask)]
        return {"kind": "nullable", "dtype": str(values._data.dtype), "values": data,
                "missing": [int(m) for m in values._mask]}
    if series.dtype == object:
        return {"dtype": "object", "values": list(series)}
    return {"dtype": str(series.dtype), "values": numbers(series.to_numpy())}

def frame(table):
    return {"index": list(table.index), "order": list(table.columns),
            "columns": {name: column(table[name]) for name in table.columns}}

def matrix(value):
    if scipy.sparse.issparse(value):
        return {"kind": value.format, "dtype": str(value.dtype), "shape": list(value.shape),
                "indptr": value.indptr.tolist(), "indices": value.indices.tolist(), "values": numbers(value.data)}
    return {"dtype": str(value.dtype), "shape": list(value.shape), "values": numbers(value)}

def each(mapping):
    return {name: matrix(value) for name, value in mapping.items()}

def uns(value):
    if isinstance(value, dict) or hasattr(value, "items"):
        return {key: uns(member) for key, member in value.items()}
    if isinstance(value, numpy.ndarray):
        return list(value) if value.dtype == object else matrix(value)
    return number(value) if not isinstance(value, str) else value

def dump(path):
    table = anndata.read_zarr(path)
    return {"X": None if table.X is None else matrix(table.X), "obs": frame(table.obs), "var": frame(table.var),
        "layers": each(table.layers), "obsm": each(table.obsm), "varm": each(table.varm), "obsp": each(table.obsp),
        "uns": uns(table.uns)}

print(json.dumps([dump(path) for path in sys.argv[2:]]))
`;

/**
 * Dump stores as Python's anndata reads them.
 *
 * @param paths The stores.
 * @param warnings What Python does with warnings, for example that an encoding is old.
 * @returns One dump per store.
 */
export function dumpByPython(paths: readonly string[], warnings: "error" | "ignore" = "error"): readonly Dump[] {
  return runPython(PROGRAM, [warnings, ...paths]) as readonly Dump[];
}

/** Python's dump as far as the reader follows: 64-bit integers that fit 32 bits become narrower. */
export function narrowed(dumped: Dump): Dump {
  return JSON.parse(JSON.stringify(dumped).replaceAll('"dtype":"int64"', '"dtype":"int32"'));
}
