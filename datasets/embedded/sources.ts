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
  "celegans-embryo-4d": {
    "embryo_20241009_jim767_25_l1.csv.gz": "4d27ad3e7a60ee5d4745166cd1f8c168ebfa71fc3574be1690e392d21b4af448",
    "embryo_20241010_jim767_25_l2.csv.gz": "814965d73e8d545eb8905b24203af4981fbaee39b471e398f841275632edb235",
    "embryo_20241010_jim767_25_l3.csv.gz": "5011588df144319a0ac20c64d96bbee6e71c591e2e4da2e9e49683a2d4a4a249",
    "embryo_20241107_jim767_25_l1.csv.gz": "e3233c59ed8e59f21ba79bea67d0927288b1382d9eb117b736709d5d7bb0504e",
    "embryo_20241107_jim767_25_l3.csv.gz": "d11f93cf671945b3b80c8edd48447b3f327f5c1c96fac8e5dd5b9c36ffb42a58",
    "embryo_20241108_jim767_25_l4.csv.gz": "dbc0c245aa24ecc4b3c4ecd5d261062c0d835bd40e595bc2d1f826640ea35d6f",
    "embryo_20241108_jim767_25_l5.csv.gz": "d24d34f908302f0917a5dfb6010f25f1d0a504c8d31e44b86fce2e3bb9ef3ddd",
    "embryos.csv": "00043224bd42345afa762e3260571e34fd92538fc8b7f5c395e40a88c9c37d7f",
  },
  "drosophila-embryo-bdtnp": {
    "expression.csv.gz": "15fc6c0e38421a74872228f2c753eacf5ae00846110675a675d00315aadfeadd",
    "positions.csv.gz": "f1cf96e8f0f1f36c7c7b94aa427cc97ed2c801ea5a5ee96189977f3a11872105",
  },
  "emt-tgfb1-latent": {
    "cells.csv.gz": "193477e7a47560d383f3d80348ecc14334f7a17a2d1d0cdd54628b43f2daad34",
  },
  "mouse-cortex-osmfish": {
    "cells.csv.gz": "7bf088e236397e74df0890bd8cdf8d80e9a3e3e62fb6fec253995164010eba87",
    "expression.csv.gz": "31869fb4fc46653b0130d7a90bc39bc937a1e3678ec1e9e83806622e2077df1b",
  },
  "mouse-olfactory-bulb-st-he": {
    "expression.csv.gz": "4d48a71088029b9b1f50c4faa5dc950417c6117f755c76b903571f112b6b97ec",
    "genes.csv.gz": "c769d71d777671f2bdb5fcede0aae8aefe54793ce154f508526e236636426c95",
    "patches_48.npy.gz": "d59ba19d036ba3d37dc363555cc82037e873fcdf87690f092e9b47c0abcde919",
    "spots.csv.gz": "785c064af7b926be4e703635d4aa145c80a63857a3690dac20923e1497616ad7",
  },
  "u2os-fkhr-translocation": {
    "cells.csv.gz": "1e1120ffb79308a238f77c55853dc4835c403d36cffaf3a379bcf17e91efd089",
    "crops_32.npy.gz": "4754b1cd57d5397e52f3237f33c49f4d0a14c6d8b6b3fab38120f03e8755c3f7",
  },
  "zebrafish-embryo-stereoseq-pcs": {
    "cells.csv.gz": "1e5c6a1e8ae3e43a09b9dff6c4032c1e00b14b67463c4d7ae9ee526cd954541e",
  },
};
