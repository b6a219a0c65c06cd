import { runPython } from "../../python.ts";
import { sharedPath } from "../../shared.ts";
import { type Lines, prepCommand } from "../../../datasets/preprocess/command.ts";
import { assertEquals } from "../../assert.ts";

/** Lines that a command wrote. */
export interface HeardLines extends Required<Lines> {
  readonly outs: string[];
  readonly errs: string[];
}

/** A place for the lines of a command. */
export function hearing(): HeardLines {
  const [outs, errs]: [string[], string[]] = [[], []];
  return { outs, errs, out: (line) => outs.push(line), err: (line) => errs.push(line) };
}

/** Prepare a store in the way of the command line, steps separated by commas. */
export async function prep(from: string, to: string, steps: string, ...flags: readonly string[]): Promise<HeardLines> {
  const lines = hearing();
  const texts = steps === "" ? [] : steps.split(",");
  assertEquals(await prepCommand([from, to, ...texts, ...flags], lines), 0);
  return lines;
}

/** Run `use` with a temporary folder, then remove it. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Write the mouse olfactory bulb (1,627 spots, 1,000 genes, 4 sections, 2 mice) as AnnData-Zarr, by Python. */
export function writeOlfactoryBulb(path: string): void {
  runPython(
    `
import sys, anndata, pandas as pd, scipy.sparse as sp, numpy as np
root, out = sys.argv[1:]
spots = pd.read_csv(root + "spots.csv.gz", index_col=0)
counts = pd.read_csv(root + "expression.csv.gz", index_col=0).loc[spots.index]
genes = pd.read_csv(root + "genes.csv.gz", index_col=0)
spots["section"] = spots["section"].astype("category")
spots["individual"] = spots["individual"].astype(str)
a = anndata.AnnData(sp.csr_matrix(counts.to_numpy(dtype=np.float32)), obs=spots, var=genes.loc[counts.columns])
a.obsm["spatial"] = spots[["x_px", "y_px"]].to_numpy()
a.write_zarr(out)
print("0")`,
    [sharedPath("data/mouse-olfactory-bulb-st-he/").pathname, path],
  );
}

/** Write the human heart (1,467 spots, 20,658 genes, 9 sections) as AnnData-Zarr, by Python. */
export function writeHeart(path: string): void {
  runPython(
    `
import sys, gzip, anndata, pandas as pd, scipy.io, numpy as np
root, out = sys.argv[1:]
spots = pd.read_csv(root + "spots.csv.gz", index_col=0)
genes = pd.read_csv(root + "genes.csv.gz", index_col=0)
X = scipy.io.mmread(gzip.open(root + "counts.mtx.gz")).tocsr().astype(np.int32)
spots["section"] = ("s" + spots["section"].astype(str)).astype("category")
for c in spots.columns:
    if spots[c].dtype == object: spots[c] = spots[c].fillna("").astype(str)
genes["symbol"] = genes["symbol"].fillna("").astype(str)
a = anndata.AnnData(X, obs=spots, var=genes, dtype=np.int32)
a.obsm["spatial"] = spots[["right_left", "rostral_caudal"]].to_numpy()
a.write_zarr(out)
print("0")`,
    [sharedPath("data/human-heart-st/").pathname, path],
  );
}
