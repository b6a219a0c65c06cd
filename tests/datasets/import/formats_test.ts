import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { parquetWriteBuffer } from "hyparquet-writer";
import { DataError } from "../../../core/errors.ts";
import { readAnnData } from "../../../core/io/anndata_reader.ts";
import { writeAnnData } from "../../../core/io/anndata_writer.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { runPython } from "../../python.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { compareInPython, importTo, inFolder, PYTHON } from "./helpers.ts";

const H5 = "data/reader-fixtures-h5/";

Deno.test({
  name: "10x files of Cell Ranger 1, 3 and Space Ranger, and a loom file, hold what h5py reads in them",
  ignore: !PYTHON || !hasShared,
  fn: () =>
    inFolder(async (folder) => {
      const names = [
        "10x-v1-filtered-gene-bc-matrices.h5",
        "10x-v3-filtered-feature-bc-matrix.h5",
        "10x-visium-1.0.0-filtered.h5",
        "osmfish-mouse-cortex.loom",
      ];
      const pairs = names.map((name) => [sharedPath(H5 + name).pathname, `${folder}/${name}.zarr`] as const);
      for (const [path, store] of pairs) await importTo(path, store);
      const program = `
import h5py
def text(a): return [v.decode() if isinstance(v, bytes) else str(v) for v in a]
def tenx(f):
    g = f["matrix"] if "matrix" in f else f[[k for k in f][0]]
    m = sp.csc_matrix((g["data"][:], g["indices"][:], g["indptr"][:]), shape=g["shape"][:]).T
    names = (g["features/name"], g["features/id"], g["features/feature_type"]) if "features" in g else (g["gene_names"], g["genes"], None)
    return m, text(g["barcodes"]), [None if n is None else text(n) for n in names]
out = []
for source, store in json.loads(sys.argv[1]):
    a = ad.read_zarr(store)
    with h5py.File(source) as f:
        if source.endswith(".loom"):
            x = f["matrix"][:].T
            cols = {k: f["col_attrs"][k][:] for k in f["col_attrs"]}
            ok = [bool((a.X.toarray() == x).all()), list(a.obs_names) == text(cols["CellID"]), sorted(a.obs.columns) == sorted(set(cols) - {"CellID"}),
                all(np.array_equal(a.obs[k].values, v) if v.dtype.kind in "if" else list(a.obs[k].astype(str)) == text(v) for k, v in cols.items() if k != "CellID"),
                bool((a.obsm["spatial"] == np.stack([cols["X"], cols["Y"]], 1)).all())]
        else:
            m, barcodes, (names, ids, types) = tenx(f)
            b = ad.AnnData(sp.csr_matrix(m), dtype=m.dtype); b.var_names = names; b.var_names_make_unique()
            ok = [same(m, a.X), list(a.obs_names) == barcodes, list(a.var_names) == list(b.var_names), list(a.var["gene_ids"]) == ids,
                types is None or list(a.var["feature_types"].astype(str)) == types]
    out.append(ok)
print(json.dumps(out))`;
      const all = [true, true, true, true, true];
      assertEquals(compareInPython(program, [JSON.stringify(pairs)]), [all, all, all, all]);
    }),
});

