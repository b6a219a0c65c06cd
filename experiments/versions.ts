/** Versions that decide the bits of a run. */
export const VERSIONS: Readonly<Record<string, string>> = Object.freeze({
  "@morphogen/morphogen": "0.1.0",
  "tfjs": "4.22.0",
});
