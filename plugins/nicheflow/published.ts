import type { PublishedTable } from "../../core/mod.ts";

/** Table 1 of the paper (lambda 0.1, 64 regions), one table per data set. */
export const NICHEFLOW_PUBLISHED: readonly PublishedTable[] = [
  {
    title: "Table 1, MED: mean ± standard deviation over five runs",
    data: "mouse embryonic development (MOSTA, Stereo-seq), 50 components",
    columns: ["1NN-F1, higher is better", "100 x PSD, lower is better", "100 x SPD, lower is better"],
    rows: [
      { name: "LUNA", values: ["0.540 ± 0.004", "-", "-"] },
      { name: "SPFlow CFM", values: ["0.272 ± 0.0011", "1.681 ± 0.0087", "0.602 ± 0.0013"] },
      { name: "SPFlow GVFM", values: ["0.259 ± 0.0009", "2.383 ± 0.0082", "0.582 ± 0.0009"] },
      { name: "SPFlow GLVFM", values: ["0.251 ± 0.0008", "2.249 ± 0.0114", "0.592 ± 0.0015"] },
      { name: "RPCFlow CFM", values: ["0.546 ± 0.0012", "0.981 ± 0.0024", "0.564 ± 0.0015"] },
      { name: "RPCFlow GVFM", values: ["0.503 ± 0.0013", "1.155 ± 0.0044", "0.578 ± 0.0007"] },
      { name: "RPCFlow GLVFM", values: ["0.586 ± 0.0016", "0.979 ± 0.0021", "0.586 ± 0.0012"] },
      { name: "NicheFlow CFM", values: ["0.609 ± 0.0030", "0.979 ± 0.0228", "0.402 ± 0.0036"] },
      { name: "NicheFlow GVFM", values: ["0.596 ± 0.0027", "0.991 ± 0.0137", "0.406 ± 0.0025"] },
      { name: "NicheFlow GLVFM", values: ["0.664 ± 0.0014", "0.883 ± 0.0094", "0.398 ± 0.0023"] },
    ],
  },
  {
    title: "Table 1, ABD: mean ± standard deviation over five runs",
    data: "axolotl brain development (Stereo-seq), 50 components",
    columns: ["1NN-F1, higher is better", "100 x PSD, lower is better", "100 x SPD, lower is better"],
    rows: [
      { name: "LUNA", values: ["0.331 ± 0.003", "-", "-"] },
      { name: "SPFlow CFM", values: ["0.190 ± 0.0005", "2.494 ± 0.0051", "1.119 ± 0.0037"] },
      { name: "SPFlow GVFM", values: ["0.175 ± 0.0010", "3.373 ± 0.0103", "1.104 ± 0.0023"] },
      { name: "SPFlow GLVFM", values: ["0.173 ± 0.0013", "2.870 ± 0.0238", "1.093 ± 0.0037"] },
      { name: "RPCFlow CFM", values: ["0.524 ± 0.0020", "2.051 ± 0.0039", "1.015 ± 0.0036"] },
      { name: "RPCFlow GVFM", values: ["0.477 ± 0.0008", "2.260 ± 0.0077", "1.036 ± 0.0031"] },
      { name: "RPCFlow GLVFM", values: ["0.554 ± 0.0007", "2.053 ± 0.0044", "1.038 ± 0.0025"] },
      { name: "NicheFlow CFM", values: ["0.604 ± 0.0018", "2.086 ± 0.0058", "0.568 ± 0.0030"] },
      { name: "NicheFlow GVFM", values: ["0.574 ± 0.0015", "2.220 ± 0.0107", "0.594 ± 0.0046"] },
      { name: "NicheFlow GLVFM", values: ["0.628 ± 0.0013", "2.079 ± 0.0043", "0.576 ± 0.0055"] },
    ],
  },
  {
    title: "Table 1, MBA: mean ± standard deviation over five runs",
    data: "mouse brain ageing (MERFISH), 50 components",
    columns: ["1NN-F1, higher is better", "100 x PSD, lower is better", "100 x SPD, lower is better"],
    rows: [
      { name: "LUNA", values: ["0.222 ± 0.000", "-", "-"] },
      { name: "SPFlow CFM", values: ["0.205 ± 0.0003", "1.836 ± 0.0022", "0.824 ± 0.0006"] },
      { name: "SPFlow GVFM", values: ["0.181 ± 0.0001", "2.585 ± 0.0029", "0.834 ± 0.0011"] },
      { name: "SPFlow GLVFM", values: ["0.195 ± 0.0005", "2.320 ± 0.0009", "0.853 ± 0.0008"] },
      { name: "RPCFlow CFM", values: ["0.271 ± 0.0004", "1.543 ± 0.0016", "0.810 ± 0.0010"] },
      { name: "RPCFlow GVFM", values: ["0.249 ± 0.0003", "1.753 ± 0.0020", "0.784 ± 0.0010"] },
      { name: "RPCFlow GLVFM", values: ["0.265 ± 0.0004", "1.723 ± 0.0015", "0.779 ± 0.0011"] },
      { name: "NicheFlow CFM", values: ["0.283 ± 0.0003", "1.557 ± 0.0014", "0.556 ± 0.0028"] },
      { name: "NicheFlow GVFM", values: ["0.268 ± 0.0003", "1.661 ± 0.0033", "0.531 ± 0.0010"] },
      { name: "NicheFlow GLVFM", values: ["0.285 ± 0.0003", "1.554 ± 0.0021", "0.532 ± 0.0009"] },
    ],
  },
];