/** The layouts of 10x Genomics, written by Python. */
const WRITE = `
import sys, os, json, gzip, csv, h5py, numpy as np, scipy.sparse as sp, scipy.io, pandas as pd
root = sys.argv[1]
rng = np.random.default_rng(5)
n, g = 230, 41
X = sp.csc_matrix(rng.poisson(0.5, (g, n)).astype("i4"))
barcodes = ["BC%03d-1" % i for i in range(n)]
ids = ["ENSG%03d" % i for i in range(g)]
names = ["A" if i in (3, 7) else "gene%d" % i for i in range(g)]
types = ["Gene Expression" if i < g - 3 else "Negative Control Probe" for i in range(g)]
def h5(path):
    with h5py.File(path, "w") as f:
        f.attrs["library_ids"] = np.array([b"sample1"])
        m = f.create_group("matrix"); m["barcodes"] = np.array(barcodes, dtype="S"); m["data"] = X.data; m["indices"] = X.indices.astype("i8")
        m["indptr"] = X.indptr.astype("i8"); m["shape"] = np.array(X.shape, dtype="i4")
        q = m.create_group("features"); q["id"] = np.array(ids, dtype="S"); q["name"] = np.array(names, dtype="S")
        q["feature_type"] = np.array(types, dtype="S"); q["genome"] = np.array(["GRCh38"] * g, dtype="S")
def mtx(folder, matrix=X, packed=True):
    os.makedirs(folder, exist_ok=True)
    o = (lambda p: gzip.open(p + ".gz", "wb")) if packed else (lambda p: open(p, "wb"))
    with o(folder + "/matrix.mtx") as f: scipy.io.mmwrite(f, matrix, field="integer")
    with o(folder + "/barcodes.tsv") as f: f.write(("\\n".join(barcodes) + "\\n").encode())
    with o(folder + ("/features.tsv" if packed else "/genes.tsv")) as f:
        f.write(("\\n".join("\\t".join(r[:3 if packed else 2]) for r in zip(ids, names, types)) + "\\n").encode())
row, col = rng.permutation(300)[:n], rng.permutation(300)[:n]
order = rng.permutation(n)
def positions(path, header):
    rows = [[barcodes[i], 1, int(row[i]) % 78, int(col[i]) % 128, int(row[i]) * 100, int(col[i]) * 90] for i in order] + [["other-1", 0, 0, 0, 5, 6]]
    t = pd.DataFrame(rows, columns=["barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres"])
    if path.endswith("parquet"): t.to_parquet(path)
    else: t.to_csv(path, header=header, index=False)
for name, file, header in (("old", "tissue_positions_list.csv", False), ("new", "tissue_positions.csv", True)):
    os.makedirs(root + "/" + name + "/spatial")
    positions(root + "/" + name + "/spatial/" + file, header)
    json.dump({"spot_diameter_fullres": 89.5, "tissue_hires_scalef": 0.17, "fiducial_diameter_fullres": 144.0, "tissue_lowres_scalef": 0.05}, open(root + "/" + name + "/spatial/scalefactors_json.json", "w"))
h5(root + "/old/filtered_feature_bc_matrix.h5")
mtx(root + "/new/filtered_feature_bc_matrix")
mtx(root + "/plain", packed=False); positions(root + "/plain/tissue_positions.csv", True)
shuffled = X.tocoo(); p = rng.permutation(shuffled.nnz)
mtx(root + "/unsorted", sp.coo_matrix((shuffled.data[p], (shuffled.row[p], shuffled.col[p])), shape=X.shape), packed=False)
os.makedirs(root + "/xenium"); h5(root + "/xenium/cell_feature_matrix.h5")
cells = pd.DataFrame({"cell_id": [barcodes[i] for i in order], "x_centroid": row[order] + 0.25, "y_centroid": col[order] + 0.5, "transcript_counts": order.astype("i8"), "segmentation_method": ["nucleus" if i % 2 else "cell" for i in order]})
with gzip.open(root + "/xenium/cells.csv.gz", "wt") as f: cells.to_csv(f, index=False)
np.savez(root + "/truth.npz", X=X.T.toarray(), row=row, col=col)
`;

