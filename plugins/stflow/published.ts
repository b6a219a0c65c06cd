import type { PublishedTable } from "../../core/mod.ts";

/** Table 1 of the paper, its strongest columns. */
export const STFLOW_PUBLISHED: readonly PublishedTable[] = [
  {
    title: "Table 1, HEST-Bench: Pearson correlation, mean ± standard deviation over three seeds, higher is better",
    data:
      "ten tasks of HEST-Bench, all folds, 50 genes, features of a pathology model (UNI) and of patch networks; the authors' program chooses the epoch on the test slides",
    columns: ["UNI + random forest", "BLEEP", "TRIPLEX", "STFlow"],
    rows: [
      { name: "IDC", values: ["0.520 ± 0.001", "0.533 ± 0.001", "0.606 ± 0.003", "0.587 ± 0.003"] },
      { name: "PRAD", values: ["0.371 ± 0.002", "0.382 ± 0.002", "0.402 ± 0.009", "0.421 ± 0.002"] },
      { name: "PAAD", values: ["0.432 ± 0.002", "0.459 ± 0.000", "0.492 ± 0.000", "0.507 ± 0.004"] },
      { name: "SKCM", values: ["0.629 ± 0.001", "0.566 ± 0.033", "0.699 ± 0.002", "0.704 ± 0.005"] },
      { name: "COAD", values: ["0.285 ± 0.002", "0.303 ± 0.007", "0.319 ± 0.004", "0.326 ± 0.009"] },
      { name: "READ", values: ["0.159 ± 0.000", "0.236 ± 0.001", "0.195 ± 0.006", "0.240 ± 0.014"] },
      { name: "CCRCC", values: ["0.178 ± 0.002", "0.298 ± 0.003", "0.289 ± 0.005", "0.332 ± 0.003"] },
      { name: "HCC", values: ["0.052 ± 0.000", "0.086 ± 0.001", "0.062 ± 0.003", "0.124 ± 0.004"] },
      { name: "LUNG", values: ["0.559 ± 0.001", "0.588 ± 0.004", "0.601 ± 0.002", "0.610 ± 0.002"] },
      { name: "LYMPH_IDC", values: ["0.263 ± 0.000", "0.234 ± 0.004", "0.292 ± 0.002", "0.305 ± 0.001"] },
    ],
  },
  {
    title: "Table 1, STImage-1K4M: the same",
    data: "Visium slides of cancer by organ, random 8:1:1 split; the split and the genes are not published",
    columns: ["UNI + random forest", "BLEEP", "TRIPLEX", "STFlow"],
    rows: [
      { name: "Breast", values: ["0.412 ± 0.000", "0.131 ± 0.001", "0.418 ± 0.033", "0.404 ± 0.024"] },
      { name: "Brain", values: ["0.344 ± 0.001", "0.322 ± 0.004", "0.292 ± 0.034", "0.357 ± 0.001"] },
      { name: "Skin", values: ["0.128 ± 0.002", "0.301 ± 0.000", "0.319 ± 0.011", "0.310 ± 0.011"] },
      { name: "Mouth", values: ["0.177 ± 0.001", "0.191 ± 0.000", "0.107 ± 0.013", "0.146 ± 0.015"] },
      { name: "Stomach", values: ["0.217 ± 0.002", "0.295 ± 0.005", "0.248 ± 0.018", "0.305 ± 0.041"] },
      { name: "Prostate", values: ["0.163 ± 0.001", "0.167 ± 0.028", "0.148 ± 0.021", "0.210 ± 0.024"] },
      { name: "Colon", values: ["0.276 ± 0.001", "0.220 ± 0.013", "0.238 ± 0.030", "0.323 ± 0.015"] },
    ],
  },
];
