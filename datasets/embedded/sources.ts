/** Files that the embedded stores are made from, by data set: SHA-256 of each. */
export const SOURCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "axolotl-brain-regeneration": {
    "cells_02dpi_rep1.csv.gz": "5c2860cc101dd06344ed7cc6d92c9e47fa492679909dfd1bbad4c56c1cff2f8c",
    "cells_02dpi_rep2.csv.gz": "95e485d3fc8b127449c7b8e7cb97a6e97036ebd54ad39b176e890c60944df53a",
    "cells_02dpi_rep3.csv.gz": "781a9dfab4da06e7389b36e31a8a44d2e6b0b963c9deabdf4b6ce27345fe9e14",
    "cells_05dpi_rep1.csv.gz": "53bbd0d545e9a3fdfd2d3ed8e18a536609301ddef955c396f5ea41fea4547738",
    "cells_05dpi_rep2.csv.gz": "fe997868f42937458acbe3b92bf5b32bcefc65c9a6711356144585660ae91e00",
    "cells_05dpi_rep3.csv.gz": "d089ad293107b40c614c717037eedae18fab1471ddfbeaeb43e6354925e0f724",
    "cells_10dpi_rep1.csv.gz": "e757f349ec87096890b1b6bf420601842f0ba190bcfe88adc4e08acbe4bdec9c",
    "cells_10dpi_rep2.csv.gz": "2fe6223d7573012625dfae1c5da9e245d60ae59cc8bd55c6b0cac741fd3a5085",
    "cells_10dpi_rep4.csv.gz": "9dc299e455d42bf6ef6f63b1c785c0a5ad2fe92c3f40719646e83efaed24b965",
    "cells_15dpi_rep2.csv.gz": "0b45d3b3caf4a5773a8fd9379b1e85403a140ffd205cf35d5db1bb746a8a4b80",
    "cells_20dpi_rep1.csv.gz": "16c99f66cca28a218e31dc55235895c031c8c6e9e9cbad9ab2bfdac4dd97418f",
    "cells_20dpi_rep2.csv.gz": "93d63fed28f93c51036cbfddaa981d047ce0cd9d2843762c9fa99cff5bd304df",
    "cells_20dpi_rep3.csv.gz": "bb88fbc464029afe4e6318012312faa91996020edfe516966193a680cc4e5da9",
  },
  "zebrafish-embryo-stereoseq-pcs": {
    "cells.csv.gz": "1e5c6a1e8ae3e43a09b9dff6c4032c1e00b14b67463c4d7ae9ee526cd954541e",
  },
};
