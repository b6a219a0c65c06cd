import { rng } from "../../../core/mod.ts";
import { type ImportOptions, importStore } from "../../../datasets/import/import_store.ts";
import { openSource } from "../../../datasets/import/recognise.ts";
import type { ImportSource, SourceOptions } from "../../../datasets/import/source.ts";
import { hasPython, runPython } from "../../python.ts";

/** Whether the Python that writes and reads the files of these tests is there. */
export const PYTHON: boolean = hasPython("anndata", "zarr", "h5py", "scipy");

/** What an import said. */
export interface Said {
  readonly sentences: readonly string[];
}

/** Import in this process, quietly. */
export async function importTo(
  location: string,
  target: string,
  options: SourceOptions & Partial<ImportOptions> = {},
): Promise<Said> {
  const sentences: string[] = [];
  using source = await openSource(location, options);
  await importSource(source, target, { ...options, say: (sentence) => sentences.push(sentence) });
  return { sentences };
}

/** Write a source in this process, quietly. */
export async function importSource(
  source: ImportSource,
  target: string,
  options: Partial<ImportOptions> = {},
): Promise<void> {
  const quiet = {
    zarrFormat: 2,
    overwrite: false,
    identity: {},
    progress: () => {},
    signals: { received: undefined },
    say: () => {},
  } as const;
  await importStore(source, target, { ...quiet, ...options });
}

/** Call `work` with a new folder, remove the folder. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Names in a folder, sorted. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Compares tables element by element; `differences(a, b)` lists what differs. */
const COMPARE = `
import sys, json, warnings, numpy as np, pandas as pd, anndata as ad, scipy.sparse as sp
warnings.filterwarnings("ignore")
def same(a, b, narrow=False):
    if narrow: a, b = [m.astype("i4") if m.dtype == "i8" else m for m in (a, b)]
    if sp.issparse(a) or sp.issparse(b):
        a, b = [sp.csr_matrix(m) for m in (a, b)]
        a.sort_indices(); b.sort_indices()
        return a.shape == b.shape and a.dtype == b.dtype and (a.indptr == b.indptr).all() and \\
            (a.indices == b.indices).all() and np.array_equal(a.data, b.data, equal_nan=a.dtype.kind == "f")
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
def frame(name, a, b):
    out = [] if list(a.index.astype(str)) == list(b.index.astype(str)) else [name + " index"]
    if list(a.columns) != list(b.columns): return out + [name + " columns %s %s" % (list(a.columns), list(b.columns))]
    for c in a.columns:
        x, y = a[c], b[c]
        if isinstance(x.dtype, pd.CategoricalDtype):
            ok = isinstance(y.dtype, pd.CategoricalDtype) and list(x.cat.categories.astype(str)) == list(y.cat.categories) \\
                and (x.cat.codes.values == y.cat.codes.values).all() and x.cat.ordered == y.cat.ordered
        else:
            # Tables in memory hold 64-bit integers in 32 bits where they fit.
            kind = lambda t: str(t).lower().replace("64", "32") if "int" in str(t).lower() else str(t)
            ok = kind(x.dtype) == kind(y.dtype) and x.isna().equals(pd.Series(y.isna().values, index=x.index)) and \\
                list(x.dropna()) == list(y.dropna())
        if not ok: out.append("%s/%s %s %s" % (name, c, x.dtype, y.dtype))
    return out
def leaves(value, path):
    if hasattr(value, "items") and not isinstance(value, (pd.DataFrame, np.ndarray)):
        for k in value: yield from leaves(value[k], path + "/" + str(k).replace("/", "_"))
    else: yield path, value
def uns(a, b):
    out, found = [], dict(leaves(b, "uns"))
    for path, value in leaves(a, "uns"):
        if isinstance(value, (pd.DataFrame, pd.Categorical)) or sp.issparse(value) or value is None: continue
        if isinstance(value, pd.api.extensions.ExtensionArray): continue
        if isinstance(value, np.ndarray) and value.dtype.names: continue
        if path not in found: out.append(path + " is missing"); continue
        x, y = np.asarray(value), np.asarray(found[path])
        if x.dtype.kind == "b" and x.shape != (): x = x.astype("u1")
        if x.dtype.kind in "iub" and y.dtype.kind in "iub": ok = x.shape == y.shape and (x == y).all()
        elif x.dtype.kind == "f": ok = x.shape == y.shape and np.array_equal(x, y.astype(x.dtype), equal_nan=True)
        else: ok = x.size == y.size and list(x.astype(str).ravel()) == list(y.astype(str).ravel())
        if not ok: out.append("%s %r %r" % (path, value, found[path]))
    return out
def differences(a, b):
    out = frame("obs", a.obs, b.obs) + frame("var", a.var, b.var) + uns(a.uns, b.uns)
    if (a.X is None) != (b.X is None) or (a.X is not None and not same(a.X, b.X)): out.append("X")
    for name in ("layers", "obsm", "varm", "obsp"):
        x, y = getattr(a, name), getattr(b, name)
        if sorted(x.keys()) != sorted(y.keys()): out.append("%s has %s, expected %s" % (name, list(y.keys()), list(x.keys())))
        for k in x.keys():
            if k not in y: continue
            v = x[k]
            if isinstance(v, pd.DataFrame): v = v.select_dtypes("number").astype("float64").values
            if name in ("obsm", "varm") and sp.issparse(v): v = v.toarray()
            if not same(v, y[k], name in ("obsm", "varm")): out.append("%s/%s" % (name, k))
    return out
`;

/** Run a Python program that may use `differences(a, b)` of two tables, besides `ad`, `np`, `pd`, `sp`, `json`, `sys`. */
export function compareInPython(program: string, args: readonly string[]): unknown {
  return runPython(`${COMPARE}\n${program}`, args);
}

/** Compare `.h5ad` files with stores; one list of differences per pair. */
export function compareWithStores(pairs: readonly (readonly [h5ad: string, store: string])[]): unknown {
  return compareInPython(
    `
out = []
for source, store in json.loads(sys.argv[1]):
    a = ad.read_h5ad(source) if source.endswith(".h5ad") else ad.read_zarr(source)
    out.append(differences(a, ad.read_zarr(store)))
print(json.dumps(out))`,
    [JSON.stringify(pairs)],
  );
}

/** Whole numbers that are mostly 0, always the same. */
export function sparseCounts(rows: number, columns: number): Float32Array {
  const rate = new Float64Array(rows * columns).fill(0.4);
  return Float32Array.from(rng(7).fold("counts").host.poisson(rate.length, rate));
}

/** Change the bytes of a file. */
export async function damage(
  path: string,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
): Promise<void> {
  await Deno.writeFile(path, change(await Deno.readFile(path)));
}

/** Bytes of a text with something else in place of a part of it, which must be there. */
export function replaced(bytes: Uint8Array, from: RegExp, to: string): Uint8Array {
  const text = new TextDecoder().decode(bytes);
  if (!from.test(text)) throw new Error(`Cannot find ${from} in ${text}`);
  return new TextEncoder().encode(text.replace(from, to));
}

/** Call `work` with a small file system of its own, where the machine lets a test mount one. */
export async function withFullDisk(size: string, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const mounted = await new Deno.Command("mount", { args: ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder] })
    .output().then(({ success }) => success, () => false);
  try {
    if (mounted) await work(folder);
    else console.warn("SKIP: no small file system can be mounted here, the full disk is not tested");
  } finally {
    if (mounted) await new Deno.Command("umount", { args: [folder] }).output();
    await Deno.remove(folder, { recursive: true });
  }
}