Deno.test({
  name: "10x, Visium and Xenium folders of every layout hold what Python wrote",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      runPython(`${WRITE}\nprint(1)`, [folder]);
      const kinds = ["old", "new", "plain", "unsorted", "xenium"];
      for (const kind of kinds) await importTo(`${folder}/${kind}`, `${folder}/${kind}.zarr`);
      const program = `
t = np.load(sys.argv[1] + "/truth.npz")
out = {}
for k in json.loads(sys.argv[2]):
    a = ad.read_zarr("%s/%s.zarr" % (sys.argv[1], k))
    out[k] = [bool((a.X.toarray() == t["X"]).all()), str(a.X.dtype), list(a.obs_names[:2]), list(a.var_names[[3, 7]]), sorted(a.obs.columns), sorted(a.var.columns)]
    if "spatial" in a.obsm:
        x, y = (t["row"] + 0.25, t["col"] + 0.5) if k == "xenium" else (t["col"] * 90, t["row"] * 100)
        out[k].append(bool((a.obsm["spatial"] == np.stack([x, y], 1)).all()))
    if "spatial" in a.uns: out[k].append({s: v["scalefactors"]["tissue_hires_scalef"] for s, v in a.uns["spatial"].items()})
    if k == "old": out[k].append(bool((a.obs["array_row"] == t["row"] % 78).all()))
    if k == "xenium": out[k].append([bool((a.obs["transcript_counts"] == np.arange(len(a))).all()), list(a.var["feature_types"].astype(str).value_counts())])
print(json.dumps(out))`;
      const common = [true, "int32", ["BC000-1", "BC001-1"], ["A", "A-1"]];
      const place = ["array_col", "array_row", "in_tissue"];
      const h5 = ["feature_types", "gene_ids", "genome"];
      assertEquals(compareInPython(program, [folder, JSON.stringify(kinds)]), {
        old: [...common, place, h5, true, { sample1: 0.17 }, true],
        new: [...common, place, ["feature_types", "gene_ids"], true, { new: 0.17 }],
        plain: [...common, place, ["gene_ids"], true],
        unsorted: [...common, [], ["gene_ids"]],
        xenium: [...common, ["segmentation_method", "transcript_counts"], h5, true, [true, [38, 3]]],
      });
    }),
});

Deno.test("a table of comma-separated values becomes counts, annotations and coordinates", () =>
  inFolder(async (folder) => {
    const lines = ['cell,x,y,type,"GENE,1",B', 'c1,1.5,2,"T ""reg""",0,3', "c2,-4,5e1,B cell,7,0.5"];
    await Deno.writeTextFile(`${folder}/table.csv`, `${lines.join("\r\n")}\r\n`);
    await importTo(`${folder}/table.csv`, `${folder}/out.zarr`);
    const table = await readAnnData(`${folder}/out.zarr`);
    assertEquals(table.obs, { index: ["c1", "c2"], columns: { type: ['T "reg"', "B cell"] } });
    assertEquals(table.var.index, ["GENE,1", "B"]);
    assertEquals("shape" in table.X! ? [table.X.shape, table.X.data] : [], [[2, 2], Float32Array.of(0, 3, 7, 0.5)]);
    assertEquals(table.obsm.spatial?.data, Float64Array.of(1.5, 2, -4, 50));
  }));

