import { linearPath } from "../../core/path/linear.ts";
import { pathContract } from "./path.ts";

pathContract({ name: "linearPath", path: linearPath(), stochastic: false });