Deno.test("a packed table of tab-separated values with coordinates of other names and in space", () =>
  inFolder(async (folder) => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i % 9}\t${i}\t${i / 2}\t${-i}\t${(i * 7) % 5}`);
    const text = ["A\tpos_a\tpos_b\tpos_c\tB", ...rows].join("\n");
    const packed = new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")));
    await Deno.writeFile(`${folder}/t.tsv.gz`, new Uint8Array(await packed.arrayBuffer()));
    await importTo(`${folder}/t.tsv.gz`, `${folder}/out.zarr`, { coordinates: ["pos_a", "pos_b", "pos_c"] });
    const table = await readAnnData(`${folder}/out.zarr`);
    assertEquals(table.obsm.spatial?.shape, [3000, 3]);
    assertEquals(Array.from(table.obsm.spatial!.data.slice(-3)), [2999, 1499.5, -2999]);
    assertEquals(table.obs.index.at(-1), "2999");
    assertEquals(table.X?.shape, [3000, 2]);
    assertEquals(Array.from(table.X!.data), rows.flatMap((_, i) => [i % 9, (i * 7) % 5]));
  }));

Deno.test({
  name: "the table of a SpatialData store gets the centroids of what it annotates",
  ignore: !hasShared,
  fn: () =>
    inFolder(async (folder) => {
      const store = sharedPath("data/reader-fixtures-zarr/spatialdata/helenalc-blobs-v3.zarr").pathname;
      const { sentences } = await importTo(store, `${folder}/out.zarr`);
      assertStringIncludes(sentences.join("\n"), "centroids of blobs_labels");
      const table = await readAnnData(`${folder}/out.zarr`);
      const labels = await readAnnData(`${store}/tables/table`);
      assertEquals(table.X, labels.X);
      const cut = sharedPath("data/reader-fixtures-zarr/spatialdata/spatialdata-0.7-blobs.zarr").pathname;
      const said = await importTo(cut, `${folder}/cut.zarr`);
      assertStringIncludes(said.sentences.join("\n"), "Left out the places of blobs_labels: it has no instance 2");
      assertStringIncludes(said.sentences.join("\n"), "--table takes another one (table_points)");
    }),
});

/** Copy a folder with all it holds. */
async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Rows of a Parquet file; geometries are taken apart by another program than ours. */
async function parquetRows(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return await parquetReadObjects({ file: (await Deno.readFile(path)).buffer, compressors });
}

Deno.test({
  name: "the table of a SpatialData store gets the places of circles and points, by the index that pandas recorded",
  ignore: !hasShared,
  fn: () =>
    inFolder(async (folder) => {
      const blobs = sharedPath("data/reader-fixtures-zarr/spatialdata/").pathname;
      const store = `${folder}/s.zarr`;
      await copyFolder(`${blobs}helenalc-blobs-v3.zarr/shapes`, `${store}/shapes`);
      await copyFolder(`${blobs}spatialdata-0.7-blobs.zarr/points`, `${store}/points`);
      const circles = await parquetRows(`${store}/shapes/blobs_circles/shapes.parquet`);
      const points = await parquetRows(`${store}/points/blobs_points/points.parquet/part.0.parquet`);
      const names = points.map((point) => Number(point["__null_dask_index__"]));
      const region = ["blobs_circles", "blobs_points", "blobs_circles", "blobs_points"];
      const uns = {
        spatialdata_attrs: { region: ["blobs_circles", "blobs_points"], region_key: "region", instance_key: "id" },
      };
      await writeAnnData(`${store}/tables/cells`, {
        obs: {
          index: ["a", "b", "c", "d"],
          columns: { region, id: Int32Array.of(3, names[2]!, 0, names[0]!) },
        },
        var: { index: [], columns: {} },
        layers: {},
        obsm: {},
        varm: {},
        obsp: {},
        uns,
      });
      for (const path of [store, `${store}/tables`]) {
        await Deno.writeTextFile(`${path}/.zgroup`, '{"zarr_format": 2}');
      }
      await importTo(store, `${folder}/out.zarr`, { table: "cells" });
      const circle = (row: number) => (circles[row]!["geometry"] as { coordinates: number[] }).coordinates;
      const point = (row: number) => [Number(points[row]!["x"]), Number(points[row]!["y"])];
      const places = (await readAnnData(`${folder}/out.zarr`)).obsm.spatial!;
      assertEquals([...places.data], [...circle(3), ...point(2), ...circle(0), ...point(0)]);
      const wrong = () => importTo(store, `${folder}/x.zarr`, { table: "spots" });
      await assertRejects(wrong, DataError, 'Cannot find table "spots" in');
    }),
});

Deno.test({
  name: "the cells of a Xenium bundle are read from cells.parquet",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      runPython(`${WRITE}\nprint(1)`, [folder]);
      await importTo(`${folder}/xenium`, `${folder}/csv.zarr`);
      const text = new Response(
        (await Deno.open(`${folder}/xenium/cells.csv.gz`)).readable.pipeThrough(new DecompressionStream("gzip")),
      );
      const [names = [], ...rows] = (await text.text()).trimEnd().split("\n").map((line) => line.split(","));
      const column = (i: number): string[] => rows.map((row) => row[i]!);
      const bytes = parquetWriteBuffer({
        columnData: names.map((name, i) => {
          if (name.endsWith("centroid")) return { name, data: column(i).map(Number), type: "DOUBLE" };
          if (name === "transcript_counts") return { name, data: column(i).map(BigInt), type: "INT64" };
          return { name, data: column(i), type: "STRING" };
        }),
        codec: "SNAPPY",
      });
      await Deno.writeFile(`${folder}/xenium/cells.parquet`, new Uint8Array(bytes));
      await Deno.remove(`${folder}/xenium/cells.csv.gz`);
      await importTo(`${folder}/xenium`, `${folder}/parquet.zarr`);
      assertEquals(await readAnnData(`${folder}/parquet.zarr`), await readAnnData(`${folder}/csv.zarr`));
    }),
});

Deno.test({
  name: "a loom file with layers, odd names and arrays of several columns holds what h5py wrote",
  ignore: !PYTHON,
  fn: () =>
    inFolder(async (folder) => {
      runPython(
        `
import sys, h5py, numpy as np
g = np.random.default_rng(4); genes, cells = 37, 411
with h5py.File(sys.argv[1], "w") as f:
    f.attrs["LOOM_SPEC_VERSION"] = "3.0.0"
    f.create_dataset("matrix", data=g.poisson(0.4, (genes, cells)).astype("f4"), chunks=(16, 64), compression="gzip")
    f.create_dataset("layers/spliced", data=g.poisson(0.4, (genes, cells)).astype("u2"), chunks=(16, 64))
    f["col_attrs/obs_names"] = np.array(["c%d" % i for i in range(cells)], dtype=object); f["col_attrs/umap"] = g.normal(size=(cells, 3))
    f["col_attrs/sx"] = g.uniform(0, 99, cells); f["col_attrs/sy"] = np.arange(cells, dtype="i8"); f["col_attrs/kind"] = np.array([b"a", b"b"] * 206, dtype="S1")[:cells]
    f["row_attrs/Gene"] = np.array(["A" if i in (2, 5) else "g%d" % i for i in range(genes)], dtype=object); f["row_attrs/Accession"] = np.array(["E%d" % i for i in range(genes)], dtype=object)
    f.create_group("row_graphs"); f.create_group("col_graphs")
print(1)`,
        [`${folder}/x.loom`],
      );
      await importTo(`${folder}/x.loom`, `${folder}/x.zarr`, { coordinates: ["sx", "sy"] });
      await importTo(`${folder}/x.loom`, `${folder}/y.zarr`, { layer: "spliced" });
      const program = `
import h5py
a, b = ad.read_zarr(sys.argv[2]), ad.read_zarr(sys.argv[3])
with h5py.File(sys.argv[1]) as f:
    c = f["col_attrs"]
    print(json.dumps([bool((a.X.toarray() == f["matrix"][:].T).all()), bool((a.layers["spliced"].toarray() == f["layers/spliced"][:].T).all()),
        bool((b.X.toarray() == f["layers/spliced"][:].T).all()), list(b.layers), list(a.var_names[[2, 5]]), list(a.obs_names[:2]), sorted(a.obs.columns),
        bool((a.obsm["umap"] == c["umap"][:]).all()), bool((a.obsm["spatial"] == np.stack([c["sx"][:], c["sy"][:]], 1)).all()), list(a.obs["kind"][:2]), list(a.var["Accession"][:1])]))`;
      assertEquals(compareInPython(program, [`${folder}/x.loom`, `${folder}/x.zarr`, `${folder}/y.zarr`]), [
        ...[true, true, true, [], ["A", "A-1"], ["c0", "c1"], ["kind", "sx", "sy"], true, true, ["a", "b"], ["E0"]],
      ]);
    }),
});
